"""What is written to and read from each of the product's own topics."""
