"""What real workers answer on /live and /ready when they hang, are idle, are busy, or have lost their broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.kafka.reader import latest_records
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from deploy.local.kafka import EmbeddedKafka
from schemas.products import ForceClock
from streams.topology.topics import CLOCKS
from tests.agents.examples import DAY, START, closing_heartbeats, incident
from tests.agents.processes import StartWorker, eventually

pytestmark = pytest.mark.kafka

STUCK_SECONDS = "10"
END = START + 30 * DAY
FOREVER_AWAITED = """
import asyncio, sys
from agents.worker.batch_processor import BatchProcessor
from agents.settings.settings import Settings
from agents.worker.process import run_worker

async def hang(self, events):
    await asyncio.Event().wait()

BatchProcessor.process = hang
sys.exit(run_worker(Settings()))
"""
MONITOR = """
import sys, time
from agents.settings.settings import Settings
from agents.worker.process import run_worker
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

class Slow(Monitor):
    def apply(self, snapshot, ingest_time):
        {}
        super().apply(snapshot, ingest_time)

book = PolicyBook.built_in()
sys.exit(run_worker(Settings(), monitor=lambda force: Slow(force, book)))
"""
LOOP_BLOCKED = MONITOR.format("while True: pass")
BUSY = MONITOR.format("time.sleep(0.05)")


def feed(settings: Settings, records: int) -> None:
    """Put reports of one force on their topic, and every feed's word that this is all."""
    producer = FeedProducer(settings)
    for number in range(records):
        producer.send(incident(number))
    for topic, heartbeat in closing_heartbeats(END, "LEICS"):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def judged(settings: Settings) -> bool:
    """Tell whether everything fed was judged."""
    return [clock.clock for clock in latest_records(settings, CLOCKS, ForceClock).values()] == [END]


def beside(installation: Settings, name: str) -> Settings:
    """Another installation on the same broker."""
    other = installation.model_copy(update={"prefix": f"{installation.prefix}{name}."})
    create_topics(other)
    return other


@pytest.mark.parametrize("script", [FOREVER_AWAITED, LOOP_BLOCKED], ids=["the agent awaits", "the loop is blocked"])
def test_a_worker_that_hangs_is_not_live_and_others_are(
    installation: Settings, start_worker: StartWorker, script: str
) -> None:
    """The hung one says so; one without traffic and one busy for much longer stay live; a restart helps."""
    idle, busy = beside(installation, "idle"), beside(installation, "busy")
    feed(installation, 20)
    feed(busy, 1000)  # fifty seconds of it
    hung = start_worker(installation, script=script, CDI_STUCK_SECONDS=STUCK_SECONDS)
    others = [
        start_worker(idle, CDI_STUCK_SECONDS=STUCK_SECONDS),
        start_worker(busy, script=BUSY, CDI_STUCK_SECONDS=STUCK_SECONDS, CDI_BATCH_MESSAGES="20"),
    ]
    for worker in others:
        worker.wait_until_ready()
    statuses: set[int] = set()

    def hangs() -> bool:
        statuses.update(worker.ask("/live")[0] for worker in others)
        return hung.ask("/live")[0] == 503

    eventually(hangs, f"not live\n{hung.log.read_text()}")
    assert hung.running
    assert "cdi_progressing 0.0" in hung.ask("/metrics")[1]
    assert statuses == {200}
    hung.kill()
    start_worker(installation)
    eventually(lambda: judged(installation), "what the hung one held up")


@pytest.mark.slow
def test_a_worker_that_lost_its_broker_is_live_and_not_ready(tmp_path: Path, start_worker: StartWorker) -> None:
    """No restart of the worker would bring Kafka back; once it is back, so is the worker."""
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        settings = Settings(
            kafka=broker.bootstrap,
            prefix="gone.",
            partitions=3,
            clock="stream",
            data=tmp_path,
            session_seconds=6.0,
            replication=1,
        )
        create_topics(settings)
        worker = start_worker(settings, CDI_STUCK_SECONDS=STUCK_SECONDS)
        worker.wait_until_ready()
        broker.stop()
        statuses: set[int] = set()

        def unheard() -> bool:
            statuses.add(worker.ask("/live")[0])
            return worker.ask("/ready")[0] == 503 and "lag_unknown" in worker.log.read_text()

        eventually(unheard, f"not ready, for longer than it may be stuck\n{worker.log.read_text()}")
        assert statuses == {200}
        broker.start()
        worker.wait_until_ready()
        feed(settings, 5)
        eventually(lambda: judged(settings), f"what was fed since\n{worker.log.read_text()}")
        assert worker.ask("/live")[0] == 200
