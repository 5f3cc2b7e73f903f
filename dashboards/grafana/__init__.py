"""Grafana's dashboards, as code: what each shows is said here, and the JSON beside it is made from that.

``python -m dashboards.grafana`` makes the JSON anew; a test fails where the two differ.
"""
