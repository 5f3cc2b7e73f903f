"""Rows of files of every kind: text tables, JSON, XML and workbooks, gzipped, in a ZIP or as they are."""
