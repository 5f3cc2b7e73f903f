"""Live rates: what was counted in the last whole and the running minute, hour and day."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from faust.events import Event
from faust.types import TP

from agents.observability.metrics import ALERTS_IN_WINDOW, EVENTS_IN_WINDOW, Metrics
from agents.settings.clock import ProcessClock
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from agents.worker.faust_app import WorkerApp
from agents.worker.faust_tables import ChangelogTable
from agents.worker.pipeline.advance import ForceChanges, Outcome
from agents.worker.pipeline.receive import InputBatch
from agents.worker.rates import Rates, RateTable
from schemas.products import Alert
from schemas.records import FEEDS, Incident, Snapshot
from streams.engine.changes import Changes
from streams.policy.calendar import DAY, HOUR, MINUTE
from streams.topology.rates import WINDOWS, events_key
from streams.topology.topics import SOURCES
from tests.agents.examples import START, closing_heartbeats, crime, incident
from tests.agents.processes import StartWorker, WorkerProcess, eventually

WALL = 1_767_225_600_000 + 12 * HOUR + 30 * MINUTE + 10_000
"""Ten seconds into a minute, half-way through an hour and a day (UTC)."""
STORM = Incident.TOPIC
HOME = 3


# -- the tables, without Kafka ----------------------------------------------------------------------------------------


class RecordingProducer:
    """A producer that keeps what is put."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bytes, int]] = []

    def put(self, topic: str, key: bytes, value: bytes, partition: int, _: object) -> None:
        self.messages.append((topic, key, value, partition))


@pytest.fixture
def producer() -> RecordingProducer:
    """Return what the tables put on its way."""
    return RecordingProducer()


@pytest.fixture
def rates(tmp_path: Any, producer: RecordingProducer, monkeypatch: pytest.MonkeyPatch) -> Rates:
    """Return the tables of a worker that is not started, at a known moment; LEICS lives in partition 3."""
    settings = Settings(
        kafka="127.0.0.1:1",
        prefix="p.",
        data=tmp_path,
        partitions=4,
        worker="w1",
        force_map={"LEICS": HOME, "DERBS": 0},
    )
    monkeypatch.setattr(ChangelogTable, "_verify_source_topic_partitions", lambda *_: None)
    untyped: Any = producer
    return Rates(WorkerApp(settings), settings, untyped, ProcessClock(wall=lambda: WALL))


def newest(rates: Rates, partition: int = HOME, moment: int = WALL) -> dict[int, Any]:
    """Return the newest event of a partition, as a batch knows it."""
    message: Any = SimpleNamespace(partition=partition, topic=STORM, tp=TP(STORM, partition), timestamp=moment / 1000)
    return {partition: Event(rates.tables[0].app, b"", b"", None, message)}


def outcome(*counted: tuple[int, int], force: str = "LEICS", changes: Iterable[Alert] = ()) -> Outcome:
    """Return a batch of so many records a minute (ms), and the changes of alerts that follow."""
    records: Counter[tuple[str, str, int]] = Counter()
    for minute, number in counted:
        records[force, STORM, minute - minute % MINUTE] += number
    return Outcome(InputBatch((), ()), [ForceChanges(HOME, force, Changes(alerts=list(changes)))], records)


def gauges(rates: Rates, *owned: int) -> Metrics:
    """Return the gauges of a worker that owns these partitions."""
    metrics = Metrics()
    rates.refresh(metrics, frozenset(owned))
    return metrics


def alert(status: Any) -> Alert:
    """Return an alert that came to a status."""
    return Alert(
        alert_id="a",
        force="LEICS",
        rule_id="crime-not-recorded",
        policy_version="p",
        subject_system="STORM",
        subject_ref="1",
        severity="HIGH",
        status=status,
        certainty="CONFIRMED",
        raised_at=0,
        updated_at=0,
        sequence=1,
        title="t",
    )


def write(rates: Rates, part: Outcome, events: dict[int, Any]) -> None:
    """Write a batch as the agent does: on the loop, outside of what Faust takes for an event."""

    async def write() -> None:
        rates.write(replace(part, batch=InputBatch((), list(events.values()))))

    asyncio.run(write())


