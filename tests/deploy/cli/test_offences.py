"""``cdi offences``: what the Home Office's lists have under a code."""

from __future__ import annotations

import csv
import json

import pytest

from deploy.cli import main


def test_a_code_is_looked_up_however_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """Offence, Act, class of ours, whom it is against, and from when to when; a category by its own code."""
    assert main(["offences", "8/71", "19C"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["code", "category", "offence", "Act", "class", "against", "from", "to"]
    assert [line.split()[0] for line in lines[1:]] == ["008/71", "019/08", "019/12"]
    (ceased,) = (line for line in lines if line.startswith("008/71"))
    assert "Criminal Justice and Courts Act 2015, Sec 33 (1) & (9)" in ceased
    assert ceased.split()[-4:] == ["VIOLENCE", "victim", "2015-04-13", "2024-01-31"]


def test_a_reported_incident_is_said_to_be_no_crime(capsys: pytest.CaptureFixture[str]) -> None:
    """It has no class of ours."""
    assert main(["offences", "N100/1"]) == 0
    assert "N100, no crime" in capsys.readouterr().out


def test_an_unknown_code_exits_1_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """What is known is said all the same."""
    assert main(["offences", "28E", "39", "THEFTY"]) == 1
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()[1:]] == ["039/00"]
    first, second = said.err.splitlines()
    assert first.startswith("cdi: 28E: in neither list; the nearest are 28")
    assert second == "cdi: THEFTY: in neither list"
    assert main(["offences", "D47", " "]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "cdi: D47: in neither list; the nearest is 47",
        "cdi: a blank code: in neither list",
    ]


def test_a_class_and_words_narrow_what_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """With codes or without; as JSON Lines they hold every column."""
    assert main(["offences", "--class", "modern_slavery", "--search", "passport", "--format", "jsonl"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    assert (entry["code"], entry["offence_classes"], entry["current"]) == ("036/13", ["MODERN_SLAVERY"], True)
    assert main(["offences", "005/01", "8N", "--search", "constable", "--format", "csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row["category"] for row in rows} == {"8S Assault with injury on a constable", *others(rows)}
    assert main(["offences", "39", "--class", "RAPE"]) == 1
    assert capsys.readouterr().err == "cdi: no entry of the lists fits\n"


def others(rows: list[dict[str, str]]) -> set[str]:
    """Return the categories in which the word stands too: not a constable."""
    return {row["category"] for row in rows if "other than a constable" in row["category"]}


@pytest.mark.parametrize("arguments", [[], ["--class", "PIRACY"], ["39", "--format", "yaml"]])
def test_arguments_that_name_nothing_are_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit status 2."""
    assert main(["offences", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
