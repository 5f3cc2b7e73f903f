"""One release after another on a real broker: nothing is lost on the way up, nothing overwritten on the way down."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.kafka.reader import latest, latest_records, messages
from agents.settings.settings import Settings
from agents.topics.dead_letters import dead_letters, name_of
from agents.topics.feeds import FeedProducer
from deploy.files.backtest import judge, write_alerts
from schemas.avro import ID_BY_SUBJECT
from schemas.products import Alert, ForceClock
from schemas.records import Incident, Snapshot
from schemas.rows import write_json
from schemas.times import to_rfc3339
from streams.policy import PolicyBook
from streams.topology.topics import ALERTS, CLOCKS, STATE_CHANGELOG
from tests.agents.examples import DAY, HOUR, START, closing_heartbeats, crime, incident
from tests.agents.processes import StartWorker, WorkerProcess, eventually
from tests.agents.worker.newer import FIELD, NEW_IDS, VERSION, Release, newer_release

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

FORCES = ("LEICS", "NOTTS", "ESSEX", "CUMBR")
"""Some in each of three partitions, so that every worker has something to judge."""
AT_A_TIME = 10
PACE_SECONDS = 0.1


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release after this one."""
    return newer_release(tmp_path_factory.mktemp("newer"))


class Feeds:
    """Four forces' feeds, which go on while workers come and go."""

    def __init__(self, settings: Settings) -> None:
        self.records: list[Snapshot] = []
        self._producer = FeedProducer(settings)
        self._reports = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Report without a pause."""
        enough = threading.Event()

        def report() -> None:
            while not enough.is_set():
                self.report()
                enough.wait(PACE_SECONDS)

        thread = threading.Thread(target=report)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()

    def report(self) -> None:
        """Send some more reports, of which every fourth is never recorded, and vouch for all before them."""
        for number in range(self._reports, self._reports + AT_A_TIME):
            for force in FORCES:
                records = (incident(number, force), crime(number, force)) if number % 4 else (incident(number, force),)
                for record in records:
                    self._producer.send(record)
                    self.records.append(record)
        self._reports += AT_A_TIME
        self._vouch(START + (self._reports - AT_A_TIME) * HOUR - 1)

    def close(self) -> int:
        """Vouch for everything; give the moment."""
        until = START + self._reports * HOUR + 3 * DAY
        self._vouch(until)
        return until

    def files(self, folder: Path) -> list[Path]:
        """Write what was sent as files for a backtest."""
        folder.mkdir()
        by_topic: dict[str, list[bytes]] = defaultdict(list)
        for record in self.records:
            by_topic[record.TOPIC].append(write_json(record) + b"\n")
        for topic, lines in by_topic.items():
            (folder / f"{topic}.jsonl").write_bytes(b"".join(lines))
        return sorted(folder.iterdir())

    def _vouch(self, until: int) -> None:
        for force in FORCES:
            for topic, heartbeat in closing_heartbeats(until, force):
                self._producer.send_heartbeat(topic, heartbeat)
        self._producer.flush()


def wait_for_clocks(settings: Settings, until: int) -> None:
    """Wait until every force's clock stands at the end."""
    eventually(
        lambda: {clock.clock for clock in latest_records(settings, CLOCKS, ForceClock).values()} == {until},
        "every force's clock at the end",
    )


def wait_until_it_judges(worker: WorkerProcess) -> None:
    """Wait until a worker has partitions and has written state of theirs."""
    eventually(lambda: worker.figure("cdi_state_writes_total") > 0 or not worker.running, "state written")
    assert worker.running, worker.log.read_text()


def schema_ids(settings: Settings) -> set[int]:
    """Return the schemas under which alerts were written."""
    return {int.from_bytes((message.value or b"")[1:5], "big") for message in messages(settings, ALERTS)}


