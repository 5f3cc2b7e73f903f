"""What the board's pages are about: people and roles, dates, filters, indicators, wording."""
