"""Figures with their intervals, rolling counts, alert differences, linked cases, the audit queue."""
