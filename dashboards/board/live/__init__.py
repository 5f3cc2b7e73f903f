"""Server-sent events to open pages, and how fresh the board is."""
