"""What can go wrong before a broker answers, as one sentence a person can act on."""


class KafkaUnavailableError(Exception):
    """The embedded Kafka cannot be had; the message is one line that says why and what would help."""
