"""How state is written and taken back: its order and pieces, and what a crash leaves to complete."""
