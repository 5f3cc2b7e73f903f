"""What is known: records and their histories, links between them, indexes."""
