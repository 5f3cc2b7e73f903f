"""Logs, log levels, metrics and the status pages of a process."""
