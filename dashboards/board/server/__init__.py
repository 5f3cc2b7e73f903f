"""The web application and its process."""
