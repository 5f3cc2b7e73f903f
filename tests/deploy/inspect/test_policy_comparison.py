"""The board's comparison of policies, by its own process and over a real Kafka, finds what ``cdi backtest`` finds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agents.kafka.topics import create_topics
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.feeds import FeedProducer
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.ingest.process_queue import ProcessQueue
from dashboards.board.readmodel import ReadModel, alert_differences, policy_comparisons
from dashboards.board.readmodel.alert_differences import DifferenceFilter
from dashboards.board.readmodel.policy_comparisons import ComparisonRequest, PolicyComparison
from deploy.cli import main
from deploy.cli.policy_comparison import PRINTED
from deploy.local import board as parts
from deploy.scenario import events, write
from schemas.codec import Codec
from schemas.records import Heartbeat, Incident
from schemas.times import to_rfc3339
from streams.reports.alert_differences import sum_by_rule
from tests.dashboards.board.ingest.test_process_queue import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

DAY_MS = 86_400_000
TWENTY_FOUR = parts.POLICIES / "24h-in-2013.toml"


@pytest.fixture
def installation(kafka: str, tmp_path: Path) -> Settings:
    """Give topics that hold the scenario of LEICS, in no order and some of it twice, among another force's records."""
    settings = Settings(
        kafka=kafka, prefix=f"compare-{uuid.uuid4().hex[:8]}.", partitions=1, replication=1, data=tmp_path
    )
    create_topics(settings)
    producer, snapshots = FeedProducer(settings), list(events())
    for snapshot in [*snapshots[::-1], *snapshots[::5]]:
        producer.send(snapshot)
        producer.send(msgspec.structs.replace(snapshot, force="DERBS", event_id=f"derbs-{snapshot.event_id}"))
    first = next(snapshot for snapshot in snapshots if isinstance(snapshot, Incident))
    ahead = msgspec.structs.replace(first, event_id="ahead", event_time=wall_clock() + 3 * DAY_MS)
    producer.send(ahead)  # further ahead than the policy allows: a dead letter
    producer.send_raw(Incident.TOPIC, b"LEICS", b"nonsense", 0)
    strange = Codec().encode(msgspec.structs.replace(first, force="DERBS", event_id="strange"))
    producer.send_raw(Incident.TOPIC, b"LEICS", strange, 0)  # another force's, under our key: nobody takes it
    producer.send_heartbeat(Incident.TOPIC, Heartbeat(force="LEICS", source="STORM", complete_through=1))
    producer.flush()
    return settings


@pytest.fixture
def own(tmp_path: Path) -> BoardSettings:
    """Give the settings of a board with a database of its own."""
    return BoardSettings(data=tmp_path)


@pytest.fixture
def model(own: BoardSettings) -> Iterator[ReadModel]:
    """Give the board's read model."""
    model = ReadModel(own.database_url)
    yield model
    model.close()


def ask(model: ReadModel, force: str = "LEICS") -> str:
    """Ask for today's limit in 2013 against the built-in policy."""
    choices = parts.choices_of(Settings(), BoardSettings())
    chosen, against = choices.by_name("24h-in-2013"), choices.in_force()
    comparison_request = ComparisonRequest(
        comparison_id=str(uuid.uuid4()),
        force=force,
        asked_by="fcr.jones",
        asked_at=wall_clock(),
        chosen_as="name",
        version=chosen.version,
        digest=chosen.digest,
        texts=chosen.texts,
        against_version=against.version,
        against_digest=against.digest,
        against_texts=against.texts,
    )
    assert policy_comparisons.enqueue(model, comparison_request)
    return comparison_request.comparison_id


def compared(settings: Settings, own: BoardSettings, model: ReadModel, comparison_id: str) -> PolicyComparison:
    """Let a board's own thread and process make a comparison, and return it once it has ended."""

    def one() -> PolicyComparison:
        with model.reading() as connection:
            comparison = policy_comparisons.find(connection, comparison_id)
        assert comparison is not None
        return comparison

    def start(number: str) -> subprocess.Popen[bytes]:
        return parts.start_process("board-comparison", settings, own, number)

    thread = ProcessQueue(policy_comparisons, model, wall_clock, start, keep_days=30)
    thread.start()
    try:
        until(lambda: not one().is_open)
    finally:
        thread.stop()
    return one()


