"""One monitor a force: applies snapshots, runs the clock, judges, remembers, forgets."""
