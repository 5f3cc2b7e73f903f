"""A state changelog that was lost, or holds what no release wrote: noticed, and never guessed at."""

from __future__ import annotations

from functools import partial

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from agents.kafka.producer import KafkaProducer
from agents.kafka.reader import end_offset, latest, latest_records, messages
from agents.kafka.topics import create_topics
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from agents.worker.state_version import EXIT_STATUS
from deploy.doctor import versions
from schemas.products import Alert, ForceClock
from streams.policy import PolicyBook
from streams.topology.topics import ALERTS, CLOCKS, STATE_CHANGELOG
from tests.agents.examples import DAY, START, closing_heartbeats, crime, incident
from tests.agents.processes import StartWorker, eventually

pytestmark = pytest.mark.kafka

END = START + 30 * DAY


def feed(settings: Settings, numbers: range, until: int) -> None:
    """Put reports on their topic, every other with its crime, and every feed's word that this is all."""
    producer = FeedProducer(settings)
    for number in numbers:
        producer.send(incident(number))
        if number % 2:
            producer.send(crime(number))
    for topic, heartbeat in closing_heartbeats(until):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def wait_for_clock(settings: Settings, until: int) -> None:
    """Wait until the force's clock stands there."""

    def stands_there() -> bool:
        clock = latest_records(settings, CLOCKS, ForceClock).get("LEICS")
        return clock is not None and clock.clock == until

    eventually(stands_there, f"the clock at {until}")


def judge_some(settings: Settings, start_worker: StartWorker) -> None:
    """Have a worker judge some reports, and stop it."""
    feed(settings, range(4), END)
    worker = start_worker(settings)
    wait_for_clock(settings, END)
    assert worker.stop() == 0


def put(settings: Settings, key: bytes | None, value: bytes, partition: int) -> int:
    """Write a message to the state's changelog, and return its offset."""
    producer = KafkaProducer(settings.client(), deliver_within_seconds=30)
    producer.put(settings.topic(STATE_CHANGELOG), key, value, partition)
    producer.deliver()
    return end_offset(settings, STATE_CHANGELOG, partition) - 1


def make_anew(settings: Settings) -> None:
    """Delete the state's changelog, and create it again."""
    admin = AdminClient(settings.client())
    for outcome in admin.delete_topics([settings.topic(STATE_CHANGELOG)]).values():
        outcome.result()
    eventually(lambda: create_topics(settings) == [settings.topic(STATE_CHANGELOG)], "the changelog, empty")


def cut_off(settings: Settings, partition: int, messages: int) -> None:
    """Delete the first messages of a partition of the state's changelog, as a wrong retention does."""
    admin, name = AdminClient(settings.client()), settings.topic(STATE_CHANGELOG)
    for policy in ("delete", None, "compact"):
        if policy is None:
            until = TopicPartition(name, partition, messages)
            eventually(partial(_is_deleted, admin, until), "the records deleted")
        else:
            entry = ConfigEntry("cleanup.policy", policy, incremental_operation=AlterConfigOpType.SET)
            resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=[entry])
            admin.incremental_alter_configs([resource])[resource].result()


def _is_deleted(admin: AdminClient, until: TopicPartition) -> bool:
    """Delete the records before an offset; return False where the broker does not go by the new policy yet."""
    try:
        admin.delete_records([until])[until].result()
    except KafkaException as refusal:
        if refusal.args[0].code() != KafkaError.POLICY_VIOLATION:
            raise
        return False
    return True


def lost(settings: Settings) -> list[str]:
    """Return what the doctor says of state that was lost."""
    return [item.line for item in versions.state(settings, PolicyBook.built_in()) if "is lost:" in item.line]


def test_state_that_was_lost_is_noticed_and_the_sources_are_judged_from_the_beginning(
    installation: Settings, start_worker: StartWorker
) -> None:
    """Open reports are not forgotten, and what comes later is judged by them; a restart does not judge anew again."""
    home = installation.partition_of("LEICS")
    judge_some(installation, start_worker)
    before = latest_records(installation, ALERTS, Alert)
    assert lost(installation) == []
    state = latest(installation, STATE_CHANGELOG)
    make_anew(installation)
    (line,) = lost(installation)
    assert f"partition {home}" in line
    worker = start_worker(installation)
    eventually(lambda: latest(installation, STATE_CHANGELOG).keys() == state.keys(), "the state again")
    feed(installation, range(10, 12), END + DAY)
    wait_for_clock(installation, END + DAY)
    assert before.items() <= latest_records(installation, ALERTS, Alert).items()
    (line,) = [line for line in worker.log.read_text().splitlines() if "state_lost" in line]
    assert f'"partition": {home}' in line
    assert worker.stop() == 0
    assert lost(installation) == []
    again = start_worker(installation)
    again.wait_until_ready()
    assert "state_lost" not in again.log.read_text()


