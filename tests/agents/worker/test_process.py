"""The worker on a real broker: what goes in comes out once, whatever happens to the process in between."""

from __future__ import annotations

import hashlib
import random
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from agents.kafka.reader import latest, latest_records, messages
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.dead_letters import dead_letters
from agents.topics.feeds import FeedProducer
from schemas.codec import Codec
from schemas.products import Alert, ForceClock, Tick
from schemas.records import FEEDS, Incident, Snapshot
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.topology.topics import ALERTS, CLOCKS, DEAD_LETTERS, SOURCES, STATE_CHANGELOG
from tests.agents.examples import DAY, HOUR, START, closing_heartbeats, crime, incident
from tests.agents.processes import StartWorker, WorkerProcess, eventually
from tests.policies import FEEDS_NAMED

pytestmark = pytest.mark.kafka

FORCES = ("LEICS", "DERBS", "NOTTS", "LINCS")
REPORTS = 300
END = START + REPORTS * HOUR + 3 * DAY


def reports(forces: Iterable[str] = FORCES) -> list[Snapshot]:
    """Return a stretch of reports of which every fourth is never recorded."""
    return [
        record
        for number in range(REPORTS)
        for force in forces
        for record in (
            (incident(number, force),) if number % 4 == 0 else (incident(number, force), crime(number, force))
        )
    ]


def feed(settings: Settings, records: Sequence[Snapshot], *, until: int | None = END) -> None:
    """Put records on their topics, and then every feed's word that this is all."""
    producer = FeedProducer(settings)
    for record in records:
        producer.send(record)
    if until is not None:
        for force in {record.force for record in records}:
            for topic, heartbeat in closing_heartbeats(until, force):
                producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def expected(records: Sequence[Snapshot], until: int = END) -> dict[str, Alert]:
    """Return what the rules alone make of the records, without Kafka."""
    book = PolicyBook.built_in()
    alerts: dict[str, Alert] = {}
    for force in {record.force for record in records}:
        monitor = Monitor(force, book)
        for record in records:
            if record.force == force:
                monitor.apply(record, until)
        for topic, heartbeat in closing_heartbeats(until, force):
            monitor.heartbeat(topic, heartbeat, until)
        monitor.advance()
        alerts |= {alert.alert_id: alert for alert in monitor.drain().alerts}
    return alerts


def clocks(settings: Settings) -> dict[str, int | None]:
    """Return each force's clock as the clock view has it."""
    return {force: clock.clock for force, clock in latest_records(settings, CLOCKS, ForceClock).items()}


def wait_for_clocks(settings: Settings, forces: Iterable[str] = FORCES, until: int = END) -> None:
    """Wait until these forces' clocks, and no others, stand at the end."""
    eventually(lambda: clocks(settings) == dict.fromkeys(forces, until), "every force's clock at the end")


def wait_until_persisted(worker: WorkerProcess, least: int) -> None:
    """Wait until a worker has dealt with so many messages."""
    eventually(
        lambda: worker.figure("cdi_persisted_messages_total") >= least or not worker.running,
        f"{least} messages persisted\n{worker.log.read_text()}",
    )
    assert worker.running, worker.log.read_text()


def test_alerts_on_kafka_are_what_the_rules_make_of_the_records(
    installation: Settings, start_worker: StartWorker
) -> None:
    """One worker, every feed complete: the alerts topic holds exactly what the monitor finds without Kafka."""
    records = reports()
    feed(installation, records)
    worker = start_worker(installation)
    wait_for_clocks(installation)
    assert latest_records(installation, ALERTS, Alert) == expected(records)
    assert worker.figure("cdi_persisted_messages_total") == len(records) + len(FEEDS) * len(FORCES)
    assert worker.stop() == 0


def test_a_worker_killed_again_and_again_loses_and_repeats_nothing(
    installation: Settings, start_worker: StartWorker
) -> None:
    """SIGKILL in the middle of the backlog, three times: every alert ends as if nothing had happened."""
    records = reports()
    feed(installation, records)
    for persisted in (1, 200, 400):
        worker = start_worker(installation, CDI_BATCH_MESSAGES="50", CDI_COMMIT_SECONDS="0.2")
        wait_until_persisted(worker, persisted)
        worker.kill()
    start_worker(installation)
    wait_for_clocks(installation)
    assert latest_records(installation, ALERTS, Alert) == expected(records)


