"""Snapshots looked up on a broker: the newest of a case, and nothing beyond the time that a search may take."""

from __future__ import annotations

import uuid

import msgspec
import pytest

from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from agents.topics.snapshots import SnapshotSearch
from schemas.records import Incident
from tests.dashboards.trials.sample import a_case
from tests.streams.actions.alerts import BEGAN

pytestmark = pytest.mark.kafka

CASE = a_case("STORM", "I-1", began_at=BEGAN, moments=[(0, "a"), (5, "b")])
NEWEST = Incident(
    event_id=CASE.event_id,
    force="LEICS",
    source="S",
    event_time=CASE.event_time,
    incident_ref="I-1",
    reported_at=BEGAN,
    channel="PHONE",
    reporter="VICTIM",
    opening_code="VIO-01",
    status="OPEN",
    attending_officer="PC 1207",
)


@pytest.fixture
def installation(kafka: str) -> Settings:
    """Return topics with snapshots of some incidents."""
    settings = Settings(kafka=kafka, prefix=f"snapshots-{uuid.uuid4()}.", partitions=2)
    create_topics(settings)
    producer = FeedProducer(settings)
    older = msgspec.structs.replace(NEWEST, event_id="ev-i1-1", event_time=BEGAN, attending_officer="PC 1")
    longer = msgspec.structs.replace(NEWEST, event_id=f"{NEWEST.event_id}0", attending_officer="PC 2")
    for record in (older, longer, NEWEST):
        producer.send(record)
    producer.send_raw(Incident.TOPIC, b"LEICS", CASE.event_id.encode(), settings.partition_of("LEICS"))
    producer.flush()
    return settings


def test_the_newest_snapshot_of_a_case_is_found(installation: Settings) -> None:
    """By its whole event_id, among others of the record and what cannot be read."""
    other = a_case("STORM", "I-2", began_at=BEGAN)
    assert SnapshotSearch(installation).newest([other, CASE]) == {CASE.event_id: NEWEST}


def test_a_search_ends_in_time_with_what_it_has(installation: Settings) -> None:
    """Also where it may take none."""
    assert SnapshotSearch(installation, search_seconds=0.0).newest([CASE]) == {}


def test_nothing_is_read_of_before_the_source_wrote_it(installation: Settings) -> None:
    """A case that is written after every message is not there."""
    later = msgspec.structs.replace(CASE, event_time=4_000_000_000_000)
    assert SnapshotSearch(installation).newest([later]) == {}
