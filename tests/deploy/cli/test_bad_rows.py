"""Bad rows by kind: the first of each by line, then how many there were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.settings.settings import Settings
from deploy.cli import main
from deploy.cli.framework.bad_rows import bad_rows_by_kind
from deploy.local.cluster import provide_topics

BAD, WELL = b'{"event_id": "E", "force": "LEICS"}', b'{"force": "LEICS", "source": "S", "complete_through": "%s"}'
ROWS = [b"{", BAD, *[BAD] * 4, WELL % b"2013-05-14T12:00:00Z"]
PROBLEM = "MISSING_FIELD: source: required, and not there"


def test_of_a_kind_the_first_three_are_named_and_all_are_counted() -> None:
    """A kind of three rows or fewer needs no count."""
    lines: list[str] = []
    file = Path("calls.csv")
    with bad_rows_by_kind(lines.append) as refuse:
        for line in range(2, 1202):
            refuse(file, line, "IMPOSSIBLE_DATE: reported_at: not a time of the mapping's format")
        for line in (7, 8, 9):
            refuse(file, line, "UNKNOWN_VALUE: channel: not among the mapping's values")
    assert [line.partition(": ")[0] for line in lines] == [
        *(f"calls.csv:{line}" for line in (2, 3, 4, 7, 8, 9)),
        "1,200 rows",
    ]
    assert lines[-1] == "1,200 rows: IMPOSSIBLE_DATE: reported_at: not a time of the mapping's format"


def test_problems_that_differ_in_numbers_are_of_one_kind() -> None:
    """Its count has none of the numbers; digits in a field's name are not numbers."""
    lines: list[str] = []
    with bad_rows_by_kind(lines.append) as refuse:
        for line in range(1, 5):
            refuse(Path("a.csv"), line, f"WRONG_TYPE: not CSV: the quote opened on line {line} is not closed")
            refuse(Path("a.csv"), line, "WRONG_TYPE: reporter_2: not a number")
    assert lines[-2:] == [
        "4 rows: WRONG_TYPE: not CSV: the quote opened on line … is not closed",
        "4 rows: WRONG_TYPE: reporter_2: not a number",
    ]


@pytest.mark.parametrize(
    "command", [["backtest", "--out"], ["backtest", "--against", "built-in", "--out"], ["profile", "--out"]]
)
def test_every_command_names_them_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """Whether anything is left to judge or not."""
    file = tmp_path / "cis.crimes.v1.jsonl"
    file.write_bytes(b"\n".join(ROWS))
    main([*command, str(tmp_path / "out"), str(file)])
    lines = capsys.readouterr().err.splitlines()
    assert lines[:5] == [
        f"{file}:1: NOT_JSON: the line is not one JSON object",
        *(f"{file}:{line}: {PROBLEM}" for line in (2, 3, 4)),
        f"5 rows: {PROBLEM}",
    ]


def test_report_names_them_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it says that there is nothing to report on."""
    file = tmp_path / "cis.crimes.v1.jsonl"
    file.write_bytes(b"\n".join(ROWS))
    assert main(["report", "--files", str(file)]) == 1
    assert f"5 rows: {PROBLEM}" in capsys.readouterr().err.splitlines()


@pytest.mark.kafka
@pytest.mark.slow
def test_feed_names_them_so_and_keeps_all(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line 100 is a line, and no sign of a hundred points."""
    provide_topics(settings)
    file = tmp_path / "cis.crimes.v1.jsonl"
    file.write_bytes(b"\n".join([*ROWS, *[b""] * 92, b"[]"]))
    assert main(["feed", "cis.crimes.v1", str(file)]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert f"{file}:100: NOT_JSON: the line is not one JSON object" in lines
    assert [line for line in lines if "MISSING_FIELD" in line][3:] == [f"5 rows: {PROBLEM}"]
    rejected = (tmp_path / f"{file.name}.rejected.jsonl").read_text().splitlines()
    assert [json.loads(row)["line"] for row in rejected] == [1, 2, 3, 4, 5, 6, 100]


def test_shapes_of_one_kind_are_one_kind(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A name of two words or of three is a name; a date of slashes is none of dashes."""
    with bad_rows_by_kind() as refuse:
        for line, shape in enumerate(["AAA AAAA", "AAA, AAAAAA AA", "99/99/9999", "9/9/9999", "9999-99-99"] * 2):
            refuse(tmp_path / "a.csv", line, f"IMPOSSIBLE_DATE: event_time: not a time; column 'Ref': '{shape}'")
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if " rows: " in line] == [
        "4 rows: IMPOSSIBLE_DATE: event_time: not a time; column 'Ref': 'A'",
        "4 rows: IMPOSSIBLE_DATE: event_time: not a time; column 'Ref': '…/…/…'",
    ]
