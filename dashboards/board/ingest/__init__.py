"""Brings messages from Kafka into the board's read model."""
