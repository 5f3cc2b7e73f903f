"""The demonstration: the scenario played in compressed time, and its table."""