def test_records_are_counted_in_the_windows_in_which_the_broker_took_them(rates: Rates) -> None:
    """A batch across the end of a minute fills both, and what is running is told from what is over."""
    write(rates, outcome((WALL, 3), (WALL - MINUTE, 5), (WALL - HOUR, 7), (WALL - DAY, 11)), newest(rates))
    value = gauges(rates, HOME).value
    assert value(EVENTS_IN_WINDOW, "LEICS", STORM, "minute", "running") == 3
    assert value(EVENTS_IN_WINDOW, "LEICS", STORM, "minute", "last") == 5
    assert value(EVENTS_IN_WINDOW, "LEICS", STORM, "hour", "running") == 8
    assert value(EVENTS_IN_WINDOW, "LEICS", STORM, "hour", "last") == 7
    assert value(EVENTS_IN_WINDOW, "LEICS", STORM, "day", "running") == 15
    assert value(EVENTS_IN_WINDOW, "LEICS", STORM, "day", "last") == 11


def test_changes_of_alerts_are_counted_by_rule_and_outcome(rates: Rates) -> None:
    """They are of the time of the newest message they follow from."""
    batch = outcome(changes=[alert("BREACHED"), alert("BREACHED"), alert("CLEARED")])
    write(rates, batch, newest(rates, moment=WALL - MINUTE))
    value = gauges(rates, HOME).value
    assert value(ALERTS_IN_WINDOW, "LEICS", "crime-not-recorded", "BREACHED", "minute", "last") == 2
    assert value(ALERTS_IN_WINDOW, "LEICS", "crime-not-recorded", "CLEARED", "hour", "running") == 1


def test_a_batch_is_one_write_for_each_key_and_window(rates: Rates, producer: RecordingProducer) -> None:
    """A thousand records of one feed in one minute are three entries, in the partition of their events."""
    write(rates, outcome((WALL, 1000)), newest(rates))
    write(rates, outcome((WALL, 1)), newest(rates))
    assert [(topic, value, partition) for topic, _, value, partition in producer.messages] == [
        (f"p.cdi-{window.table}-changelog", value, HOME) for value in (b"1000", b"1001") for window in WINDOWS
    ]


def test_what_came_long_ago_is_not_counted_where_its_window_is_over(rates: Rates, producer: RecordingProducer) -> None:
    """A replay of last year costs the changelogs nothing."""
    write(rates, outcome((WALL - 365 * DAY, 1000)), newest(rates))
    write(rates, outcome((WALL - 2 * HOUR, 10)), newest(rates))
    assert [topic for topic, *_ in producer.messages] == ["p.cdi-rates-hour-changelog", "p.cdi-rates-day-changelog"]


def test_only_owned_partitions_are_shown(rates: Rates) -> None:
    """The memory store keeps what was revoked; another worker states it by now."""
    write(rates, outcome((WALL, 3)), newest(rates))
    assert gauges(rates, HOME).value(EVENTS_IN_WINDOW, "LEICS", STORM, "day", "running") == 3
    assert gauges(rates, 0).value(EVENTS_IN_WINDOW, "LEICS", STORM, "day", "running") == 0


def read_back(table: RateTable, entries: Iterable[tuple[bytes, bytes]], partition: int = HOME) -> None:
    """Recover a table from a changelog's entries, and end the recovery as owner of partition 3."""
    batch: Any = [
        SimpleNamespace(key=key, value=value, message=SimpleNamespace(value=value, partition=partition))
        for key, value in entries
    ]
    table.apply_changelog_batch(batch)
    asyncio.run(table.on_recovery_completed({TP(table.changelog_topic_name, HOME)}, set()))


def test_what_was_written_is_read_back(rates: Rates, producer: RecordingProducer) -> None:
    """Keys and counts survive the changelog."""
    write(rates, outcome((WALL, 3), (WALL - MINUTE, 4)), newest(rates))
    table = rates.tables[0]
    before = dict(table.data)
    table.data.data.clear()
    entries = [(key, value) for topic, key, value, _ in producer.messages if topic == table.changelog_topic_name]
    read_back(table, entries)
    assert dict(table.data) == before != {}


