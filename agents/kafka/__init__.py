"""The Kafka client layer: reader, producer, topics, access rules, codecs, schema registry."""
