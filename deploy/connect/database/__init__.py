"""The way in from a database: a query and a watermark column, read again and again.

Everything a look saw is delivered once it is at its end, so the next begins ``overlap`` before it; the cursor is kept
after the broker has the rows, and ``complete_through`` is the database's clock less the overlap.

Why not dlt, whose ``incremental`` has a cursor, a ``lag`` and a merge key: it loads into destinations, by way of files,
and its state belongs to the load, not to what a broker has confirmed; so delivery, rejected rows and heartbeats of ours
would be one custom destination, and a cursor beside its own would still be needed.  Its cursor is the greatest value
seen, not the time through which everything was visible (a row committed late is missed without ``lag``:
dlt-hub/dlt#2269), from which nothing can be vouched for; a year mistyped moves it on for good.  Rows of one
cursor value are known again by hashes without a bound (dlt-hub/dlt#4030).  What it would save is the query of a page.
"""