def test_what_was_read_back_expires(rates: Rates, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust lets recovered windows live for ever: ours are noted, and go with the others."""
    table = rates.tables[0]
    key = events_key("LEICS", STORM)
    start = WALL - WALL % MINUTE
    read_back(table, [(table.raw_key((key, table.range_of(start))), b"5")])
    assert table.count(key, start) == 5
    monkeypatch.setattr("faust.tables.base.time.time", lambda: (WALL + HOUR) / 1000)
    asyncio.run(table._del_old_keys())
    assert dict(table.data) == {}


def test_a_key_s_end_is_noted_once_however_often_it_is_written(rates: Rates) -> None:
    """Faust notes it on every write and keeps each for as long as the window: days, of a day's."""
    for _ in range(5):
        write(rates, outcome((WALL, 1)), newest(rates))
    assert [len(ends) for table in rates.tables for ends in table._partition_timestamps.values()] == [1, 1, 1]


def test_entries_of_other_partitions_and_other_versions_are_dropped(rates: Rates) -> None:
    """Neither is shown, and neither keeps a recovery from ending."""
    table = rates.tables[0]
    window = table.range_of(WALL)
    foreign = table.raw_key((events_key("DERBS", STORM), window))
    read_back(table, [(foreign, b"5"), (b"\xff", b"5"), (b'{"a":1}', b"5")])
    assert dict(table.data) == {}
    read_back(table, [(table.raw_key((events_key("LEICS", STORM), window)), b"many")])
    assert gauges(rates, HOME).value(EVENTS_IN_WINDOW, "LEICS", STORM, "minute", "running") == 0


# -- on a real broker -------------------------------------------------------------------------------------------------


def feed(settings: Settings, records: Iterable[Snapshot], *, until: int) -> None:
    """Put records on their topics, and then every feed's word that this is all."""
    producer = FeedProducer(settings)
    forces = set()
    for record in records:
        producer.send(record)
        forces.add(record.force)
    for force in forces:
        for topic, heartbeat in closing_heartbeats(until, force):
            producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def of_the_day(worker: WorkerProcess, measure: str, force: str) -> dict[str, float]:
    """Return what a worker states of a force, by its labels; the last and the running day together."""
    rates: dict[str, float] = {}
    for name, labels, value in re.findall(r"(\w+)\{(.*)\} (\S+)", worker.ask("/metrics")[1]):
        label_values = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        if name == measure and label_values["force"] == force and label_values["window"] == "day":
            what = " ".join(label_values[label] for label in ("feed", "rule", "status") if label in label_values)
            rates[what] = rates.get(what, 0) + float(value)
    return rates


def wait_until_committed(settings: Settings, messages: int) -> None:
    """Wait until nothing would be read, and so counted, again."""
    asking = Consumer(settings.client(group_id=settings.group))
    partitions = [TopicPartition(settings.topic(topic), n) for topic in SOURCES for n in range(settings.partitions)]
    eventually(
        lambda: sum(max(0, partition.offset) for partition in asking.committed(partitions, timeout=30)) == messages,
        "committed",
    )
    asking.close()


@pytest.mark.slow
@pytest.mark.kafka
def test_rates_outlive_a_kill_and_move_with_their_partition(installation: Settings, start_worker: StartWorker) -> None:
    """Known numbers go in; they are shown, read back after SIGKILL, and shown by whoever owns the force then."""
    forces = {"LEICS": 7, "DERBS": 4, "NOTTS": 2}
    spread = {"CDI_FORCE_MAP": ",".join(f"{force}={number}" for number, force in enumerate(forces))}
    settings = installation.model_copy(update={"force_map": {force: number for number, force in enumerate(forces)}})
    records = [incident(number, force) for force, count in forces.items() for number in range(count)]
    feed(settings, [*records, crime(0, "LEICS")], until=START + 30 * DAY)
    events = {force: dict.fromkeys(FEEDS, 1.0) | {STORM: 1.0 + count} for force, count in forces.items()}
    events["LEICS"]["cis.crimes.v1"] += 1
    breached = {"LEICS": 6.0, "DERBS": 4.0, "NOTTS": 2.0}

    def shows(worker: WorkerProcess, force: str) -> bool:
        alerts = of_the_day(worker, "cdi_alert_changes_in_window", force)
        return (
            of_the_day(worker, "cdi_events_in_window", force) == events[force]
            and alerts.get("crime-not-recorded BREACHED") == breached[force]
        )

    def shows_nothing(worker: WorkerProcess, force: str) -> bool:
        return not of_the_day(worker, "cdi_events_in_window", force)

    first = start_worker(settings, "w1", **spread)
    eventually(lambda: all(shows(first, force) for force in forces), "the numbers that were fed")
    wait_until_committed(settings, len(records) + 1 + len(FEEDS) * len(forces))
    first.kill()
    first = start_worker(settings, "w1", **spread)
    eventually(lambda: all(shows(first, force) for force in forces), "the same numbers after the kill")
    second = start_worker(settings, "w2", **spread)
    eventually(
        lambda: (
            all(
                (shows(first, force) and shows_nothing(second, force))
                or (shows(second, force) and shows_nothing(first, force))
                for force in forces
            )
            and any(shows(second, force) for force in forces)
        ),
        "each force with one of the two",
    )
    first.kill()
    eventually(lambda: all(shows(second, force) for force in forces), "all with the second")