def test_a_partition_that_changes_hands_keeps_its_state(installation: Settings, start_worker: StartWorker) -> None:
    """A second worker joins in the middle and the first is killed: the forces go over with all that is known."""
    records = reports()
    half = len(records) // 2
    feed(installation, records[:half], until=None)
    first = start_worker(installation, "w1")
    eventually(lambda: first.figure("cdi_persisted_messages_total") == half, "the first half")
    second = start_worker(installation, "w2")
    second.wait_until_ready()
    eventually(lambda: 0 < second.figure("cdi_partitions") < installation.partitions, "the partitions shared out")
    feed(installation, records[half:], until=None)
    first.kill()
    feed(installation, records[-1:])
    for force in set(FORCES) - {records[-1].force}:
        feed(installation, [record for record in records[-8:] if record.force == force])
    eventually(lambda: second.figure("cdi_partitions") == installation.partitions, "all partitions with the second")
    wait_for_clocks(installation)
    assert latest_records(installation, ALERTS, Alert) == expected(records)


def test_a_restart_without_new_messages_changes_nothing(installation: Settings, start_worker: StartWorker) -> None:
    """State is rebuilt from the table, and reading nothing new says nothing new."""
    feed(installation, reports())
    worker = start_worker(installation)
    wait_for_clocks(installation)
    assert worker.stop() == 0
    before = sum(1 for _ in messages(installation, ALERTS)), latest(installation, STATE_CHANGELOG)
    again = start_worker(installation)
    again.wait_until_ready()
    assert again.figure("cdi_state_entries") == len(before[1])
    assert again.stop() == 0
    assert (sum(1 for _ in messages(installation, ALERTS)), latest(installation, STATE_CHANGELOG)) == before


def test_poison_is_set_aside_and_holds_nothing_up(installation: Settings, start_worker: StartWorker) -> None:
    """Messages of every broken kind become dead letters; what is sound around them is judged as ever."""
    records = reports(["LEICS"])
    home = installation.partition_of("LEICS")
    producer = FeedProducer(installation)
    value = producer._codec.encode(incident(1))
    producer.send_raw(Incident.TOPIC, b"LEICS", None, home)
    producer.send_raw(Incident.TOPIC, b"LEICS", b"", home)
    producer.send_raw(Incident.TOPIC, b"LEICS", b"{}", home)
    producer.send_raw(Incident.TOPIC, b"LEICS", b"\x00\x7f\xff\xff\xff!", home)
    producer.send_raw(Incident.TOPIC, b"LEICS", value[:-3], home)
    producer.send_raw(Incident.TOPIC, b"LEICS", value + b"!", home)
    producer.send_raw(Incident.TOPIC, b"LEICS", producer._codec.encode(crime(1)), home)
    producer.send_raw(Incident.TOPIC, b"DERBS", value, home)
    producer.send_raw(Incident.TOPIC, None, value, home)
    producer.send_raw(Incident.TOPIC, b"LEICS", value, (home + 1) % installation.partitions)
    producer.send(incident(2, event_id="  "))
    producer.send(incident(3, incident_ref="---"))
    producer.send(incident(4, event_time=START + 365 * 200 * DAY))
    producer.flush()
    feed(installation, records)
    start_worker(installation)
    wait_for_clocks(installation, ["LEICS"])
    assert sorted(letter.reason for letter in dead_letters(installation)) == sorted(
        ["EMPTY_VALUE"] * 2
        + ["NOT_AVRO"] * 2
        + ["UNKNOWN_SCHEMA", "TRAILING_BYTES", "WRONG_RECORD"]
        + ["WRONG_KEY"] * 3
        + ["EMPTY_EVENT_ID", "EMPTY_REFERENCE", "FAR_FUTURE"]
    )
    assert latest_records(installation, ALERTS, Alert) == expected(records)


