"""The way in from a database: a query and a watermark column, read again and again."""
