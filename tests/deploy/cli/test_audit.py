"""``cdi audit``: from the plan to the estimate, over files and over an installation."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.topics.audit_log import entries, verify
from agents.topics.audit_plans import audit_plans
from deploy.cli import main
from schemas.products import AuditEntry
from schemas.records import Snapshot
from schemas.rows import write_json
from streams.audits.form import COLUMNS
from streams.audits.plan import plan_from_json
from tests.deploy.installed import installed, use
from tests.streams.world import DAY, crime, incident, ms

START = ms("2016-06-01 12:00")
UNTIL = START + 40 * DAY
RECORDS: tuple[Snapshot, ...] = (
    *(incident(START + n, f"I-{n}", event_id=f"i-{n}", crimes_expected=1, crime_refs=("C-1",)) for n in range(20)),
    *(incident(START + n, f"=J/{n}", event_id=f"b-{n}", opening_code="THEFT") for n in range(10)),
    crime(START + DAY, "C-1", event_id="c-1"),
)
PERIOD = ("--from", "2016-06-01", "--to", "2016-06-30")


def write(folder: Path, *records: Snapshot) -> list[str]:
    """Write records as files, and return their paths."""
    paths = []
    for topic in sorted({record.TOPIC for record in records}):
        path = folder / f"{topic}.jsonl"
        path.write_bytes(b"".join(write_json(record) + b"\n" for record in records if topic == record.TOPIC))
        paths.append(str(path))
    return paths


def fill_in(form: bytes, path: Path, **answers: str) -> Path:
    """Fill in a form, the same answers in every row: one crime found, and none recorded unless stated otherwise."""
    found = {"crimes_found": "1", "crimes_recorded": "0", "in_time": "0", "classified_right": "0", "read_by": "A1"}
    rows = list(csv.DictReader(io.StringIO(form.decode())))
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, COLUMNS)
        table.writeheader()
        table.writerows({**row, **found, **answers} for row in rows)
    return path


# -- files ---------------------------------------------------------------------------------------------------------


def test_an_audit_of_files_goes_from_the_plan_to_the_estimate(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Plan, form, readings, estimate; and taking the same form again changes nothing."""
    files = write(tmp_path, *RECORDS)
    plan, readings = tmp_path / "plan.json", tmp_path / "compliance.audits.v1.jsonl"
    until = ("--until", "2016-07-11T12:00:00Z")
    asked = ("--frame", "incidents", *PERIOD, "--by", "family", "-n", "12", "--out", str(plan))
    assert main(["audit", "plan", *asked, *until, "--files", *files]) == 0
    output = capfdbinary.readouterr().out.decode()
    assert output.startswith("LEICS-INCIDENTS-2016-06-01-2016-06-30-")
    assert [line.split() for line in output.splitlines()[3:]] == [["THEFT", "10", "4"], ["VIOLENCE", "20", "8"]]
    made = plan_from_json(plan.read_bytes())
    assert made.n == 12
    about = ("--plan", str(plan))
    assert main(["audit", "draw", *about, *until, "--files", *files]) == 0
    form = capfdbinary.readouterr()
    assert form.err == b"12 records to read; 0 of those drawn came after the audit was planned\n"
    assert b"'=J/" in form.out
    filled = fill_in(form.out, tmp_path / "form.csv")
    taking = ["audit", "take", str(filled), *about, "--out", str(readings), "--files", *files]
    assert main(taking) == 0
    assert capfdbinary.readouterr().err == b"12 readings taken, 0 were there already, 0 rows have none\n"
    for named in ((str(readings),), ()):
        assert main([*taking, *named]) == 0
        assert capfdbinary.readouterr().err == b"0 readings taken, 12 were there already, 0 rows have none\n"
    assert len(readings.read_bytes().splitlines()) == 12
    assert main(["audit", "draw", *about, *until, "--files", *files, str(readings)]) == 0
    assert b"compliance.audits.v1: 12 records saved after --until left out\n" in capfdbinary.readouterr().err
    assert main(["audit", "draw", *about, "--files", *files, str(readings)]) == 0
    assert capfdbinary.readouterr().err.startswith(b"0 records to read")
    assert main(["audit", "estimate", *about, "--format", "json", "--files", *files, str(readings)]) == 0
    report = json.loads(capfdbinary.readouterr().out)
    found = report["audits"][0]
    assert (found["read"], found["drawn"], found["recorded_a_year"]) == (12, 12, 1)
    assert found["estimates"]["RECORDED"]["share"] == 0
    known = {"found": 20, "of": 20, "not_known": 10, "share": None, "at_least": 0.6667, "at_most": 1}
    assert found["linkage"]["RECORDED"] == known
    assert found["outcomes"] == {"NOT_RECORDED": 12}


