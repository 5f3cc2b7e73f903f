"""What an event says: the typed records, their Avro schemas, identifiers, and the way to and from bytes."""
