"""What the board's pages talk about: people and roles, periods, filters, figures, words."""
