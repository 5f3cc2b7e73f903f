"""A feed from a topic of a real Kafka: partitions, another cluster, a registry, and what is missing."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from agents.observability.metrics import Metrics
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from deploy.connect.batch import NOTHING_NEW
from deploy.connect.cursors import FeedCondition
from deploy.connect.definition import ConnectedFeed
from deploy.connect.delivery import Delivery
from deploy.connect.feeds_file import read_feeds
from deploy.connect.process import opened_feed
from deploy.connect.runner import FeedRunner
from schemas.records import Crime
from streams.policy import PolicyBook
from streams.topology.metrics import CONNECT, FEED_COMPLETE_THROUGH, FEED_ROWS
from tests.deploy.connect.fakes import SentRecords
from tests.deploy.connect.topic.captured import HERE, captured
from tests.deploy.connect.topic.test_rows import MAPPING, crime_row, envelope

pytestmark = pytest.mark.kafka

EVERY_TYPE = """
topic = "cis.crimes.v1"

[fields]
event_id = { digest = ["id", "__source_lsn"] }
force = { constant = "LEICS" }
source = { constant = "CIS" }
event_time = { column = "a_timestamp", time = "iso", zone = "Europe/London" }
revision = { feeding_time = true }
crime_ref = { template = "C/{id}" }
recorded_at = "a_timestamptz"
offence_code = { constant = "8N" }
offence_class = { constant = "VIOLENCE" }
status = { constant = "RECORDED" }
incident_refs = { column = "a_jsonb.ref" }
"""


class Topic:
    """A topic of another system, and the feed that reads it."""

    def __init__(self, kafka: str, folder: Path) -> None:
        self.name = f"police.{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self.settings = Settings(kafka="127.0.0.1:1", prefix=f"{self.name}-ours-", data=folder / "data")
        self._kafka = kafka
        self._condition = FeedCondition()
        self._producer = Producer({"bootstrap.servers": kafka, "partitioner": "murmur2_random"})
        self.partitions(2)

    def partitions(self, count: int, name: str = "") -> None:
        """Make the topic, or another."""
        admin = AdminClient({"bootstrap.servers": self._kafka})
        admin.create_topics([NewTopic(name or self.name, count, 1)])[name or self.name].result()

    def grow(self, count: int) -> None:
        """Add partitions."""
        admin = AdminClient({"bootstrap.servers": self._kafka})
        admin.create_partitions([NewPartitions(self.name, count)])[self.name].result()
        while len(admin.list_topics(self.name).topics[self.name].partitions) < count:
            time.sleep(0.05)
        self._producer = Producer({"bootstrap.servers": self._kafka, "partitioner": "murmur2_random"})

    @property
    def remark(self) -> str | None:
        """What somebody should see to."""
        return self._condition.remark

    @property
    def trouble(self) -> str | None:
        """Why the feed cannot go on."""
        return self._condition.trouble

    def write(
        self, value: dict[str, Any] | bytes | None, partition: int = 0, key: bytes = b'{"ref":"C/1"}', to: str = ""
    ) -> None:
        """Write a message, a minute ago."""
        content = msgspec.json.encode(value) if isinstance(value, dict) else value
        self._producer.produce(to or self.name, content, key, partition=partition, timestamp=wall_clock() - 60_000)
        self._producer.flush()

    def feed(self, mapping: str = MAPPING, more: str = "") -> None:
        """Write ``feeds.toml``; the topic's cluster is another than ours, of which nothing listens."""
        (self.folder / "crimes.toml").write_text(mapping)
        (self.folder / "feeds.toml").write_text(
            f"""
            [feed.crimes]
            way = "topic"
            topic = "cis.crimes.v1"
            mapping = "crimes"
            from_topic = "{self.name}"
            overlap = "0s"
            cluster = {{ bootstrap = "{self._kafka}" }}
            {more}
            """
        )

    @contextmanager
    def opened(self) -> Iterator[ConnectedFeed]:
        """Open the feed."""
        definition = read_feeds(self.folder / "feeds.toml")["crimes"]
        with opened_feed("crimes", definition, self.folder, self.settings, PolicyBook.built_in()) as feed:
            yield feed

    def once(self, sent: SentRecords | None = None, *, works: bool = True) -> tuple[SentRecords, Metrics]:
        """Read what there is."""
        sent, metrics = sent or SentRecords(), Metrics(CONNECT)
        with self.opened() as feed:
            assert FeedRunner(feed, lambda: sent, metrics).run(threading.Event(), once=True) is works
            self._condition = feed.cursors.condition("crimes")
        return sent, metrics


