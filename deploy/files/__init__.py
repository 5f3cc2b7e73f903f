"""Records in files: JSON Lines, CSV by a mapping, backtests."""
