"""Questions to a running installation: alerts, reports, comparisons of policies."""
