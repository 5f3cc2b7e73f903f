"""The topics as data, and the partition of a force."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.products import PRODUCTS
from schemas.records import SOURCE_RECORDS, Assessment, AuditReading, Heartbeat, Link, Score
from streams.topology.topics import ALERTS, INTAKE, SOURCES, STATE_CHANGELOG, TOPICS, murmur2, partition_for, prefixed


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_what_kafkas_own_test_expects_of_it(key: bytes, hashed: int) -> None:
    """The vectors are those of Kafka's UtilsTest, there as signed numbers."""
    assert murmur2(key) == hashed % 2**32


@given(force=st.text(min_size=1), partitions=st.integers(1, 64))
def test_every_force_has_a_partition_that_exists(force: str, partitions: int) -> None:
    """Whatever a force is called, its partition is one of the topic's."""
    assert 0 <= partition_for(force, partitions) < partitions


def test_the_force_map_goes_before_the_hash() -> None:
    """A force that the map names goes where it says, every other where murmur2 says."""
    assert partition_for("LEICS", 6, {"LEICS": 5}) == 5
    assert partition_for("DERBS", 6, {"LEICS": 5}) == partition_for("DERBS", 6)


def test_every_record_has_its_topic() -> None:
    """Each source record and each product travels on the topic that it names, once."""
    carried = {topic.name: topic for topic in TOPICS}
    assert len(carried) == len(TOPICS)
    assert all(record in carried[record.TOPIC].records for record in SOURCE_RECORDS)
    assert all(record in carried[record.TOPIC].records for record in PRODUCTS)


def test_heartbeats_travel_on_feeds_and_not_among_peoples_records() -> None:
    """What people and their models say holds no clock, so nothing vouches for its topics."""
    without = {topic.name for topic in SOURCES if Heartbeat not in topic.records}
    assert without == {record.TOPIC for record in (Link, Assessment, Score, AuditReading)}


def test_no_topic_keeps_time_by_what_its_records_say() -> None:
    """Messages carry the broker's time: with their own, retention would eat a replay of old records."""
    assert {topic.config["message.timestamp.type"] for topic in TOPICS} == {"LogAppendTime"}


def test_what_is_read_again_after_a_restart_is_never_deleted() -> None:
    """Source topics are kept for ever, and views and state lose only what a newer message replaced."""
    assert {topic.config["retention.ms"] for topic in SOURCES} == {"-1"}
    assert {topic.config["cleanup.policy"] for topic in SOURCES} == {"delete"}
    assert ALERTS.config["cleanup.policy"] == STATE_CHANGELOG.config["cleanup.policy"] == "compact"


def test_workers_read_sources_erasures_and_ticks_and_nothing_they_write_besides() -> None:
    """A worker that read its own alerts would judge them."""
    others = {"compliance.erasures.v1", "compliance.ticks.v1"}
    assert {topic.name for topic in INTAKE} == {record.TOPIC for record in SOURCE_RECORDS} | others


def test_a_prefix_stands_before_every_name() -> None:
    """Two installations on one cluster share no topic."""
    assert prefixed("north.", ALERTS) == "north.compliance.alerts.v1"
