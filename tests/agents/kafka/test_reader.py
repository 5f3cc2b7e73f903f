"""Topics read to their end, dead letters and feeds, on a real broker."""

from __future__ import annotations

import pytest

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import latest, latest_records, messages
from agents.settings.settings import Settings
from agents.topics import dead_letters as letters
from agents.topics.feeds import FeedProducer
from schemas.codec import Codec
from schemas.products import DeadLetter, ForceClock
from schemas.records import Heartbeat, Incident
from streams.topology.messages import UnreadableError
from streams.topology.topics import ALERTS, CLOCKS, DEAD_LETTERS, SOURCES
from tests.agents.examples import START, incident
from tests.agents.processes import eventually

pytestmark = pytest.mark.kafka


def put(settings: Settings, topic: str, *messages_: tuple[bytes, bytes | None, int]) -> None:
    """Put messages (key, value, partition) on a topic."""
    producer = KafkaProducer(settings.client(), deliver_within_seconds=30)
    for key, value, partition in messages_:
        producer.put(topic, key, value, partition)
    producer.deliver()


def test_the_newest_value_under_each_key_counts(installation: Settings) -> None:
    """Across partitions; a key whose newest message is a tombstone is not there."""
    put(
        installation,
        installation.topic(ALERTS),
        (b"a", b"1", 0),
        (b"b", b"1", 1),
        (b"a", b"2", 0),
        (b"c", b"1", 2),
        (b"b", None, 1),
    )
    assert latest(installation, ALERTS) == {b"a": b"2", b"c": b"1"}


def test_an_empty_topic_is_an_empty_view(installation: Settings) -> None:
    """There is nothing to wait for."""
    assert latest(installation, ALERTS) == {}


def test_a_topic_that_ends_in_a_transactions_mark_is_read_to_its_end(installation: Settings) -> None:
    """The last offset holds no message for a reader, who must not wait for one."""
    from confluent_kafka import Producer

    producer = Producer(installation.client(transactional_id=f"{installation.prefix}t"))
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(installation.topic(ALERTS), b"1", key=b"a", partition=0)
    producer.commit_transaction(30)  # the mark itself may follow a moment later
    eventually(lambda: latest(installation, ALERTS) == {b"a": b"1"}, "the transaction's message is seen")


def test_a_missing_topic_is_named(kafka: str) -> None:
    """One line, with the topic's name."""
    with pytest.raises(UnreadableError, match=r"nowhere\.compliance\.alerts\.v1"):
        latest(Settings(kafka=kafka, prefix="nowhere."), ALERTS)


def test_views_come_as_records(installation: Settings) -> None:
    """Decoded by the type that the topic carries, under the key as text."""
    clock = ForceClock(force="LEICS", clock=START, mode="STREAM")
    put(installation, installation.topic(CLOCKS), (b"LEICS", Codec().encode(clock), 0))
    assert latest_records(installation, CLOCKS, ForceClock) == {"LEICS": clock}


def test_feeds_send_a_force_to_its_partition_in_order(installation: Settings) -> None:
    """Snapshots and the heartbeat behind them lie in one partition, under the force as the key."""
    producer, codec = FeedProducer(installation), Codec()
    sent = [incident(number) for number in range(20)]
    for record in sent:
        producer.send(record)
    heartbeat = Heartbeat(force="LEICS", source="STORM", complete_through=START)
    producer.send_heartbeat(Incident.TOPIC, heartbeat)
    producer.flush()
    received = list(messages(installation, SOURCES[0]))
    assert {(message.key, message.partition) for message in received} == {
        (b"LEICS", installation.partition_of("LEICS"))
    }
    assert [codec.decode(Incident.TOPIC, message.value or b"") for message in received] == [*sent, heartbeat]


def a_letter(offset: int, value: bytes = b"broken") -> DeadLetter:
    """Make a dead letter: a message of LEICS that could not be read."""
    return DeadLetter(
        topic=Incident.TOPIC,
        partition=0,
        offset=offset,
        ingest_time=START,
        key=b"LEICS",
        value=value,
        reason="NOT_AVRO",
        detail="d",
    )


def test_a_dead_letter_set_aside_twice_is_one(installation: Settings) -> None:
    """A crash between the letter and the commit writes it again; it is listed once, and found by its name."""
    codec = Codec()
    written = [(letters.name_of(letter).encode(), codec.encode(letter), 0) for letter in map(a_letter, (4, 5, 4))]
    put(installation, installation.topic(DEAD_LETTERS), *written)
    assert [letters.name_of(letter) for letter in letters.dead_letters(installation)] == [
        "storm.incidents.v1/0/4",
        "storm.incidents.v1/0/5",
    ]
    assert letters.dead_letter(installation, "storm.incidents.v1/0/5") == a_letter(5)
    assert letters.dead_letter(installation, "storm.incidents.v1/0/6") is None


def test_a_retried_letter_is_the_message_again(installation: Settings) -> None:
    """Key and value go back on the topic as they were, to the partition of the force that the key names."""
    producer = FeedProducer(installation)
    letters.retry(installation, a_letter(4, Codec().encode(incident(1))), producer)
    producer.flush()
    (message,) = messages(installation, SOURCES[0])
    assert (message.key, message.value) == (b"LEICS", Codec().encode(incident(1)))
    assert message.partition == installation.partition_of("LEICS")


def test_messages_that_cannot_be_read_are_skipped_and_named_in_one_line(
    installation: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """What stood under their keys before still stands; a view does not end on one message."""
    codec = Codec()
    first, second, other = (
        codec.encode(ForceClock(force=force, mode="STREAM", clock=clock))
        for force, clock in (("LEICS", 1), ("LEICS", 2), ("DERBS", 3))
    )
    put(
        installation,
        installation.topic(CLOCKS),
        (b"LEICS", first, 0),
        (b"LEICS", second, 0),
        (b"LEICS", b"Mrs Smith", 0),
        (b"DERBS", other, 0),
        (b"GONE", b"rubbish", 0),
        (b"\xff", other, 0),
    )
    records = latest_records(installation, CLOCKS, ForceClock)
    assert {force: clock.clock for force, clock in records.items()} == {"LEICS": 2, "DERBS": 3}
    (line,) = caplog.records
    assert line.getMessage() == "messages_unreadable"
    assert (vars(line)["topic"], vars(line)["skipped"], vars(line)["first"]) == (installation.topic(CLOCKS), 3, "0/2")
    assert "Smith" not in f"{vars(line)}"


def test_a_dead_letter_that_is_none_does_not_hide_the_others(
    installation: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever can write to the topic must not be able to hide the rest."""
    letter = a_letter(4)
    put(
        installation,
        installation.topic(DEAD_LETTERS),
        (b"rubbish", b"rubbish", 0),
        (letters.name_of(letter).encode(), Codec().encode(letter), 0),
    )
    assert list(letters.dead_letters(installation)) == [letter]
    assert [line.getMessage() for line in caplog.records] == ["messages_unreadable"]
