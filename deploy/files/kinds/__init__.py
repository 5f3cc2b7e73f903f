"""Read the rows of files of every kind: text, JSON, XML and workbooks, gzipped and in archives."""
