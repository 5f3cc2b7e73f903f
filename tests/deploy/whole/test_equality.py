"""Backtest and Kafka under the stream clock write the same alerts and reviews, to the byte, for the same records."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from agents.kafka.reader import latest_records
from agents.settings.settings import Settings
from agents.topics.audit_log import entries, verify
from agents.topics.feeds import FeedProducer
from deploy.demo.watch import Watch
from deploy.files.backtest import judge, write_alerts, write_reviews
from deploy.files.completion import feed_completions, send_completions, sources_by_force
from deploy.files.feed import send_first_heartbeats
from deploy.local.cluster import provide_topics
from deploy.local.processes import Processes, workers
from deploy.scenario import events
from schemas.identifiers import normalise
from schemas.products import Alert, AuditEntry, Review
from schemas.records import POSSIBLE_FEEDS, Incident, Referral, Snapshot
from streams.policy import PolicyBook
from streams.topology.topics import ALERTS, REVIEWS
from tests.streams import world

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PATIENCE_SECONDS = 120
BOOK = PolicyBook.built_in()


def forces_events() -> list[Snapshot]:
    """Return the scenario in three forces, each with a part of it of its own.

    People and models have judged some of it, some of the referrals came as protection reports too, and the time of some
    reports was corrected in the same moment.
    """
    whole = [*events(), *chain.from_iterable(map(_besides, events()))]
    return [
        msgspec.structs.replace(snapshot, force=force)
        for force, share in {"LEICS": 1, "DERBS": 2, "NOTTS": 3}.items()
        for number, snapshot in enumerate(whole)
        if number % share == 0
    ]


def _besides(snapshot: Snapshot) -> list[Snapshot]:
    """Return what is said of a report by others than its system."""
    if isinstance(snapshot, Referral):
        return [world.protection_report(snapshot.event_time, snapshot.referral_ref, crime_refs=snapshot.crime_refs)]
    if isinstance(snapshot, Incident) and snapshot.closed_at is not None:
        at, ref = snapshot.event_time + 1, snapshot.incident_ref
        corrected = {"revision": snapshot.revision + 1, "reported_at": snapshot.reported_at - world.MINUTE}
        correction = msgspec.structs.replace(snapshot, event_id=f"{snapshot.event_id}-corrected", **corrected)
        return [world.reading(at, ref=ref), world.score(at, ref=ref), *([correction] if ref.endswith("7") else [])]
    return []


def feed_shuffled(settings: Settings, snapshots: Sequence[Snapshot], seed: int) -> None:
    """Feed every snapshot, one in five of them twice, in no order at all, behind the opening heartbeats."""
    dice = random.Random(seed)
    shuffled = [*snapshots, *dice.sample(list(snapshots), len(snapshots) // 5)]
    dice.shuffle(shuffled)
    producer = FeedProducer(settings)
    for topic in POSSIBLE_FEEDS:
        sources = dict.fromkeys((s.force, s.source) for s in snapshots if topic == s.TOPIC)
        send_first_heartbeats(topic, list(sources), producer)
    for snapshot in shuffled:
        producer.send(snapshot)
    producer.flush()


def wait_for_clocks(settings: Settings, forces: set[str], clock: int, running: Processes) -> None:
    """Wait until the clock of every force stands at ``clock``."""
    with Watch(settings) as watch:
        for _ in range(PATIENCE_SECONDS * 10):
            watch.poll(0.1)
            running.restart_ended()
            if watch.clock(forces) == clock:
                return
    pytest.fail(f"the clocks stand at {watch.clocks}, {clock} was expected")


@pytest.mark.parametrize(("partitions", "count"), [(1, 1), (6, 2)])
def test_backtest_equals_kafka(kafka: str, tmp_path: Path, partitions: int, count: int) -> None:
    """Arrival order, duplicates, partitions and the number of workers change no byte of what there is in the end."""
    snapshots = forces_events()
    until = max(snapshot.event_time for snapshot in snapshots)
    settings = Settings(
        kafka=kafka,
        prefix=f"equality-{uuid.uuid4().hex[:8]}.",
        partitions=partitions,
        clock="stream",
        data=tmp_path,
        worker="equality",
    )
    provide_topics(settings)
    feed_shuffled(settings, snapshots, partitions)
    send_completions(FeedProducer(settings), feed_completions(sources_by_force(settings), BOOK), until)
    with Processes(workers(settings, count), tmp_path / "logs", on_restart=pytest.fail) as running:
        wait_for_clocks(settings, {snapshot.force for snapshot in snapshots}, until, running)
    alerts = latest_records(settings, ALERTS, Alert)
    by_kafka, by_backtest = tmp_path / "kafka.jsonl", tmp_path / "backtest.jsonl"
    write_alerts([alerts[alert_id] for alert_id in sorted(alerts)], by_kafka)
    result = judge(snapshots, BOOK, until, read_at=until, keeps_reviews=True)
    write_alerts(result.alerts, by_backtest)
    assert by_kafka.read_bytes() == by_backtest.read_bytes()
    assert len(alerts) > 200
    reviews = latest_records(settings, REVIEWS, Review)
    write_reviews(sorted(reviews.values(), key=_place), by_kafka)
    write_reviews(result.reviews, by_backtest)
    assert by_kafka.read_bytes() == by_backtest.read_bytes()
    assert {review.status for review in result.reviews} == {"SETTLED", "LAPSED", "WAITING"}
    check_corrections(settings, snapshots, result.counted["time_corrected"])


def check_corrections(settings: Settings, snapshots: Sequence[Snapshot], count: int) -> None:
    """Check that the audit log names each corrected report once, as often as a backtest counts, in whole chains."""
    named = [entry for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]
    details = [{detail.name: detail.value for detail in entry.details} for entry in named]
    there = {(snapshot.force, f"{snapshot.event_id}-corrected") for snapshot in snapshots}
    corrected = [s for s in snapshots if isinstance(s, Incident) and (s.force, s.event_id) in there]
    assert count == len(named) == len(corrected) > 0
    assert {(of["force"], entry.target, of["field"]) for of, entry in zip(details, named, strict=True)} == {
        (snapshot.force, f"STORM {normalise(snapshot.incident_ref)}", "reported_at") for snapshot in corrected
    }
    assert verify(settings)[1] == []


def _place(review: Review) -> tuple[str, str, str]:
    return review.force, review.system, review.normalised_ref
