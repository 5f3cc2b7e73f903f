"""The error of an embedded Kafka that cannot be started."""


class KafkaUnavailableError(Exception):
    """The embedded Kafka cannot be started; the message is one line that says why and what would help."""
