"""Records that another system pushes over HTTP: tokens, requests, answers and their description."""
