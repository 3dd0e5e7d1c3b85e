"""Pages behind emailed links: an applicant's own, and an approver's."""
