"""The way in of a watched folder: whole files are read, sent, and moved away with a receipt."""
