"""The pages of NCRS audits: plans, estimates, reading."""
