"""The reader of topics: where partitions begin and end, an error that loses nothing, and how far behind it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError

from agents.kafka.producer import KafkaProducer
from agents.kafka.refusals import unreadable
from agents.kafka.topic_reader import TopicReader
from agents.settings.settings import Settings
from deploy.local.kafka import free_port
from streams.topology.messages import Span, UnreadableError
from streams.topology.topics import ALERTS, CLOCKS
from tests.agents.processes import eventually

pytestmark = pytest.mark.kafka


def put(settings: Settings, *values: bytes, partition: int = 0) -> None:
    """Put values on the alerts' topic."""
    producer = KafkaProducer(settings.client(), deliver_within_seconds=30)
    for value in values:
        producer.put(settings.topic(ALERTS), b"k", value, partition, [("name", b"header")])
    producer.deliver()


def test_it_reads_what_there_is_and_then_what_comes(installation: Settings) -> None:
    """From the offset it is given; topics are named without the prefix."""
    put(installation, b"1", b"2")
    with TopicReader(installation, "view") as reader:
        assert reader.spans(ALERTS.name, [0]) == [Span(ALERTS.name, 0, 0, 2)]
        reader.assign({(ALERTS.name, 0): 1})
        assert not reader.caught_up
        values: list[bytes | None] = []

        def read(count: int) -> bool:
            values.extend(message.value for message in reader.poll())
            return len(values) == count and reader.caught_up

        eventually(lambda: read(1), "the end of what there was")
        put(installation, b"3")
        eventually(lambda: read(2), "what came later")
        assert values == [b"2", b"3"]


def test_a_message_has_its_place_its_headers_and_when_the_broker_took_it(installation: Settings) -> None:
    """As one plain value, which no Kafka client shows through."""
    put(installation, b"1")
    with TopicReader(installation, "view") as reader:
        (message,) = reader.read(reader.spans(ALERTS.name))
    assert message[:5] == (ALERTS.name, 0, 0, b"k", b"1")
    assert message.ingest_time > 0
    assert list(message.headers) == [("name", b"header")]


def test_its_lag_is_what_it_has_not_read(installation: Settings) -> None:
    """Of the topics named; a partition that was never read counts from where it was to begin."""
    put(installation, b"1", b"2", b"3")
    with TopicReader(installation, "view") as reader:
        reader.assign({(ALERTS.name, 0): 1, (CLOCKS.name, 0): 0})
        eventually(lambda: [message.offset for message in reader.poll(at_most=1)] == [1], "one message")
        assert (reader.lag([ALERTS.name]), reader.lag([CLOCKS.name])) == (1, 0)


class Fetcher:
    """A consumer that gives a message and an error at once, and then nothing."""

    read_to_end: Mapping[Any, int] = {}

    def __init__(self) -> None:
        record = SimpleNamespace(topic="t", partition=0, offset=0, key=b"k", value=b"1", timestamp=1, headers=())
        refusal = unreadable("t", KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))
        self.assigned: list[dict[Any, int]] = []
        self._fetches: list[tuple[list[Any], UnreadableError | None]] = [([record], refusal)]

    def fetch(self, *_: object) -> tuple[list[Any], UnreadableError | None]:
        """Give the next records."""
        return self._fetches.pop() if self._fetches else ([], None)

    def assign(self, offsets: Mapping[Any, int]) -> None:
        """Note where it was put back to."""
        self.assigned.append(dict(offsets))


def test_an_error_is_raised_after_the_messages_before_it(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No message is lost, and the call after that reads on."""
    with TopicReader(installation, "view") as reader, monkeypatch.context() as patch:
        fetcher = Fetcher()
        patch.setattr(reader, "_fetcher", fetcher)
        assert [message.value for message in reader.poll()] == [b"1"]
        with pytest.raises(UnreadableError) as failure:
            reader.poll()
        assert failure.value.reason == "FORBIDDEN"
        assert reader.poll() == []
        assert fetcher.assigned == [{(installation.topic(ALERTS).replace(ALERTS.name, "t"), 0): 1}]
        patch.undo()


def test_an_assignment_that_failed_is_made_by_the_next_poll(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while Kafka starts again: nothing would ever be read."""

    class AwayAtFirst(Fetcher):
        def assign(self, offsets: Mapping[Any, int]) -> None:
            """Fail once."""
            super().assign(offsets)
            if len(self.assigned) == 1:
                raise unreadable("t", KafkaError(KafkaError._TRANSPORT))

    with TopicReader(installation, "view") as reader, monkeypatch.context() as patch:
        fetcher = AwayAtFirst()
        patch.setattr(reader, "_fetcher", fetcher)
        with pytest.raises(UnreadableError):
            reader.assign({("t", 0): 0})
        assert [message.value for message in reader.poll()] == [b"1"]
        assert fetcher.assigned == [{(f"{installation.prefix}t", 0): 0}] * 2
        patch.undo()


def test_a_client_that_fetches_no_more_is_replaced(installation: Settings) -> None:
    """It ends its fetching over whatever it does not expect, and would bring nothing for ever."""

    def fail(_: object) -> None:
        raise RuntimeError

    put(installation, b"1")
    read: list[bytes | None] = []
    refused: list[str] = []
    with TopicReader(installation, "view") as reader:

        def reads(value: bytes) -> bool:
            try:
                read.extend(message.value for message in reader.poll())
            except UnreadableError as failure:
                refused.append(failure.reason)
            return value in read

        reader.assign({(ALERTS.name, 0): 0})
        eventually(lambda: reads(b"1"), "the first message")
        fetcher: Any = reader._fetcher
        fetcher._consumer._fetcher._get_actions_per_node = fail
        put(installation, b"2")
        eventually(lambda: reads(b"2"), "the second, by another client")
    assert read == [b"1", b"2"]
    assert set(refused) == {"UNAVAILABLE"}


def test_a_topic_made_anew_has_another_id_and_a_missing_one_none(installation: Settings) -> None:
    """Whoever stored offsets of the old one learns that they mean nothing any more."""
    with TopicReader(installation, "view") as reader:
        assert reader.topic_id(ALERTS.name) == reader.topic_id(ALERTS.name) != reader.topic_id(CLOCKS.name)
        with pytest.raises(UnreadableError) as failure:
            reader.topic_id("no.such.topic")
    assert failure.value.reason == "MISSING"


def test_a_broker_that_does_not_answer_is_an_error_in_time() -> None:
    """Within the seconds it is given, and of no topic's making."""
    settings = Settings(kafka=f"127.0.0.1:{free_port()}", prefix="nowhere.")
    with TopicReader(settings, "view", answer_seconds=0.5) as reader, pytest.raises(UnreadableError) as failure:
        reader.spans(ALERTS.name)
    assert failure.value.reason == "UNAVAILABLE"
