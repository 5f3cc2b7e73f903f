"""What was published long ago is tombstoned once nothing is known of it, and nothing that somebody may still change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import latest, latest_records
from agents.observability.metrics import TOMBSTONED, Metrics
from agents.settings.clock import ProcessClock, wall_clock
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from agents.worker.monitors import Monitors
from agents.worker.retention import Retention
from schemas.codec import Codec
from schemas.identifiers import normalise
from schemas.products import Alert, Candidate, Case
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.topology.topics import ALERTS, CANDIDATES, CASES
from tests.agents.examples import DAY, START, closing_heartbeats, incident
from tests.agents.processes import StartWorker, eventually
from tests.streams.actions.alerts import alert

pytestmark = pytest.mark.kafka

PERIOD = PolicyBook.built_in().published_for
LATER = f"""
import sys
from agents.settings.settings import Settings
from agents.worker.broker_clock import BrokerClock
from agents.worker.process import run_worker
at_least = BrokerClock.at_least
BrokerClock.at_least = lambda clock: None if at_least(clock) is None else at_least(clock) + {PERIOD + 60_000}
sys.exit(run_worker(Settings()))
"""
"""A worker to whom everything was published long ago."""


def publish(settings: Settings, *refs: str) -> None:
    """Have an alert, a case and a suggestion stand on each of these incidents."""
    producer, codec = KafkaProducer(settings.client(), deliver_within_seconds=20), Codec()
    home = settings.partition_of("LEICS")
    for ref in refs:
        published_alert = alert(alert_id=f"alert-{ref}", subject_ref=ref)
        case = Case(
            force="LEICS",
            system="STORM",
            ref=ref,
            normalised_ref=normalise(ref),
            topic="storm.incidents.v1",
            event_id="e",
            event_time=START,
            first_event_time=START,
            snapshots=1,
        )
        probable = Candidate(
            alert_id=published_alert.alert_id,
            force="LEICS",
            subject_system="STORM",
            subject_ref=ref,
            crime_ref="CR-1",
            probability=0.9,
        )
        producer.put(settings.topic(ALERTS), published_alert.alert_id.encode(), codec.encode(published_alert), home)
        producer.put(settings.topic(CASES), f"LEICS|STORM|incident|{ref}".encode(), codec.encode(case), home)
        producer.put(settings.topic(CANDIDATES), published_alert.alert_id.encode(), codec.encode(probable), home)
    producer.deliver()


def published(settings: Settings) -> tuple[set[str], set[str], set[str]]:
    """Return the incidents that alerts, cases and suggestions stand on."""
    return (
        {record.subject_ref for record in latest_records(settings, ALERTS, Alert).values()},
        {record.ref for record in latest_records(settings, CASES, Case).values()},
        {record.subject_ref for record in latest_records(settings, CANDIDATES, Candidate).values()},
    )


async def true(_partition: int = 0) -> bool:
    """All is judged."""
    return True


async def nothing() -> None:
    """Still a member."""


def run(
    settings: Settings,
    monitor: Monitor,
    after: int | None,
    *,
    has_caught_up: Callable[[int], Awaitable[bool]] = true,
    require_membership: Callable[[], Awaitable[None]] = nothing,
) -> Metrics:
    """Have a worker of one monitor tombstone what has expired, so long (ms) after now by the broker's clock."""
    monitors, metrics = Monitors(lambda _: monitor, settings.partition_of), Metrics()
    monitors.rebuild((), range(settings.partitions))
    monitors.monitor("LEICS")
    app: Any = SimpleNamespace(require_membership=require_membership)
    ticker: Any = SimpleNamespace(has_caught_up=has_caught_up)
    producer = KafkaProducer(settings.client(), deliver_within_seconds=20)
    clock = ProcessClock(wall=lambda: wall_clock() + 2 * PERIOD)  # no matter what the machine's shows
    retention = Retention(
        settings,
        app,
        monitors,
        ticker,
        producer,
        metrics,
        PERIOD,
        broker_time=lambda: None if after is None else wall_clock() + after,
        catch_up_seconds=0.2,
        clock=clock,
    )
    asyncio.run(retention.run())
    return metrics


def knowing(ref: str) -> Monitor:
    """Return a monitor that knows of one incident."""
    monitor = Monitor("LEICS", PolicyBook.built_in())
    monitor.apply(incident(1, incident_ref=ref), START)
    return monitor


def test_what_is_old_and_forgotten_goes_and_what_is_known_stays(installation: Settings) -> None:
    """However long ago it was published: somebody may still put it right."""
    publish(installation, "INC-1", "INC-2", "INC-3")
    metrics = run(installation, knowing("inc 1"), PERIOD + 60_000)
    assert published(installation) == ({"INC-1"}, {"INC-1"}, {"INC-1"})
    assert metrics.value(TOMBSTONED, ALERTS.name) == 2
    assert metrics.value(TOMBSTONED, CASES.name) == 2


def test_what_was_published_again_since_is_not_old(installation: Settings) -> None:
    """The newest message under a key counts, by when the broker took it: a replay of old records publishes today."""
    publish(installation, "INC-2")
    run(installation, knowing("INC-1"), PERIOD - 60_000)
    assert published(installation) == ({"INC-2"}, {"INC-2"}, {"INC-2"})


@pytest.mark.parametrize("after", [0, None])
def test_a_machine_that_is_fast_tombstones_nothing_early(installation: Settings, after: int | None) -> None:
    """Its own clock shows another year; only the broker's counts, and nothing does where that is not known."""
    publish(installation, "INC-2")
    run(installation, knowing("INC-1"), after)
    assert published(installation)[0] == {"INC-2"}


def test_nothing_is_tombstoned_while_something_waits_to_be_judged(installation: Settings) -> None:
    """What the sources are about to say again is not forgotten, only not known yet."""

    async def behind(_partition: int) -> bool:
        return False

    publish(installation, "INC-2")
    run(installation, knowing("INC-1"), PERIOD + 60_000, has_caught_up=behind)
    assert published(installation)[0] == {"INC-2"}


def test_a_worker_that_is_no_member_any_more_tombstones_nothing(installation: Settings) -> None:
    """Another may know of it by now."""

    async def not_a_member() -> None:
        raise TimeoutError

    publish(installation, "INC-2")
    run(installation, knowing("INC-1"), PERIOD + 60_000, require_membership=not_a_member)
    assert published(installation)[0] == {"INC-2"}


def test_a_worker_tombstones_by_itself(installation: Settings, start_worker: StartWorker) -> None:
    """Old alerts on what it does not know go; an open one that it does know, and other forces' state, stay."""
    publish(installation, "INC-900")
    producer = FeedProducer(installation)
    producer.send(incident(1))
    for topic, heartbeat in closing_heartbeats(START + 5 * DAY):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()
    worker = start_worker(installation, script=LATER, CDI_TOMBSTONE_SECONDS="1")
    eventually(
        lambda: "INC-900" not in published(installation)[0] | published(installation)[1] and worker.running,
        f"tombstoned\n{worker.log.read_text()}",
    )
    assert published(installation)[1] == {"INC-1"}
    assert worker.figure("cdi_tombstoned_total") >= 2
    assert b"INC-900" not in b"".join(latest(installation, CANDIDATES).values())
    assert worker.stop() == 0
    assert "INC-900" not in worker.log.read_text()