def test_state_of_which_a_part_was_lost_is_judged_anew_too(installation: Settings, start_worker: StartWorker) -> None:
    """What is left of it is deleted first; what was published stays, and is not published again."""
    home = installation.partition_of("LEICS")
    judge_some(installation, start_worker)
    before, published = latest_records(installation, ALERTS, Alert), end_offset(installation, ALERTS, home)
    state = latest(installation, STATE_CHANGELOG)
    cut_off(installation, home, end_offset(installation, STATE_CHANGELOG, home) // 2)
    assert 0 < len(latest(installation, STATE_CHANGELOG)) < len(state)
    (line,) = lost(installation)
    assert f"partition {home}" in line
    worker = start_worker(installation)
    eventually(lambda: latest(installation, STATE_CHANGELOG).keys() == state.keys(), "the state again")
    feed(installation, range(10, 12), END + DAY)
    wait_for_clock(installation, END + DAY)
    assert before.items() <= latest_records(installation, ALERTS, Alert).items()
    since = [message.key for message in messages(installation, ALERTS) if message.offset >= published]
    assert since
    assert not {key.encode() for key in before} & set(since)
    (line,) = [line for line in worker.log.read_text().splitlines() if "state_lost" in line]
    assert '"lost": "a part"' in line
    assert worker.stop() == 0
    assert lost(installation) == []
    again = start_worker(installation)
    again.wait_until_ready()
    assert "state_lost" not in again.log.read_text()


def test_partitions_in_which_nothing_was_ever_judged_have_lost_nothing(
    installation: Settings, start_worker: StartWorker
) -> None:
    """Messages that became dead letters were read, and left no state."""
    producer = FeedProducer(installation)
    producer.send_raw("storm.incidents.v1", b"LEICS", b"rubbish", installation.partition_of("LEICS"))
    producer.flush()
    worker = start_worker(installation)
    eventually(lambda: worker.figure("cdi_dead_letters_total") == 1, "the dead letter")
    assert worker.stop() == 0
    assert lost(installation) == []
    again = start_worker(installation)
    again.wait_until_ready()
    assert "state_lost" not in again.log.read_text()


def test_entries_that_no_release_can_have_written_are_skipped_and_named(
    installation: Settings, start_worker: StartWorker
) -> None:
    """Without a force, no text at all, or in another force's partition."""
    judge_some(installation, start_worker)
    entries, home = latest(installation, STATE_CHANGELOG), installation.partition_of("LEICS")
    elsewhere = (home + 1) % installation.partitions
    offsets = [
        put(installation, b"no force", b"rubbish", home),
        put(installation, b"\xff\x00r", b"rubbish", home),
        put(installation, b"LEICS\x00r\x00\xff", b"rubbish", home),
        put(installation, b"LEICS\x00c", b"rubbish", elsewhere),
    ]
    worker = start_worker(installation)
    worker.wait_until_ready()
    assert worker.figure("cdi_state_entries") == len(entries)
    lines = [line for line in worker.log.read_text().splitlines() if "foreign_state_skipped" in line]
    assert len(lines) == len(offsets)
    assert all(any(f'"offset": {offset}' in line for line in lines) for offset in offsets)
    feed(installation, range(10, 12), END + DAY)
    wait_for_clock(installation, END + DAY)


def test_an_entry_of_ours_that_cannot_be_read_stops_the_worker_and_is_named(
    installation: Settings, start_worker: StartWorker
) -> None:
    """State must not be guessed: one line says where the message stands, and nothing of what it says."""
    judge_some(installation, start_worker)
    home = installation.partition_of("LEICS")
    key = next(key for key in latest(installation, STATE_CHANGELOG) if key.endswith(b"INC-0"))
    offset = put(installation, key, b"Mrs Smith", home)
    worker = start_worker(installation)
    assert worker.wait() == EXIT_STATUS
    (line,) = [line for line in worker.log.read_text().splitlines() if "state_unreadable" in line]
    assert f'"topic": "{installation.topic(STATE_CHANGELOG)}"' in line
    assert f'"partition": {home}' in line
    assert f'"offset": {offset}' in line
    assert "Smith" not in worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()
