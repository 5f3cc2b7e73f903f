"""Transactions of other programs: what is aborted has no effect, and markers are neither loss nor lag."""

from __future__ import annotations

import pytest

from agents.kafka.reader import latest, latest_records, newest_messages
from agents.kafka.topic_reader import TopicReader
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from deploy.doctor.workers import workers
from schemas.products import Alert, ForceClock
from schemas.records import Crime, Heartbeat, Incident, Snapshot
from streams.topology.topics import ALERTS, CLOCKS, STATE_CHANGELOG
from tests.agents.examples import DAY, START, closing_heartbeats, crime, incident
from tests.agents.processes import StartWorker, WorkerProcess, eventually
from tests.agents.transactions import TransactionalFeed

pytestmark = pytest.mark.kafka

END = START + 30 * DAY


def topical(*records: Snapshot) -> list[tuple[str, Snapshot | Heartbeat]]:
    """Return records, each with its topic."""
    return [(record.TOPIC, record) for record in records]


def close_feeds(settings: Settings, until: int = END) -> None:
    """Have every feed of the force vouch for itself."""
    producer = FeedProducer(settings)
    for topic, heartbeat in closing_heartbeats(until):
        producer.send_heartbeat(topic, heartbeat)
    producer.flush()


def clock_of(settings: Settings) -> int | None:
    """Return where the published clock of the force stands."""
    clock = latest_records(settings, CLOCKS, ForceClock).get("LEICS")
    return None if clock is None else clock.clock


def nothing_behind(settings: Settings) -> bool:
    """Return whether the doctor finds that no message waits."""
    return any("messages behind: 0" in diagnosis.line for diagnosis in workers(settings))


def wait_until_nothing_is_behind(settings: Settings, worker: WorkerProcess) -> None:
    """Wait until the doctor and the worker both find that no message waits."""
    eventually(lambda: nothing_behind(settings), "no messages behind, says the doctor")
    eventually(lambda: worker.figure("cdi_lag_messages") == 0, "no lag, says the worker")


def test_what_is_aborted_has_no_effect_and_markers_are_no_lag(
    installation: Settings, start_worker: StartWorker
) -> None:
    """An aborted crime clears no breach, an aborted heartbeat moves no clock; what is committed counts."""
    feed = TransactionalFeed(installation)
    feed.begin(topical(incident(1), incident(2)))
    feed.commit()
    feed.begin(topical(crime(1)))
    feed.abort()
    feed.begin([(topic, beat) for topic, beat in closing_heartbeats(END + DAY)])
    feed.abort()
    feed.begin(topical(crime(2)))
    feed.commit()
    worker = start_worker(installation)
    worker.wait_until_ready()
    wait_until_nothing_is_behind(installation, worker)
    close_feeds(installation)
    eventually(lambda: clock_of(installation) is not None, "a clock")
    assert clock_of(installation) == END
    alerts = latest_records(installation, ALERTS, Alert).values()
    overdue = {alert.subject_ref: alert.status for alert in alerts if alert.rule_id == "crime-not-recorded"}
    assert overdue == {"INC-1": "BREACHED"}
    feed.begin(topical(incident(3)))
    feed.abort()
    wait_until_nothing_is_behind(installation, worker)
    assert worker.stop() == 0
    again = start_worker(installation)
    again.wait_until_ready()
    wait_until_nothing_is_behind(installation, again)


def test_a_transaction_left_open_is_named_and_holds_nothing_back_beyond_its_time(
    installation: Settings, start_worker: StartWorker
) -> None:
    """The doctor says where; once the broker has aborted it, what stands behind it is judged."""
    feed = TransactionalFeed(installation, timeout_seconds=12)
    feed.begin(topical(incident(1)))
    producer = FeedProducer(installation)
    producer.send(incident(2))
    producer.flush()
    worker = start_worker(installation)
    worker.wait_until_ready()
    place = f"{installation.prefix}{Incident.TOPIC}/{installation.partition_of('LEICS')}"
    lines = [diagnosis.line for diagnosis in workers(installation)]
    assert any(f"{place}: an open transaction holds back 2 messages" in line for line in lines), lines
    eventually(lambda: worker.figure("cdi_lag_messages") == 2, "what is held back is lag")
    close_feeds(installation)
    eventually(lambda: clock_of(installation) == END, "the end, once the transaction is aborted")
    assert {alert.subject_ref for alert in latest_records(installation, ALERTS, Alert).values()} >= {"INC-2"}
    wait_until_nothing_is_behind(installation, worker)


def test_state_is_recovered_whole_from_a_changelog_that_ends_in_markers(
    installation: Settings, start_worker: StartWorker
) -> None:
    """The recovery ends, without what was aborted, and the newest message is still found by those who look for it."""
    producer = FeedProducer(installation)
    producer.send(incident(1))
    producer.flush()
    close_feeds(installation)
    worker = start_worker(installation)
    eventually(lambda: clock_of(installation) == END, "the clock at the end")
    assert worker.stop() == 0
    state = latest(installation, STATE_CHANGELOG)
    home = installation.partition_of("LEICS")
    writer = TransactionalFeed(installation)
    writer.begin_raw(STATE_CHANGELOG.name, b"LEICS\x00rubbish", b"rubbish", home)
    writer.abort()
    assert (STATE_CHANGELOG.name, home) in newest_messages(installation, [STATE_CHANGELOG])
    again = start_worker(installation)
    again.wait_until_ready()
    assert again.figure("cdi_state_entries") == len(state)


def test_a_reader_at_the_end_has_no_lag_where_the_end_is_a_marker(installation: Settings) -> None:
    """The board and the notifier read so."""
    feed = TransactionalFeed(installation)
    feed.begin(topical(crime(1)))
    feed.commit()
    with TopicReader(installation, "view") as reader:
        reader.assign({(Crime.TOPIC, installation.partition_of("LEICS")): 0})
        eventually(lambda: bool(reader.poll()), "the crime")
        eventually(lambda: not reader.poll() and reader.caught_up, "the end")
        assert reader.lag([Crime.TOPIC]) == 0
