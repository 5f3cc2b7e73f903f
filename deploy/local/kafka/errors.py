"""What can go wrong before a broker answers, as one sentence a person can act on."""


class KafkaUnavailable(Exception):  # noqa: N818 - it names the state a caller meets, not a fault in the code
    """The embedded Kafka cannot be had; the message is one line that says why and what would help."""