def by_cli(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[list[list[str]], list[dict[str, object]]]:
    """Compare over files on the command line: the table's rows, and the alert_differences."""
    out = folder / "alert_differences.jsonl"
    files = [str(path) for path in write(folder)]
    policies = ["--policy", str(TWENTY_FOUR), "--against", "built-in", "--out", str(out)]
    capsys.readouterr()
    assert main(["backtest", *files, *policies]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    rows = [line for line in lines if re.fullmatch(r"[a-z]+(-[a-z]+)+", line[0]) and line[-1].isdigit()]
    return rows, [json.loads(line) for line in out.read_bytes().splitlines()]


def test_the_board_and_the_command_line_find_the_same(
    installation: Settings, own: BoardSettings, model: ReadModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every number of every rule and every case: over Kafka in its own process, and over files."""
    comparison = compared(installation, own, model, ask(model))
    assert (comparison.state, comparison.error) == ("DONE", None)
    assert comparison.result is not None
    newest = max(snapshot.event_time for snapshot in events())
    assert comparison.as_of == newest
    (tmp_path / "files").mkdir()
    rows, cases = by_cli(tmp_path / "files", capsys)
    lines = sum_by_rule(line for day in comparison.result.by_day.values() for line in day)
    assert [list(map(str, PRINTED(line))) for line in lines] == rows
    with model.reading() as connection:
        wanted = DifferenceFilter(comparison_id=comparison.request.comparison_id, start=0, end=newest + DAY_MS)
        stored = {case.alert_id: case for case in alert_differences.search(connection, wanted)}
    assert len(cases) == len(stored) > 50
    for case in cases:
        difference = stored[str(case["alert_id"])]
        assert (difference.kind, difference.rule_id, difference.subject_ref) == (
            case["difference"],
            case["rule_id"],
            case["subject_ref"],
        )
        for alert, standing in ((difference.ours, case["policy"]), (difference.theirs, case["against"])):
            assert (alert is None) == (standing is None)
            if alert is not None:
                assert isinstance(standing, dict)
                due_at = None if alert.due_at is None else to_rfc3339(alert.due_at)
                stated = {**msgspec.structs.asdict(alert), "due_at": due_at}
                assert stated == {name: value for name, value in standing.items() if name != "policy_version"}


def test_it_takes_what_a_worker_takes(installation: Settings, own: BoardSettings, model: ReadModel) -> None:
    """What would be a dead letter is left out and counted, as is what was sent twice; another force's is not read."""
    comparison = compared(installation, own, model, ask(model))
    assert comparison.result is not None
    whole = len(list(events()))
    twice = len(list(events())[::5])
    assert comparison.result.refused == 3
    assert comparison.result.snapshots == whole + twice
    assert comparison.result.counted["duplicate"] == twice


def test_where_kafka_cannot_be_read_it_says_so(
    kafka: str, own: BoardSettings, model: ReadModel, tmp_path: Path
) -> None:
    """A topic that is missing is named; nothing hangs."""
    nowhere = Settings(kafka=kafka, prefix="nowhere.", data=tmp_path)
    comparison = compared(nowhere, own, model, ask(model))
    assert comparison.state == "FAILED"
    assert "could not be read from Kafka: nowhere." in (comparison.error or "")


def test_the_process_ends_with_its_board(installation: Settings, own: BoardSettings, model: ReadModel) -> None:
    """Where the board is killed, nothing is left that reads and judges for nobody."""
    os.environ.pop("CDI_POLICY", None)
    comparison_id = ask(model)
    assert policy_comparisons.claim(model, wall_clock()) == comparison_id
    process = parts.start_process("board-comparison", installation, own, comparison_id)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) in {0, -signal.SIGTERM}
