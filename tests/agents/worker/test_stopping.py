"""A worker that is told to stop stops in time, whatever it is doing and whether its broker answers or not."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from deploy.local.kafka import EmbeddedKafka, free_port
from tests.agents.examples import START, closing_heartbeats, incident
from tests.agents.processes import StartWorker, WorkerProcess, eventually

pytestmark = pytest.mark.kafka

_numbers = itertools.count(1)
STOPS_WITHIN_SECONDS = 15.0
SLOW_RECOVERY = """
import sys, time
from agents.settings.settings import Settings
from agents.worker.process import run_worker
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

class Slow(Monitor):
    def restore(self, key, value):
        print("busy", flush=True)
        time.sleep(2)
        super().restore(key, value)

book = PolicyBook.built_in()
sys.exit(run_worker(Settings(), monitor=lambda force: Slow(force, book)))
"""
SLOW_BATCH = SLOW_RECOVERY.replace("restore(self, key, value)", "apply(self, snapshot, ingest_time)").replace(
    "super().restore(key, value)", "super().apply(snapshot, ingest_time)"
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """Give a broker that may be taken away, which others share with nobody."""
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


def installed(broker: EmbeddedKafka, folder: Path) -> Settings:
    """Create the topics of another installation on the broker."""
    installation = Settings(
        kafka=broker.bootstrap,
        prefix=f"stopping-{next(_numbers)}.",
        partitions=3,
        clock="stream",
        data=folder,
        session_seconds=6.0,
        replication=1,
    )
    create_topics(installation)
    return installation


@pytest.fixture
def settings(broker: EmbeddedKafka, tmp_path: Path) -> Settings:
    """Give topics of a test's own on that broker."""
    return installed(broker, tmp_path)


@contextmanager
def frozen(broker: EmbeddedKafka) -> Iterator[None]:
    """Have the broker keep its connections and answer nothing."""
    assert broker._supervisor is not None
    os.killpg(broker._supervisor.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(broker._supervisor.pid, signal.SIGCONT)


def feed(settings: Settings, reports: int = 20) -> None:
    """Put reports on their topic, and every feed's word that this is all."""
    producer = FeedProducer(settings)
    for number in range(reports):
        producer.send(incident(number))
    for topic, heartbeat in closing_heartbeats(START):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def assert_stops_in_time(worker: WorkerProcess, *, exit_statuses: tuple[int, ...] = (0,)) -> None:
    """Tell it to stop: it ends within the time that a service manager gives."""
    told_at = time.monotonic()
    assert worker.stop() in exit_statuses, worker.log.read_text()
    assert time.monotonic() - told_at < STOPS_WITHIN_SECONDS
    assert "Traceback" not in worker.log.read_text()


def test_a_worker_that_never_reached_a_broker_stops(tmp_path: Path, start_worker: StartWorker) -> None:
    """While it is still waiting for the first answer."""
    worker = start_worker(Settings(kafka=f"127.0.0.1:{free_port()}", prefix="nowhere.", data=tmp_path))
    time.sleep(4)
    assert worker.running
    assert_stops_in_time(worker)


def test_a_worker_in_a_long_recovery_stops(settings: Settings, start_worker: StartWorker) -> None:
    """Although the event loop is busy with the monitors, and hears of nothing."""
    feed(settings)
    worker = start_worker(settings)
    eventually(lambda: worker.figure("cdi_state_writes_total") >= 20, "state to recover")
    assert worker.stop() == 0
    slow = start_worker(settings, script=SLOW_RECOVERY)
    eventually(lambda: "busy" in slow.log.read_text(), "the recovery under way")
    assert_stops_in_time(slow)


def test_a_worker_in_a_long_batch_stops(settings: Settings, start_worker: StartWorker) -> None:
    """What it has begun is read again by the next."""
    worker = start_worker(settings, script=SLOW_BATCH)
    worker.wait_until_ready()
    feed(settings)
    eventually(lambda: "busy" in worker.log.read_text(), "the batch under way")
    assert worker.figure("cdi_persisted_messages_total") == 0
    assert_stops_in_time(worker)


def test_workers_whose_broker_went_silent_stop(
    broker: EmbeddedKafka, tmp_path: Path, start_worker: StartWorker
) -> None:
    """One has nothing to do, one publishes, one recovers: neither commits nor departures are answered."""
    idle, publishing, recovering = (
        start_worker(installed(broker, tmp_path), name) for name in ("idle", "publishing", "recovering")
    )
    idle.wait_until_ready()
    publishing.wait_until_ready()
    feed(publishing.settings, 2000)
    eventually(lambda: recovering.ask("/live")[0] != 0, "the third on its way")
    with frozen(broker):
        time.sleep(3)
        assert_stops_in_time(idle)
        assert_stops_in_time(recovering)
        assert_stops_in_time(publishing, exit_statuses=(0, 1))  # by then it may have stopped itself


def test_a_worker_whose_broker_is_gone_stops(
    settings: Settings, broker: EmbeddedKafka, start_worker: StartWorker
) -> None:
    """Its connections are refused; this comes last, since it takes the broker down."""
    worker = start_worker(settings)
    worker.wait_until_ready()
    broker.stop()
    time.sleep(8)
    assert_stops_in_time(worker)