def test_text_that_is_larger_than_a_dead_letter_may_be_is_set_aside(
    installation: Settings, start_worker: StartWorker
) -> None:
    """The broker takes it as gzip, which makes less of it than LZ4; the letter holds the beginning, length and hash."""
    value = bytes(random.Random(1).choices(b"ab", k=6_400_000))
    home = installation.partition_of("LEICS")
    producer = Producer(installation.client(compression_type="gzip", message_max_bytes=10_000_000))
    producer.produce(installation.topic(SOURCES[0]), value, key=b"LEICS", partition=home)
    assert producer.flush(30) == 0
    records = reports(["LEICS"])
    feed(installation, records)
    worker = start_worker(installation)
    wait_for_clocks(installation, ["LEICS"])
    (letter,) = dead_letters(installation)
    assert (letter.reason, letter.value_length) == ("TOO_LARGE", len(value))
    assert letter.value == value[: 256 * 1024]
    assert letter.value_sha256 == hashlib.sha256(value).hexdigest()
    assert worker.stop() == 0


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
def test_three_hundred_megabytes_of_zeros_fill_no_memory(
    installation: Settings, start_worker: StartWorker, codec: str
) -> None:
    """On the wire they are some hundred KB.  They are set aside as the broker has them, and what follows is judged."""
    home = installation.partition_of("LEICS")
    large = {"message_max_bytes": 500_000_000, "queue_buffering_max_kbytes": 1_000_000, "compression_level": 9}
    producer = Producer(installation.client(compression_type=codec, **large))
    refusals: list[Any] = []
    size = {"gzip": 300_000_000, "lz4": 200_000_000, "zstd": 300_000_000}[codec]
    for _ in range(2):
        producer.produce(
            installation.topic(SOURCES[0]),
            bytes(size),
            key=b"LEICS",
            partition=home,
            on_delivery=lambda error, _: refusals.append(error),
        )
        assert producer.flush(60) == 0
    assert refusals == [None, None]
    records = reports(["LEICS"])
    feed(installation, records)
    worker = start_worker(installation)
    wait_for_clocks(installation, ["LEICS"])
    eventually(lambda: worker.figure("cdi_lag_messages") == 0, "no lag")
    assert _peak_mib(worker) < 450
    letters = list(dead_letters(installation))
    assert [(letter.reason, letter.offset) for letter in letters] == [("TOO_LARGE", 0), ("TOO_LARGE", 1)]
    assert all(f"the {codec} batch of offsets" in letter.detail for letter in letters)
    assert latest_records(installation, ALERTS, Alert) == expected(records)


def _peak_mib(worker: WorkerProcess) -> int:
    """Return the most memory that a worker has held, in MiB."""
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


BUG = """
import sys
from agents.settings.settings import Settings
from agents.worker.process import run_worker
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook

class Buggy(Monitor):
    def apply(self, snapshot, ingest_time):
        if snapshot.event_id == "i-LEICS-7":
            raise KeyError("Mrs Smith of Station Road")
        super().apply(snapshot, ingest_time)

book = PolicyBook.built_in()
sys.exit(run_worker(Settings(), monitor=lambda force: Buggy(force, book)))
"""


def test_a_bug_stops_the_worker_and_acknowledges_nothing(installation: Settings, start_worker: StartWorker) -> None:
    """The process ends with status 1 and says where, never what; a repaired one reads the batch again."""
    records = reports(["LEICS"])
    feed(installation, records)
    buggy = start_worker(installation, script=BUG)
    assert buggy.wait() == 1
    assert "KeyError" in buggy.log.read_text()
    assert "Smith" not in buggy.log.read_text()
    assert not [key for key in latest(installation, STATE_CHANGELOG) if key.endswith(b"INC-7")]
    start_worker(installation)
    wait_for_clocks(installation, ["LEICS"])
    assert latest_records(installation, ALERTS, Alert) == expected(records)
    assert list(messages(installation, DEAD_LETTERS)) == []


def test_a_worker_told_to_stop_in_the_middle_leaves_the_rest_to_the_next(
    installation: Settings, start_worker: StartWorker
) -> None:
    """SIGTERM while there is a backlog: status 0, and nothing is acknowledged that was not judged."""
    records = reports()
    feed(installation, records)
    worker = start_worker(installation, CDI_BATCH_MESSAGES="20")
    wait_until_persisted(worker, 1)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    start_worker(installation)
    wait_for_clocks(installation)
    assert latest_records(installation, ALERTS, Alert) == expected(records)


