"""Figures with their intervals, rolling counts, comparisons, the audit queue."""
