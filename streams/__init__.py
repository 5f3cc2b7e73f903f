"""What the streams mean: facts, time, rules and what follows.

Pure: no I/O, no clock read, no randomness.
"""
