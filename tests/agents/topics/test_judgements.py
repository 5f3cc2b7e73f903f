"""What people say of records on a broker: every kind in its topic, under its force."""

from __future__ import annotations

import uuid

import pytest

from agents.kafka.codecs import codec_of
from agents.kafka.producer import NotDeliveredError
from agents.kafka.reader import messages
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics import judgements
from agents.topics.judgements import JudgementProducer
from schemas.records import Assessment, AuditReading, Link
from streams.topology.topics import JUDGEMENTS
from tests.streams.actions.alerts import BEGAN

pytestmark = pytest.mark.kafka

ASSESSMENT = Assessment(
    event_id="a",
    force="LEICS",
    source="BOARD",
    event_time=BEGAN,
    system="STORM",
    ref="I-1",
    crimes=1,
    assessed_by="ddm.lee",
    assessed_role="DDM",
    assessed_at=BEGAN,
)
READING = AuditReading(
    event_id="r",
    force="LEICS",
    source="BOARD",
    event_time=BEGAN,
    audit_id="A",
    system="STORM",
    ref="I-1",
    reader="FIRST",
    read_by="audit.brown",
    read_at=BEGAN,
    crimes_found=1,
    crimes_recorded=0,
    in_time=0,
    classified_right=0,
)
LINK = Link(
    event_id="l",
    force="LEICS",
    source="BOARD",
    event_time=BEGAN,
    left_system="STORM",
    left_ref="I-1",
    crime_ref="C-1",
    confirmed_by="ddm.lee",
)


def test_a_judgement_lands_in_its_topic_and_its_forces_partition(kafka: str) -> None:
    """Assessments, audit readings and links, as they were given."""
    settings = Settings(kafka=kafka, prefix=f"judgements-{uuid.uuid4()}.", partitions=3, force_map={"LEICS": 2})
    create_topics(settings)
    producer = JudgementProducer(settings)
    for judgement in (ASSESSMENT, READING, LINK):
        producer.send(judgement)
    codec = codec_of(settings)
    written = [message for topic in JUDGEMENTS for message in messages(settings, topic)]
    assert {(message.partition, message.key) for message in written} == {(2, b"LEICS")}
    read = [codec.decode(message.topic, message.value or b"") for message in written]
    assert sorted(read, key=lambda record: type(record).__name__) == [ASSESSMENT, READING, LINK]


def test_a_broker_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever judged must know that it was not written."""
    monkeypatch.setattr(judgements, "_DELIVER_WITHIN_SECONDS", 1.0)
    with pytest.raises(NotDeliveredError):
        JudgementProducer(Settings(kafka="127.0.0.1:1")).send(ASSESSMENT)
