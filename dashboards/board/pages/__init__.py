"""The pages, one module each; their queries are in :mod:`dashboards.board.readmodel`."""
