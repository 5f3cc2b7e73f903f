"""What the board keeps counted of the workers' state: parts of reports, decisions, training."""
