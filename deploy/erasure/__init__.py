"""Erasing a record, or a whole matter, from everything the product keeps."""
