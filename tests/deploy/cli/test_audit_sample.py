"""``cdi audit-sample``: the registrar's queue goes out as a table and comes back with results, into the stream."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from agents.settings.settings import Settings
from agents.topics.audit_log import verify
from deploy.cli import main
from deploy.files.audit_results import ImportedResults, read_results
from deploy.files.backtest import run_monitors
from deploy.files.record_files import FileRefusedError
from schemas.codec import Codec
from schemas.records import Referral, Snapshot
from schemas.rows import write_json
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.reports.audit_results import AuditResult, with_result
from tests.deploy.installed import installed, use
from tests.streams.world import DAY, ms
from tests.streams.world import referral as referred

NOON = ms("2016-06-10 12:00")
UNTIL = NOON + 20 * DAY
WALL = NOON + 400 * DAY
CHILD: dict[str, Any] = {"vulnerable": ("CHILD",), "crimes_expected": 0}
REFERRALS = (
    referred(NOON, "R/1", event_id="r-1", **CHILD),
    referred(NOON + DAY, "=R/2", event_id="r-2", agency_sector="PRIVATE", **CHILD),
    referred(NOON, "R/3", event_id="r-3", fcr_audited_at=NOON + DAY, fcr_audit_outcome="COMPLIANT", **CHILD),
    referred(NOON, "R-58", event_id="r-58", crimes_expected=0),
    referred(NOON, "R-255", event_id="r-255", crimes_expected=0),
)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return the referrals as a file, and what makes it speak of a day after the first fell due."""
    path = tmp_path / "cats.referrals.v1.jsonl"
    path.write_bytes(b"".join(write_json(snapshot) + b"\n" for snapshot in REFERRALS))
    return ["--until", "2016-06-24T12:00:00.001Z", "--files", str(path)]


# -- out -----------------------------------------------------------------------------------------------------------