def test_a_worker_that_was_suspended_while_another_took_over_writes_nothing_stale(
    installation: Settings, start_worker: StartWorker
) -> None:
    """It wakes up in the middle of a batch that is another's by now; what a third rebuilds is what was said."""
    records = reports()
    feed(installation, records[: len(records) // 2], until=None)
    first = start_worker(installation, "w1", CDI_BATCH_MESSAGES="10")
    wait_until_persisted(first, 1)
    first.signal(signal.SIGSTOP)
    second = start_worker(installation, "w2")
    second.wait_until_ready()
    eventually(lambda: second.figure("cdi_partitions") == installation.partitions, "all partitions with the second")
    feed(installation, records[len(records) // 2 :])
    wait_for_clocks(installation)
    first.signal(signal.SIGCONT)
    eventually(
        lambda: not first.running or 0 < first.figure("cdi_partitions") < installation.partitions,
        "the first stopped or back in the group",
    )
    assert clocks(installation) == dict.fromkeys(FORCES, END)
    assert latest_records(installation, ALERTS, Alert) == expected(records)
    first.kill()
    assert second.stop() == 0
    later = END + 30 * DAY
    extra = [incident(REPORTS + 80, force) for force in FORCES]
    feed(installation, extra, until=later)
    start_worker(installation, "w3")
    wait_for_clocks(installation, until=later)
    assert latest_records(installation, ALERTS, Alert) == expected([*records, *extra], later)


def test_a_quiet_force_is_breached_by_the_wall_clock_alone(installation: Settings, start_worker: StartWorker) -> None:
    """Live: ticks move time once the backlog is read, and what is long overdue is raised as provisional."""
    live = installation.model_copy(update={"clock": "live", "tick_seconds": 0.2})
    feed(live, [incident(0)], until=None)
    policy = installation.data / "policy.toml"
    policy.write_text(f'version = "own"\n{FEEDS_NAMED}')  # else a feed that nobody has connected leaves nothing judged
    worker = start_worker(live, CDI_POLICY=str(policy))
    eventually(lambda: bool(latest(live, ALERTS)), "an alert")
    alerts = latest_records(live, ALERTS, Alert).values()
    alert = next(alert for alert in alerts if alert.rule_id == "crime-not-recorded")
    assert (alert.status, alert.certainty) == ("BREACHED", "PROVISIONAL")
    eventually(lambda: worker.figure("cdi_ticks_total") >= 3, "one tick after another")
    assert worker.stop() == 0


def test_a_live_worker_does_not_judge_by_ticks_from_before_it_took_over(
    installation: Settings, start_worker: StartWorker
) -> None:
    """Ticks left unread are of a past that had not caught up: crimes behind them in the backlog come first."""
    live = installation.model_copy(update={"clock": "live", "tick_seconds": 0.2})
    producer, home = FeedProducer(live), live.partition_of("LEICS")
    for _ in range(50):
        producer.send_raw(Tick.TOPIC, None, Codec().encode(Tick(partition=home, wall=END)), home)
    producer.flush()
    records: list[Snapshot] = [record for number in range(200) for record in (incident(number), crime(number))]
    feed(live, records, until=None)
    worker = start_worker(live)
    eventually(lambda: worker.figure("cdi_persisted_messages_total") >= len(records), "the backlog")
    eventually(lambda: worker.figure("cdi_ticks_total") > 0, "a tick of its own")
    raised = {alert.rule_id for alert in latest_records(live, ALERTS, Alert).values()}
    assert "crime-not-recorded" not in raised


TWO_DAYS_FAST = """
import sys
from agents.settings.clock import ProcessClock, wall_clock
from agents.settings.settings import Settings
from agents.worker.process import run_worker
sys.exit(run_worker(Settings(), clock=ProcessClock(wall=lambda: wall_clock() + 172_800_000)))
"""


def test_a_worker_two_days_fast_goes_by_the_brokers_clock(installation: Settings, start_worker: StartWorker) -> None:
    """It says so, its time passes all the same, and a tick of another host from the future moves nothing."""
    live = installation.model_copy(update={"clock": "live", "tick_seconds": 0.2})
    feed(live, [incident(0)], until=None)
    worker = start_worker(live, script=TWO_DAYS_FAST)
    eventually(lambda: worker.figure("cdi_ticks_total") >= 3, "one tick after another")
    producer, home = FeedProducer(live), live.partition_of("LEICS")
    producer.send_raw(Tick.TOPIC, None, Codec().encode(Tick(partition=home, wall=wall_clock() + 2 * DAY)), home)
    producer.flush()
    ticks = worker.figure("cdi_ticks_total")
    eventually(lambda: worker.figure("cdi_ticks_total") >= ticks + 6, "time passing on")
    stated = clocks(live)["LEICS"]
    assert stated is not None
    assert stated < wall_clock() + 60_000
    assert "clock_differs" in worker.log.read_text()
    assert worker.figure("cdi_clock_difference_seconds") == pytest.approx(172_800, abs=10)
    assert {letter.reason for letter in dead_letters(live)} == {"FAR_FUTURE"}


def test_topics_that_are_not_as_they_must_be_stop_the_worker_before_it_reads(
    installation: Settings, start_worker: StartWorker
) -> None:
    """Another number of partitions would send a force to another place: one line each, and status 1."""
    worker = start_worker(installation, CDI_PARTITIONS="4")
    assert worker.wait() == 1
    assert "partitions are 3, should be 4" in worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()
