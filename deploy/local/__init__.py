"""The processes of one machine: Kafka, workers, board, notifier."""
