"""Topics, keys, partitions, retention, access and metrics, as data."""
