"""What all commands share: lazy loading, arguments, failures, tables."""
