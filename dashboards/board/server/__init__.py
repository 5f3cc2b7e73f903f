"""The web application put together, and its process."""