def test_the_queue_shows_each_sectors_shares_and_vulnerable_people_first(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of five referrals four are selected, one is audited, one of a child is overdue."""
    assert main(["audit-sample", *files]) == 0
    output = capsys.readouterr()
    lines = [line.split() for line in output.out.splitlines()]
    assert lines[1:4] == [
        ["public", "4", "3", "75%", "1", "2", "2"],
        ["voluntary", "0", "0", "0", "0", "0"],
        ["private", "1", "1", "100%", "0", "1", "0"],
    ]
    assert [line[0] for line in lines[6:]] == ["R/1", "=R/2", "R-58"]
    assert lines[6][-1] == "overdue"
    assert output.err == "3 referrals wait to be audited\n"


def test_the_table_to_fill_in_states_times_exactly_and_is_safe_in_a_spreadsheet(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A reference that begins like a formula stands behind an apostrophe."""
    assert main(["audit-sample", "--format", "csv", *files]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == {
        "force": "LEICS",
        "referral_ref": "R/1",
        "agency_sector": "PUBLIC",
        "unit": "CAIU",
        "vulnerable": "CHILD",
        "received_at": "2016-06-10T12:00:00.000Z",
        "due_at": "2016-06-24T12:00:00.000Z",
        "overdue": "yes",
        "audited_at": "",
        "outcome": "",
    }
    assert [row["referral_ref"] for row in rows] == ["R/1", "'=R/2", "R-58"]


def test_results_cannot_go_into_files(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """There is no stream to take them."""
    assert main(["audit-sample", "--results", "r.csv", *files]) == 2
    assert capsys.readouterr().err == "cdi: --results goes into the stream of an installation, not into files\n"


# -- back ----------------------------------------------------------------------------------------------------------


def monitors(*more: Snapshot) -> dict[str, Monitor]:
    """Return what is known of the referrals."""
    return run_monitors([*REFERRALS, *more], PolicyBook.built_in(), UNTIL, read_at=UNTIL)


def table(folder: Path, *rows: str, header: str = "force,referral_ref,audited_at,outcome") -> Path:
    """Return a filled-in table."""
    path = folder / "results.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def read(path: Path, known: dict[str, Monitor] | None = None) -> tuple[ImportedResults, list[str]]:
    """Return what is taken of a table, and the rows that are not."""
    refused: list[str] = []
    taken = read_results(path, known or monitors(), WALL, lambda line, reason: refused.append(f"{line}: {reason}"))
    return taken, refused


def result(ref: str = "R/1", at: int = NOON + 3 * DAY, outcome: str = "COMPLIANT") -> AuditResult:
    """Return a result."""
    return AuditResult("LEICS", ref, at, outcome)


@pytest.mark.parametrize(
    "time", ["2016-06-13 13:00", "13/06/2016 13:00", "2016-06-13T12:00:00Z", "2016-06-13T13:00:00.000+01:00"]
)
def test_a_result_becomes_a_snapshot_of_its_referral(tmp_path: Path, time: str) -> None:
    """Its time local, as on the wall, or RFC 3339."""
    taken, refused = read(table(tmp_path, f"LEICS,R/1,{time},COMPLIANT"))
    assert (taken.snapshots, refused) == ([with_result(REFERRALS[0], result())], [])


def test_rows_without_a_result_and_results_that_are_known_are_counted(tmp_path: Path) -> None:
    """A table may be taken back as often as you like."""
    taken, refused = read(
        table(tmp_path, "LEICS,R/1,,", "LEICS,R/3,2016-06-11T12:00:00Z,COMPLIANT", "LEICS,'=R/2,2016-06-13 13:00,NONE")
    )
    assert taken._replace(snapshots=[]) == ImportedResults([], already_known=1, empty=1, refused=0)
    assert taken.snapshots == [with_result(REFERRALS[1], result("=R/2", outcome="NONE"))]
    assert refused == []


def test_a_result_may_be_corrected_but_not_stated_in_two_ways_at_once(tmp_path: Path) -> None:
    """The second row of one referral in a table is refused unless it says the same."""
    corrected, _ = read(table(tmp_path, "LEICS,R/3,2016-06-11T12:00:00Z,CRIME MISSED"))
    assert [snapshot.fcr_audit_outcome for snapshot in corrected.snapshots] == ["CRIME MISSED"]
    rows = [f"LEICS,{ref},2016-06-13 13:00,{outcome}" for ref, outcome in (("R/1", "A"), ("r-1", "A"), ("R 1", "B"))]
    taken, refused = read(table(tmp_path, *rows))
    assert (len(taken.snapshots), taken.already_known) == (1, 1)
    assert refused == ["4: referral_ref: another result of it stands further up"]


def test_a_result_goes_on_top_of_the_newest_snapshot_in_effect_or_not(tmp_path: Path) -> None:
    """Else what CATS saved since would take it back the moment the clock gets there."""
    newer = referred(UNTIL + DAY, "R/1", event_id="r-9", received_at=NOON, **CHILD)
    taken, _ = read(table(tmp_path, "LEICS,R/1,2016-06-13 13:00,COMPLIANT"), monitors(newer))
    assert taken.snapshots == [with_result(newer, result())]


def test_a_quote_that_is_not_closed_hides_no_results(tmp_path: Path) -> None:
    """Its row is named, and the rows after it are taken; where another quote closes it, none is taken in silence."""
    second = "LEICS,'=R/2,2016-06-13 13:00,NONE"
    taken, refused = read(table(tmp_path, 'LEICS,"R/1,2016-06-13 13:00,COMPLIANT', second))
    assert [snapshot.referral_ref for snapshot in taken.snapshots] == ["=R/2"]
    assert refused == ["2: not CSV: the quote opened on line 2 is not closed"]
    taken, refused = read(table(tmp_path, 'LEICS,R/1,2016-06-13 13:00,"COMPLIANT', second, f'{second}"'))
    assert (taken.snapshots, taken.refused) == ([], 1)
    assert refused == ["2: not CSV: the quote opened on line 2 is closed too late: rows lie between"]


def test_the_force_need_not_be_stated_where_there_is_one(tmp_path: Path) -> None:
    """With two it must be."""
    path = table(tmp_path, "R/1,2016-06-13 13:00,COMPLIANT", header="referral_ref,audited_at,outcome")
    assert len(read(path)[0].snapshots) == 1
    both = monitors(referred(NOON, force="NOTTS", **CHILD))
    assert read(path, both) == (ImportedResults([], 0, 0, 1), ["2: force: no records of this force"])


TIMES = "audited_at: a time such as 2013-05-31 14:30 or 31/05/2013 14:30, local, or RFC 3339"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("NOTTS,R/1,2016-06-13 13:00,COMPLIANT", "force: no records of this force"),
        ("LEICS,R/9,2016-06-13 13:00,COMPLIANT", "referral_ref: CATS has no such referral"),
        ("LEICS,,2016-06-13 13:00,COMPLIANT", "referral_ref: CATS has no such referral"),
        (
            "LEICS,R/1,13/06/2016,COMPLIANT",
            "audited_at: a time such as 2013-05-31 14:30 or 31/05/2013 14:30, local, or RFC 3339",
        ),
        ("LEICS,R/1,,COMPLIANT", TIMES),
        ("LEICS,R/1,2026-06-13 13:00,COMPLIANT", "audited_at: in the future"),
        ("LEICS,R/1,2016-06-10 12:59,COMPLIANT", "audited_at: before the referral was received"),
        ("LEICS,R/1,2016-06-13 13:00,", "outcome: a word or two"),
        ('LEICS,R/1,2016-06-13 13:00,"Told Jane, who ..."', "outcome: a word or two"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_with_its_line_and_never_quoted(
    tmp_path: Path, row: str, reason: str
) -> None:
    """The others are taken."""
    taken, refused = read(table(tmp_path, row, "LEICS,R-58,2016-06-13 13:00,COMPLIANT"))
    assert (len(taken.snapshots), taken.refused) == (1, 1)
    assert refused[0].startswith(f"2: {reason}")
    assert "Jane" not in refused[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"force,referral_ref\n", "no column audited_at and no column outcome"),
        (b"", "no column referral_ref"),
        (b"\xff\xfe\x00", "not a CSV file in UTF-8"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """As is one that is not there."""
    path = tmp_path / "results.csv"
    with pytest.raises(FileRefusedError, match=r"results\.csv"):
        read(path)
    path.write_bytes(content)
    with pytest.raises(FileRefusedError, match=reason):
        read(path)


# -- an installation -----------------------------------------------------------------------------------------------


def sent(settings: Settings) -> list[Referral]:
    """Return every snapshot on CATS's topic."""
    consumer = Consumer(settings.client(group_id="audit-sample-test", enable_partition_eof=True))
    topic = f"{settings.prefix}{Referral.TOPIC}"
    consumer.assign([TopicPartition(topic, settings.partition_of("LEICS"), 0)])
    referrals = []
    try:
        while (message := consumer.poll(30)) is not None and message.error() is None:
            referrals.append(Codec().decode(Referral.TOPIC, message.value() or b""))
    finally:
        consumer.close()
    return [record for record in referrals if isinstance(record, Referral)]


@pytest.mark.kafka
def test_results_reach_cats_topic_once_and_who_brought_them_is_noted(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the force's partition; bad rows are named, and the command fails for them after the rest is sent."""
    settings = installed(kafka, tmp_path, REFERRALS, UNTIL)
    use(settings, monkeypatch)
    rows = ("LEICS,R/1,2016-06-13 13:00,COMPLIANT", "LEICS,=R/2,,", "LEICS,R/9,2016-06-13 13:00,COMPLIANT")
    path = table(tmp_path, *rows)
    assert main(["audit-sample", "--results", str(path), "--by", "F1"]) == 1
    assert sent(settings) == [with_result(REFERRALS[0], result())]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{path}:4: referral_ref: CATS has no such referral"
    assert lines[1] == "1 result sent to cats.referrals.v1, 0 were there already, 1 row has none"
    assert lines[-1] == "cdi: 1 row could not be imported"
    verification, faults = verify(settings)
    assert (verification.entries, faults) == (1, [])


@pytest.mark.kafka
def test_the_workers_queue_is_the_files(
    kafka: str, tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same lines from either."""
    assert main(["audit-sample", "--format", "csv", *files]) == 0
    of_files = capsys.readouterr().out
    use(installed(kafka, tmp_path, REFERRALS, ms("2016-06-24 12:00") + 1), monkeypatch)
    assert main(["audit-sample", "--format", "csv"]) == 0
    assert capsys.readouterr().out == of_files
