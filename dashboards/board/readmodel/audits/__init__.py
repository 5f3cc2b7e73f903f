"""NCRS audits in the read model: plans, drawn records, readings, and requests for more."""
