"""Who decides that crimes do not count, beside what chance explains, and who lacks training for it."""
