"""Who looks: the live board, and the dashboards for whoever keeps it all running."""
