"""Settings of a process, read from the environment, and the one module that reads the wall clock."""
