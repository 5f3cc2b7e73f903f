"""Which crime an unlinked report is probably about."""
