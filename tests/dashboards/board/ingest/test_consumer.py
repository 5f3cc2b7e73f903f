"""The thread that reads our topics, against a real Kafka: it catches up, goes on, and says its troubles."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
from confluent_kafka.admin import AdminClient

from agents.kafka.producer import KafkaProducer
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from dashboards.board.domain.filters import Filters
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.people import Person
from dashboards.board.ingest.consumer import BoardConsumer
from dashboards.board.readmodel import ReadModel, alerts
from deploy.local.board import open_topics
from schemas.codec import Codec
from schemas.products import Alert, Product, Tick
from streams.topology.topics import ALERTS, TOPICS
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import a_case, a_clock, an_alert, key_of

pytestmark = pytest.mark.kafka

EVERYONE = Person(name="a", role="FCR", forces=("*",))
CODEC = Codec()
PATIENCE_SECONDS = 60


@pytest.fixture
def installation(kafka: str) -> Settings:
    """Give an installation with topics of its own."""
    settings = Settings(kafka=kafka, prefix=f"board-{uuid.uuid4().hex[:8]}.", partitions=3, replication=1)
    create_topics(settings)
    return settings


def put(settings: Settings, *records: Product, partition: int | None = None) -> None:
    """Write records to their topics."""
    producer = KafkaProducer(settings.client(), deliver_within_seconds=30)
    for record in records:
        number = settings.partition_of("LEICS") if partition is None else partition
        topic = f"{settings.prefix}{record.TOPIC}"
        producer.put(topic, key_of(record).encode() or None, CODEC.encode(record), number)
    producer.deliver()


@contextmanager
def reading(settings: Settings, model: ReadModel) -> Iterator[KafkaHealth]:
    """Read for the while."""
    kafka_health = KafkaHealth(wall())
    consumer = BoardConsumer(lambda: open_topics(settings), model, kafka_health, wall)
    consumer.start()
    try:
        yield kafka_health
    finally:
        consumer.stop()


def wall() -> int:
    """Tell the time."""
    return time.time_ns() // 1_000_000  # noqa: TID251 - the test's own clock


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < ends, "it never came"
        threading.Event().wait(0.05)


def refs(model: ReadModel) -> set[str]:
    """Give the references of the open alerts."""
    with model.reading() as connection:
        return {item.alert.subject_ref for item in alerts.search(connection, Filters(), EVERYONE, WALL)}


def alert(ref: str) -> Alert:
    """Make an alert."""
    return an_alert("crime-not-recorded", "STORM", ref, wall=WALL, due_in=1000)


def test_it_reads_every_partition_and_then_what_comes(installation: Settings, model: ReadModel) -> None:
    """What was there before and what comes later is in the read model, and nothing is behind."""
    put(installation, alert("A"), partition=0)
    put(installation, alert("B"), a_case("STORM", "B", began_at=WALL), a_clock(WALL), partition=2)
    with reading(installation, model) as kafka_health:
        until(lambda: refs(model) == {"A", "B"})
        put(installation, alert("C"), partition=1)
        until(lambda: refs(model) == {"A", "B", "C"})
        until(lambda: kafka_health.heard_at is not None and kafka_health.behind == 0)
        assert kafka_health.trouble is None


def test_it_goes_on_where_it_stopped(installation: Settings, model: ReadModel) -> None:
    """What came while no board ran is caught up, and what was read before is not read again."""
    put(installation, alert("A"))
    with reading(installation, model):
        until(lambda: refs(model) == {"A"})
    with model.writing() as connection:  # were it read again, it would be back
        from dashboards.board.readmodel.tables import alerts as table

        connection.execute(table.delete())
    put(installation, alert("B"))
    with reading(installation, model):
        until(lambda: refs(model) == {"B"})


def test_after_a_restart_with_nothing_new_it_is_not_behind(installation: Settings, model: ReadModel) -> None:
    """A partition of which nothing was read since the start was read before."""
    put(installation, alert("A"), alert("B"))
    with reading(installation, model):
        until(lambda: refs(model) == {"A", "B"})
    with reading(installation, model) as kafka_health:
        until(lambda: kafka_health.heard_at is not None)
        assert kafka_health.behind == 0


def test_two_boards_on_one_database_leave_one_state(installation: Settings, model: ReadModel) -> None:
    """Both read everything; nothing is there twice or lost."""
    changing = [msgspec.structs.replace(alert("A"), sequence=number) for number in range(1, 40)]
    with reading(installation, model), reading(installation, model):
        put(installation, *changing, alert("B"))
        until(lambda: refs(model) == {"A", "B"})
    with model.reading() as connection:
        items = alerts.search(connection, Filters(), EVERYONE, WALL)
    assert {item.alert.subject_ref: item.alert.sequence for item in items} == {"A": 39, "B": 1}


def test_a_topic_made_anew_is_read_anew(installation: Settings, model: ReadModel) -> None:
    """Where the installation was wiped and begun again, nothing old is shown."""
    put(installation, alert("OLD"), alert("OLDER"))
    with reading(installation, model):
        until(lambda: refs(model) == {"OLD", "OLDER"})
    admin = AdminClient(installation.client())
    for outcome in admin.delete_topics([installation.topic(topic) for topic in TOPICS], operation_timeout=30).values():
        outcome.result()
    until(lambda: installation.topic(ALERTS) not in admin.list_topics(timeout=10).topics)
    create_topics(installation)
    put(installation, alert("NEW"))
    with reading(installation, model):
        until(lambda: refs(model) == {"NEW"})


def test_it_hears_the_workers_tick(installation: Settings, model: ReadModel) -> None:
    """By partition, so that a force whose worker is silent can be named; earlier ones are old news."""
    put(installation, Tick(partition=1, wall=WALL), partition=1)
    with reading(installation, model) as kafka_health:
        until(lambda: kafka_health.heard_at is not None)

        def ticked() -> bool:
            put(installation, Tick(partition=2, wall=WALL + 5), partition=2)
            return kafka_health.ticked_at == {2: WALL + 5}

        until(ticked)


def test_it_says_when_kafka_does_not_answer(model: ReadModel) -> None:
    """The board lives on and shows that it is deaf."""
    settings = Settings(kafka="127.0.0.1:1", prefix="nowhere.")
    with reading(settings, model) as kafka_health:
        until(lambda: kafka_health.trouble == "Kafka does not answer")


def test_it_says_when_a_topic_is_missing(installation: Settings, model: ReadModel) -> None:
    """As after an upgrade before the topics were made: Kafka answers, and what ops can do is named."""
    elsewhere = installation.model_copy(update={"prefix": "nothing-was-made-here."})
    with reading(elsewhere, model) as kafka_health:
        until(lambda: kafka_health.trouble == "a topic is missing on Kafka; ops: cdi topics create")