def test_a_rolling_upgrade_of_two_workers_loses_nothing(
    installation: Settings, start_worker: StartWorker, newer: Release, tmp_path: Path
) -> None:
    """One after the other is replaced under its own name while feeds go on: the alerts are backtest's, to the byte."""
    feeds = Feeds(installation)
    old = [start_worker(installation, name) for name in ("w1", "w2")]
    with feeds.going_on():
        for worker in old:
            wait_until_it_judges(worker)
        for worker, name in zip(old, ("w1", "w2"), strict=True):
            assert worker.stop() == 0
            wait_until_it_judges(start_worker(installation, name, script=newer.worker))
    until = feeds.close()
    wait_for_clocks(installation, until)

    assert schema_ids(installation) == {ID_BY_SUBJECT[Alert.TOPIC], NEW_IDS[Alert.TOPIC]}
    files = feeds.files(tmp_path / "in")
    by_kafka, by_backtest, by_ours = (tmp_path / f"{name}.jsonl" for name in ("kafka", "backtest", "ours"))
    exported = newer.cdi(installation, "alerts", "export", "--out", by_kafka)
    assert exported.returncode == 0, exported.stderr
    judged = newer.cdi(installation, "backtest", *files, "--until", to_rfc3339(until), "--out", by_backtest)
    assert judged.returncode == 0, judged.stderr
    assert by_kafka.read_bytes() == by_backtest.read_bytes()

    write_alerts(judge(feeds.records, PolicyBook.built_in(), until, read_at=until).alerts, by_ours)
    without = [json.loads(line) for line in by_kafka.read_text().splitlines()]
    assert {alert.pop(FIELD) for alert in without} == {None}
    assert without == [json.loads(line) for line in by_ours.read_text().splitlines()]
    assert len(without) > len(FORCES)


def test_the_former_release_stops_before_newer_state_and_the_newer_goes_on(
    installation: Settings, start_worker: StartWorker, newer: Release, tmp_path: Path
) -> None:
    """It gets a partition back that a newer one wrote to: status 3 and one line, at work and when started anew."""
    feeds = Feeds(installation)
    old = start_worker(installation, "w1")
    with feeds.going_on():
        wait_until_it_judges(old)
        ahead = start_worker(installation, "w2", script=newer.worker)
        wait_until_it_judges(ahead)
        ahead.kill()
        assert old.wait() == 3
        written = latest(installation, STATE_CHANGELOG)
        again = start_worker(installation, "w1")
        assert again.wait() == 3
        assert latest(installation, STATE_CHANGELOG) == written
        after = start_worker(installation, "w2", script=newer.worker)
        wait_until_it_judges(after)
    until = feeds.close()
    wait_for_clocks(installation, until)
    lines = []
    for worker in (old, again):
        (line,) = [json.loads(line) for line in worker.log.read_text().splitlines() if "state_is_newer" in line]
        lines.append(line)
        assert {"partition", "found", "known", "to_do"} <= line.keys()
        assert "Traceback" not in worker.log.read_text()
        assert "worker_stops" not in worker.log.read_text()
    assert "force" in lines[0]
    assert VERSION in lines[1]["found"]
    files = feeds.files(tmp_path / "in")
    by_kafka, by_backtest = (tmp_path / f"{name}.jsonl" for name in ("kafka", "backtest"))
    assert newer.cdi(installation, "alerts", "export", "--out", by_kafka).returncode == 0
    newer.cdi(installation, "backtest", *files, "--until", to_rfc3339(until), "--out", by_backtest)
    assert by_kafka.read_bytes() == by_backtest.read_bytes()


def test_a_record_of_a_newer_release_waits_as_a_dead_letter_for_the_upgrade(
    installation: Settings, start_worker: StartWorker, newer: Release, tmp_path: Path
) -> None:
    """A feed was upgraded before the workers: they say so of each message, and retry mends it once they follow."""
    worker = start_worker(installation)
    file = tmp_path / f"{Incident.TOPIC}.jsonl"
    file.write_bytes(write_json(incident(1)))
    fed = newer.cdi(installation, "feed", Incident.TOPIC, file)
    assert fed.returncode == 0, fed.stderr
    eventually(lambda: bool(list(dead_letters(installation))), "a dead letter")
    (letter,) = dead_letters(installation)
    assert letter.reason == "UNKNOWN_SCHEMA"
    assert "of a newer release" in letter.detail
    assert worker.stop() == 0
    retried = newer.cdi(installation, "dead-letters", "retry", name_of(letter))
    assert retried.returncode == 0, retried.stderr
    start_worker(installation, script=newer.worker)
    until = START + 4 * DAY
    assert newer.cdi(installation, "feed", "--complete", "--until", to_rfc3339(until)).returncode == 0
    wait_for_clocks(installation, until)
    exported = newer.cdi(installation, "alerts", "export")
    raised = [json.loads(line) for line in exported.stdout.splitlines()]
    assert (incident(1).incident_ref, "crime-not-recorded") in {(one["subject_ref"], one["rule_id"]) for one in raised}
    assert len(list(dead_letters(installation))) == 1
