"""The ways in, as ``feeds.toml`` names them: from folders, databases and others to the source topics."""
