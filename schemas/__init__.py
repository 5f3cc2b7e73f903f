"""What an event says: typed records, Avro schemas, identifiers, and the way to and from bytes."""
