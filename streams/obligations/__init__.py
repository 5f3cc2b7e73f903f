"""What rules share: which crimes count, which dispositions are valid, when an obligation was met."""
