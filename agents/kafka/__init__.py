"""The one Kafka client layer: readers, the producer, topics and ACLs on the broker, codecs, the schema registry."""
