"""Pages of cohorts and places, behind an applicant's emailed link."""
