"""Drawings made as SVG on the server: timeline, matter graph, trend."""
