"""The ``cdi`` command line and what it runs.

Among it are the embedded Kafka, the demonstration and the scenario.
"""
