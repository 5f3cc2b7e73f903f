"""What is well with an installation, what is not, and what to do about it."""
