"""Who puts it together: the ``cdi`` command line, the embedded Kafka, the demonstration and the scenario."""
