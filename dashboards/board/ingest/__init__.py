"""What brings Kafka's messages into the board's read model."""
