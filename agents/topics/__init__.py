"""Reads and writes each of the product's own topics."""