@pytest.fixture
def topic(kafka: str, tmp_path: Path) -> Topic:
    """Give a topic of two partitions."""
    topic = Topic(kafka, tmp_path)
    topic.feed()
    return topic


@contextmanager
def registry(schema_of: Callable[[int], str | None]) -> Iterator[str]:
    """Serve schemas as a registry does, and give its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            schema = schema_of(int(self.path.partition("/schemas/ids/")[2].partition("?")[0] or 0))
            content = json.dumps({"schema": schema} if schema else {"error_code": 40403, "message": "none"}).encode()
            self.send_response(200 if schema else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class calls it so
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_each_partition_is_read_in_order_from_where_it_was_confirmed_to(topic: Topic) -> None:
    """Of another cluster than ours, behind what was vouched for by its own changes."""
    for lsn in range(1, 4):
        topic.write(envelope("c", crime_row(), lsn=lsn), partition=lsn % 2)
    sent, metrics = topic.once()
    assert sorted(crime.revision for crime in sent.snapshots) == [1, 2, 3]
    assert metrics.value(FEED_ROWS, "crimes", "sent") == 3
    assert metrics.value(FEED_COMPLETE_THROUGH, "crimes") == pytest.approx(1_780_306_199.998)
    topic.write(envelope("u", crime_row(), lsn=4))
    topic.write(envelope("d", crime_row(), lsn=5))
    topic.write(None)
    topic.write(b"?", partition=1)
    sent, metrics = topic.once()
    assert [crime.revision for crime in sent.snapshots] == [4]
    counts = [metrics.value(FEED_ROWS, "crimes", outcome) for outcome in ("sent", "deleted", "skipped", "refused")]
    assert counts == [1, 1, 1, 1]
    (rejected,) = (topic.settings.data / "connect" / "crimes.rejected.jsonl").read_text().splitlines()
    assert json.loads(rejected)["file"] == f"{topic.name}, partition 1, offsets 2 to 2"
    assert topic.once()[0].records == []


def test_partitions_that_are_added_while_a_topic_is_read_are_read_from_their_beginning(topic: Topic) -> None:
    """What is read is vouched for, so all has to be read."""

    class Growing(SentRecords):
        """Adds a partition with a message once a record was sent."""

        def flush(self) -> None:
            if len(self.flushed) == 1:
                topic.grow(3)
                topic.write(envelope("c", crime_row(), lsn=2), partition=2)
            super().flush()

    topic.write(envelope("c", crime_row(), lsn=1))
    sent = Growing()
    with topic.opened() as feed:
        source = feed.definition.open(feed)
        delivery = Delivery(feed, lambda: sent)
        for batch in source.batches(threading.Event(), once=False):
            if batch is not NOTHING_NEW:
                source.confirm(batch, delivery.deliver(batch))
            elif len(sent.flushed) > 2:
                break
        source.close()
    assert [crime.revision for crime in sent.snapshots] == [1, 2]


def test_a_delete_and_its_tombstone_are_one_though_they_are_read_apart(topic: Topic) -> None:
    """What the last message said is kept with the offset, and so is a snapshot that is not finished."""
    topic.write(envelope("r", crime_row(), snapshot="first"), partition=1)
    topic.write(envelope("d", crime_row()))
    _, metrics = topic.once()
    assert metrics.value(FEED_ROWS, "crimes", "deleted") == 1
    topic.write(None)
    _, metrics = topic.once()
    assert metrics.value(FEED_ROWS, "crimes", "deleted") == 0
    assert metrics.value(FEED_ROWS, "crimes", "skipped") == 1


def test_a_snapshot_that_is_not_finished_vouches_for_nothing_after_a_restart_either(topic: Topic) -> None:
    """Its end does."""
    topic.write(envelope("r", crime_row(), snapshot="first"))
    topic.once()
    topic.write(envelope("r", crime_row(), lsn=2, snapshot="true"))
    assert [at for *_, at in topic.once()[0].heartbeats] == []
    topic.write(envelope("r", crime_row(), lsn=3, snapshot="last"))
    assert [at for *_, at in topic.once()[0].heartbeats] == [1_780_306_199_998]


def test_where_our_broker_fails_nothing_is_confirmed(topic: Topic) -> None:
    """The same is read again, and is the same."""
    topic.write(envelope("c", crime_row()))
    topic.write(envelope("u", crime_row(), lsn=2))
    with pytest.raises(RuntimeError):
        topic.once(SentRecords(fail_at=2))
    sent, _ = topic.once()
    assert [crime.revision for crime in sent.snapshots] == [1, 2]


def test_avro_is_read_with_the_feeds_own_registry_and_waits_for_it(topic: Topic) -> None:
    """While nothing listens there the feed fails and loses nothing."""
    for message in captured("avro")[:8]:
        if message.topic == "police.control.every_type" and message.offset in (0, 11):
            topic.write(message.value, key=message.key or b"")
    topic.feed(EVERY_TYPE, 'format = "avro"\nregistry = { url = "http://127.0.0.1:1" }')
    topic.once(works=False)
    assert topic.trouble == "the schema registry at http://127.0.0.1:1 does not answer"
    schemas = json.loads((HERE / "avro_schemas.json").read_text())
    with registry(lambda schema_id: schemas.get(str(schema_id))) as url:
        topic.feed(EVERY_TYPE, f'format = "avro"\nregistry = {{ url = "{url}" }}')
        sent, _ = topic.once()
    crime = sent.snapshots[0]
    assert isinstance(crime, Crime)
    assert (crime.crime_ref, crime.incident_refs) == ("C/1", ("C-1",))
    assert (crime.event_time, crime.recorded_at) == (1_774_747_800_123, 1_774_744_200_123)


def test_what_a_changed_mapping_reads_again_counts_for_more(topic: Topic) -> None:
    """And what the same mapping reads again is the same, in the order of the messages."""
    mapping = MAPPING.replace('revision = "__source_lsn"', "revision = { feeding_time = true }")
    topic.feed(mapping)
    topic.write(envelope("c", crime_row()))
    topic.write(envelope("u", crime_row(code="9A")))
    first = topic.once()[0].snapshots
    forget(topic)
    assert topic.once()[0].snapshots == first
    forget(topic)
    topic.feed(mapping.replace('Theft = "THEFT"', 'Theft = "ROBBERY"'))
    again = topic.once()[0].snapshots
    assert [crime.revision for crime in (*first, *again)] == sorted({crime.revision for crime in (*first, *again)})
    assert len({crime.event_id for crime in (*first, *again)}) == 4


def test_a_definition_that_reads_nothing_is_to_be_seen_to(topic: Topic) -> None:
    """All is kept and named; the right one reads it again."""
    topic.write(crime_row())
    topic.once()
    assert topic.remark == "no message of the last batch could be read; once that is mended, --forget reads them again"
    topic.feed(more='shape = "rows"')
    forget(topic)
    topic.write(crime_row(__source_lsn=2))
    topic.once()
    assert [topic.remark] == [None]


def test_heartbeats_that_are_not_there_or_say_nothing_are_named_and_stop_no_row(topic: Topic) -> None:
    """Once they are there they are read."""
    heartbeats = f"{topic.name}.heartbeats"
    topic.feed(more=f'heartbeat_topic = "{heartbeats}"')
    topic.write(envelope("c", crime_row()))
    sent, _ = topic.once()
    assert len(sent.snapshots) == 1
    assert topic.remark == f"{heartbeats} is not there: does the connector run a heartbeat query?"
    topic.partitions(1, heartbeats)
    topic.write({"ts_ms": 1_780_306_300_000}, to=heartbeats)
    topic.once()
    assert topic.remark == f"{heartbeats} vouches for nothing: does the connector run a heartbeat query?"
    topic.write({"op": "m", "source": {"ts_ms": 1_780_306_300_000}, "message": {}}, to=heartbeats)
    sent, _ = topic.once()
    assert [topic.remark] == [None]
    assert [through for *_, through in sent.heartbeats] == [1_780_306_299_999]


def forget(topic: Topic) -> None:
    """Let the feed begin again."""
    with topic.opened() as feed:
        feed.cursors.forget("crimes")


def test_messages_that_are_gone_before_they_were_read_stop_the_feed_and_are_named(topic: Topic, kafka: str) -> None:
    """So does a topic that was made anew."""
    topic.write(envelope("c", crime_row()))
    topic.once()
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.delete_topics([topic.name])[topic.name].result()
    topic.once(works=False)
    assert topic.trouble is not None
    assert topic.trouble.startswith(f"{topic.name}: ")