def test_estimates_are_printed_beside_what_linkage_shows(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Two columns, as text and as CSV."""
    files = write(tmp_path, *(record for record in RECORDS if not record.event_id.startswith("b-")))
    plan = tmp_path / "plan.json"
    main(["audit", "plan", "--frame", "INCIDENTS", *PERIOD, "-n", "10", "--out", str(plan), "--files", *files])
    main(["audit", "draw", "--plan", str(plan), "--files", *files])
    filled = fill_in(
        capfdbinary.readouterr().out.partition(b"audit_id")[2].join((b"audit_id", b"")), tmp_path / "f.csv"
    )
    out = tmp_path / "compliance.audits.v1.jsonl"
    assert main(["audit", "take", str(filled), "--plan", str(plan), "--out", str(out), "--files", *files]) == 0
    capfdbinary.readouterr()
    assert main(["audit", "estimate", "--plan", str(plan), "--files", *files, str(out)]) == 0
    text = capfdbinary.readouterr().out.decode()
    assert "10 of 10 records drawn are read" in text
    (line,) = (line for line in text.splitlines() if line.startswith("INCIDENTS  ") and "should have been" in line)
    assert line.split()[-7:] == ["10", "of", "10", "100.0%", "20", "of", "20"]
    assert main(["audit", "estimate", "--plan", str(plan), "--format", "csv", "--files", *files, str(out)]) == 0
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert [(row["measure"], row["audit_share"], row["linkage_share"]) for row in rows] == [
        ("RECORDED", "0.0", "1.0"),
        ("IN_TIME", "", "1.0"),
        ("CLASSIFIED", "", ""),
    ]


def test_where_linkage_cannot_know_a_share_the_audit_still_can(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Beside the estimate stands between what the share lies."""
    files = write(tmp_path, *RECORDS)
    plan, until = tmp_path / "plan.json", ("--until", "2016-07-11T12:00:00Z")
    main(["audit", "plan", "--frame", "INCIDENTS", *PERIOD, "-n", "10", "--out", str(plan), *until, "--files", *files])
    capfdbinary.readouterr()
    assert main(["audit", "estimate", "--plan", str(plan), *until, "--files", *files]) == 0
    text = capfdbinary.readouterr().out.decode()
    assert "0 of 10 records drawn are read" in text
    assert "between 66.7% and 100.0%" in text
    assert "INCIDENTS: left out, nothing of them is read yet: ALL" in text


def test_a_second_plan_of_the_same_frame_and_period_names_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever draws again until a sample suits them is not the only one to see it."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    command = ["audit", "plan", "--frame", "INCIDENTS", *PERIOD, "-n", "4"]
    assert main([*command, "--out", str(first), "--files", *write(tmp_path, *RECORDS)]) == 0
    assert capsys.readouterr().err == ""
    again = [*command, "--out", str(second), "--plan", str(first), "--files", *write(tmp_path, *RECORDS[1:])]
    assert main(again) == 0
    earlier = plan_from_json(first.read_bytes()).audit_id
    assert capsys.readouterr().err.startswith(f"{earlier} was planned before, of the same frame and period")
    assert main([*again, "--from", "2016-05-31"]) == 0
    assert capsys.readouterr().err == ""


def test_each_bad_row_is_named_and_the_others_are_taken(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With its line and the reason."""
    files = write(tmp_path, *RECORDS)
    plan, out = tmp_path / "plan.json", tmp_path / "compliance.audits.v1.jsonl"
    main(["audit", "plan", "--frame", "INCIDENTS", *PERIOD, "-n", "4", "--out", str(plan), "--files", *files])
    capfdbinary.readouterr()
    main(["audit", "draw", "--plan", str(plan), "--files", *files])
    filled = fill_in(capfdbinary.readouterr().out, tmp_path / "f.csv")
    lines = filled.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace(",1,,0,0,0,", ",0,,1,0,0,")
    lines.append(lines[2].replace("A1", "A2"))
    lines.append(lines[3].replace("LEICS-INCIDENTS", "LEICS-ASB"))
    (tmp_path / "one.csv").write_text("\n".join(lines[:2]), encoding="utf-8")
    filled.write_text("\n".join(lines), encoding="utf-8")
    assert main(["audit", "take", str(filled), "--plan", str(plan), "--out", str(out), "--files", *files]) == 1
    assert capfdbinary.readouterr().err.decode().splitlines() == [
        f"{filled}:2: crimes_recorded: more than crimes_found",
        f"{filled}:6: ref: another reading of it by this reader stands further up",
        f"{filled}:7: audit_id: no plan of this audit",
        "3 readings taken, 0 were there already, 0 rows have none",
        "cdi: 3 rows could not be taken",
    ]
    assert len(out.read_bytes().splitlines()) == 3
    alone = ["audit", "take", str(tmp_path / "one.csv"), "--plan", str(plan), "--out", str(out), "--files", *files]
    assert main(alone) == 1
    assert capfdbinary.readouterr().err.endswith(b"cdi: 1 row could not be taken\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["plan", "--frame", "CRIMES", *PERIOD, "-n", "3"], "--frame: one of INCIDENTS, ASB"),
        (["plan", "--frame", "INCIDENTS", *PERIOD, "--by", "colour", "-n", "3"], "--by: one of FAMILY, CLASS"),
        (["plan", "--frame", "INCIDENTS", *PERIOD, "-n", "3"], "--out goes with --files"),
        (["plan", "--frame", "INCIDENTS", *PERIOD, "--out", "{}/p"], "either a number of records or a half-width"),
        (["plan", "--frame", "ASB", *PERIOD, "-n", "3", "--out", "{}/p"], "the frame ASB has no records in the period"),
        (["plan", "--frame", "ASB", "--from", "2016-06-02", "--to", "2016-06-01", "-n", "3"], "--from: the first day"),
        (["draw"], "--files: name the plans with --plan"),
        (["draw", "--plan", "{}/none.json"], "none.json: No such file"),
        (["draw", "--plan", "{}/storm.incidents.v1.jsonl"], "not a plan as 'cdi audit plan' writes it"),
        (["draw", "--plan", "{}/none.json", "--reader", "third"], "--reader: one of FIRST, SECOND, FCR"),
        (["take", "form.csv", "--plan", "{}/none.json"], "--out goes with --files"),
        (["take", "form.csv", "--plan", "{}/none.json", "--out", "{}/r.csv"], "name it compliance.audits.v1.jsonl"),
        (["plan", "--frame", "ASB", *PERIOD, "-n", "0", "--out", "{}/p"], "--records"),
    ],
)
def test_bad_usage_ends_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """And status 2."""
    files = write(tmp_path, *RECORDS)
    assert main(["audit", *(text.format(tmp_path) for text in arguments), "--files", *files]) == 2
    output = capsys.readouterr()
    assert sentence in output.err
    assert len(output.err.splitlines()) == 1
    assert output.out == ""


# -- an installation -----------------------------------------------------------------------------------------------


def plan_entry(settings: Any) -> tuple[AuditEntry, AuditEntry]:
    """Return the plan's entry in the audit log, and the one before it."""
    logged = [entry for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]
    place = next(place for place, entry in enumerate(logged) if entry.action == "AUDIT_PLAN")
    return logged[place], logged[place - 1]


@pytest.mark.kafka
def test_an_installation_keeps_plans_in_its_audit_log_and_readings_on_their_topic(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The audit is named after the log's head before it, and the form goes out and comes back."""
    settings = installed(kafka, tmp_path, RECORDS, UNTIL)
    use(settings, monkeypatch)
    assert main(["audit", "plan", "--frame", "INCIDENTS", *PERIOD, "-n", "6", "--by-whom", "F1"]) == 0
    entry, before = plan_entry(settings)
    (plan,) = audit_plans(settings).values()
    assert (entry.actor, entry.role, entry.target) == ("F1", "FCR", plan.audit_id)
    assert plan.audit_id == f"LEICS-INCIDENTS-2016-06-01-2016-06-30-{before.hash[:8]}"
    assert entry.previous_hash == before.hash
    capfdbinary.readouterr()
    assert main(["audit", "draw", plan.audit_id.upper()]) == 0
    filled = fill_in(capfdbinary.readouterr().out, tmp_path / "form.csv")
    assert main(["audit", "take", str(filled), "--by", "A1"]) == 0
    assert capfdbinary.readouterr().err == b"6 readings taken, 0 were there already, 0 rows have none\n"
    assert main(["audit", "draw", "no-such-audit"]) == 1
    assert b"the audit log has no plan of no-such-audit" in capfdbinary.readouterr().err
    assert main(["audit", "estimate", "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["audits"][0]["drawn"] == 6
    verification, faults = verify(settings)
    assert (verification.anchors, faults) == (1, [])
    notes = [one for one, _ in entries(settings) if isinstance(one, AuditEntry) and one.action == "AUDIT_READINGS"]
    assert [(one.target, one.details[0].value) for one in notes] == [(plan.audit_id, "6")]
    assert msgspec.json.decode(plan.as_json()) == msgspec.json.decode(entry.details[0].value)
