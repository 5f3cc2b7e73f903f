"""The review queue: reports that nobody has judged, and how probably each hides an unrecorded crime."""
