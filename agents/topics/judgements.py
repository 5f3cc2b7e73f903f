"""What people say of records, sent to its topics: assessments, audit readings and links."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from agents.kafka.codecs import codec_of
from agents.kafka.correlation_headers import correlation_headers
from agents.kafka.producer import KafkaProducer
from streams.topology.topics import JUDGEMENTS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.records import Assessment, AuditReading, Link

_log: Final = logging.getLogger("cdi.judgements")
_DELIVER_WITHIN_SECONDS: Final = 10.0
_TOPIC_BY_RECORD: Final = {topic.records[0]: topic for topic in JUDGEMENTS}


class JudgementProducer:
    """Writes judgements under their force's key, for the board; any thread may call it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._codec = codec_of(settings)
        self._producer: KafkaProducer | None = None
        self._lock = threading.Lock()

    def send(self, judgement: Assessment | AuditReading | Link) -> None:
        """Write a judgement and return once the broker has it.  Raises NotDeliveredError where it has not."""
        topic, value = _TOPIC_BY_RECORD[type(judgement)], self._codec.encode(judgement)
        partition = self._settings.partition_of(judgement.force)
        with self._lock:
            producer = self._producer or KafkaProducer(
                self._settings.client(), deliver_within_seconds=_DELIVER_WITHIN_SECONDS
            )
            self._producer = None  # a producer that failed once raises for good
            producer.put(self._settings.topic(topic), judgement.force.encode(), value, partition, correlation_headers())
            producer.deliver()
            self._producer = producer
        _log.info("judgement_sent", extra={"topic": topic.name, "event_id": judgement.event_id})
