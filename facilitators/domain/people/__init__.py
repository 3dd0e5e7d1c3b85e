"""The register of facilitators: who they are, how they stand, and what they show of themselves."""
