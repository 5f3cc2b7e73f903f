"""Grafana's dashboards as code: the JSON beside these modules is generated from them.

``python -m dashboards.grafana`` generates it again; a test fails where the two differ.
"""
