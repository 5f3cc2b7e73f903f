"""What is known of one force: records and their snapshots, links between them, indexes, completeness."""
