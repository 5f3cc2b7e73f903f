"""``cdi report``: a period's figures as text, CSV and JSON, from files or from what the workers know."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

import deploy
from agents.kafka.codecs import codec_of
from agents.topics.audit_log import entries
from agents.topics.erasures import request_erasure
from agents.topics.feeds import FeedProducer
from deploy.cli import main
from deploy.scenario import PUBLISHED, events, write
from schemas.products import AuditEntry, Erasure, Subject
from schemas.records import Snapshot
from schemas.rows import write_json
from schemas.times import from_rfc3339
from tests.deploy.installed import installed, use
from tests.streams.world import DAY, HOUR, crime, incident, ms, no_crime, training

NAMING = {"--deciders": "DECIDERS", "--training": "TRAINING_NEEDS"}
"""The reports that name people, and what the audit log calls it."""
HEADINGS = ("What the streams show, of every record (linkage)", "What people found, of those they looked at (audited)")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the Leicestershire scenario as files."""
    return [str(path) for path in write(tmp_path_factory.mktemp("scenario"))]


def incidents(folder: Path, *reported_at: str) -> str:
    """Return a file of incidents that each disclosed a crime, reported at these times (UTC)."""
    path = folder / "storm.incidents.v1.jsonl"
    snapshots = [incident(at, f"I-{at}", crimes_expected=1) for at in reported_at]
    path.write_bytes(b"".join(write_json(snapshot) + b"\n" for snapshot in snapshots))
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what a report that succeeds prints."""
    capsys.readouterr()
    assert main(["report", *arguments]) == 0
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Return a report as JSON."""
    return json.loads(printed(capsys, "--format", "json", *arguments))


def counts_by_label(report: Any) -> dict[str, tuple[int, int]]:
    """Return a report's linkage figures, as (found, of), by label."""
    return {figure["figure"]: (figure["found"], figure["of"]) for figure in report["linkage"]}


# -- the scenario --------------------------------------------------------------------------------------------------


def test_the_scenarios_report_is_hmics_table(scenario: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Every figure HMIC published, over the period of the audit."""
    report = as_json(capsys, "--from", "2012-11-01", "--to", "2013-10-31", "--files", *scenario)
    assert {label: counts_by_label(report)[label] for label in PUBLISHED} == PUBLISHED
    assert (report["from"], report["before"]) == ("2012-11-01T00:00:00.000Z", "2013-11-01T00:00:00.000Z")
    assert report["clocks"] == {"LEICS": "2013-07-08T08:00:00.000Z"}
    assert report["policy_version"] == "builtin-1"


def test_the_text_tells_linkage_from_audited_samples(scenario: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Two tables, each under its own heading; each share with its sample and Wilson's interval."""
    linkage, audited = printed(capsys, "--files", *scenario).split(HEADINGS[1])
    assert HEADINGS[0] in linkage
    recorded = next(line for line in linkage.splitlines() if line.startswith("Referrals: crimes recorded"))
    assert recorded.split()[-6:] == ["6", "16", "37.5%", "18.5%", "to", "61.4%"]
    assert "NCRS kept to" in audited
    assert "NCRS kept to" not in linkage
    assert "crimes recorded" not in audited


def test_json_holds_linkage_and_audited_figures_apart(scenario: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And rolling figures by rule, team and offence class."""
    report = as_json(capsys, "--files", *scenario)
    assert not counts_by_label(report).keys() & {figure["figure"] for figure in report["audited"]}
    assert {
        "figure": "Calls: NCRS kept to, of those reviewed",
        "found": 133,
        "of": 171,
        "not_known": 0,
        "share": 0.7778,
        "low": 0.7097,
        "high": 0.8336,
        "at_least": None,
        "at_most": None,
    } in report["audited"]
    assert report["rolling"][0].keys() == {"rule", "team", "offence_class", "24 h", "7 d", "28 d"}
    assert report["rolling"][0]["28 d"].keys() == {"raised", "breached", "cleared"}


def test_csv_names_the_basis_of_every_figure(scenario: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers that are no share have neither share nor interval."""
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--format", "csv", "--files", *scenario))))
    assert {row["basis"] for row in rows} == {"LINKAGE", "AUDITED"}
    assert rows[0] == {
        "basis": "LINKAGE",
        "figure": "Incidents: crimes identified, of incidents reviewed",
        "found": "115",
        "of": "123",
        "not_known": "0",
        "share": "",
        "low": "",
        "high": "",
        "at_least": "",
        "at_most": "",
    }
    assert (rows[1]["share"], rows[1]["low"], rows[1]["high"]) == ("0.8696", "0.7959", "0.9193")


def test_the_crimes_of_each_route_and_team_are_a_report_of_their_own(
    scenario: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As text, as CSV with a row a figure, and in the JSON of every report; each adds up to HMIC's figure."""
    text = printed(capsys, "--by", "route", "--by", "team", "--files", *scenario)
    counter = next(line for line in text.splitlines() if " COUNTER " in line)
    cells = "Incidents route COUNTER 7 9 77.8% 45.3% to 93.7% 7 7 100.0% 64.6% to 100.0%"
    assert " ".join(counter.split()) == cells
    table = printed(capsys, "--by", "route", "--format", "csv", "--files", *scenario)
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["by"] for row in rows} == {"route"}
    of_incidents = [row for row in rows if (row["kind"], row["measure"]) == ("Incidents", "recorded")]
    assert (sum(int(row["found"]) for row in of_incidents), sum(int(row["of"]) for row in of_incidents)) == (100, 115)
    parts = as_json(capsys, "--files", *scenario)["parts"]
    assert {part["by"] for part in parts} == {"route", "team", "class", "reporter"}
    units = {part["value"]: part["recorded"]["found"] for part in parts if part["kind"] == "Referrals"}
    assert units["CAIU"] == 6


def test_a_csv_of_protection_reports_has_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """From the example that is shipped, by the mapping that is: the one with a crime, and three that nobody judged."""
    example = str(Path(deploy.__file__).parent / "mappings" / "examples" / "ppn.reports.v1.csv")
    options = ("--mapping", "protection-reports", "--until", "2026-05-12T00:00:00Z", "--files", example)
    parts = as_json(capsys, *options)["parts"]
    routes = {part["value"]: part["recorded"]["not_known"] for part in parts if part["by"] == "route"}
    assert routes == {"DASH": 1, "MARAC": 1, "OTHER": 1, "SCHOOL": 1}
    sectors = {part["value"]: part["reports"] for part in parts if part["by"] == "reporter"}
    assert sectors == {"PUBLIC": 2, "VOLUNTARY": 1, "PRIVATE": 1}


def test_who_decides_against_crimes_is_a_report_of_its_own(
    scenario: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Text, CSV and JSON; the two whose robbery no-crimes rest on nothing stand out among those whose work it is."""
    text = printed(capsys, "--deciders", "--files", *scenario)
    assert "Outside the limits a share is not one of chance" in text
    shares = as_json(capsys, "--deciders", "--files", *scenario)["deciders"]
    assert {share["by"] for share in shares} == {"decider", "team", "month"}
    assert {share["value"] for share in shares if share["kind"] == "WRONGLY" and share["outside"]} == {"VCU04", "VCU05"}
    cancelled = [share for share in shares if (share["kind"], share["by"]) == ("CANCELLED", "month")]
    assert sum(share["against"] for share in cancelled) == PUBLISHED["No-crimes: correct"].of
    table = printed(capsys, "--deciders", "--format", "csv", "--files", *scenario)
    assert len(list(csv.DictReader(io.StringIO(table)))) == len(shares)


def test_who_lacks_training_is_one_list(scenario: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As many decisions as the rule raises alerts, by person."""
    needs = as_json(capsys, "--training", "--files", *scenario)["training"]
    assert sum(need["taken"] for need in needs) == 19
    assert needs[0] == {
        "force": "LEICS",
        "person": "REV03",
        "course": "DISPOSALS",
        "decision": "REVIEW",
        "taken": 8,
        "first_at": needs[0]["first_at"],
        "last_at": needs[0]["last_at"],
        "trained_now": False,
    }
    lines = printed(capsys, "--training", "--files", *scenario).splitlines()
    assert " ".join(lines[1].split()) == "LEICS REV03 DISPOSALS REVIEW 8 2013-05-14 2013-06-12 no"
    table = printed(capsys, "--training", "--format", "csv", "--files", *scenario)
    assert [row["person"] for row in csv.DictReader(io.StringIO(table))] == [need["person"] for need in needs]


def test_that_nobody_lacks_training_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing at all printed would look like a command that failed."""
    text = printed(capsys, "--training", "--files", incidents(tmp_path, "2013-05-01T09:00:00Z"))
    assert text == "Everybody who decided was trained for it, or the training feed is not connected.\n"


def test_two_reports_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    assert main(["report", "--by", "team", "--rolling"]) == 2
    assert capsys.readouterr().err == "cdi: --by and --rolling are 2 reports: ask for one\n"


def test_a_share_that_nobody_can_know_is_given_as_what_it_lies_between(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the text with how many reports were judged by nobody, in JSON without a share."""
    reports = [incident("2016-03-01", "I-1", crimes_expected=1), incident("2016-03-01", "I-2")]
    crimes = [crime("2016-03-01", incident_refs=("I-1",)), crime("2016-03-20", "C-2")]
    paths = [tmp_path / "storm.incidents.v1.jsonl", tmp_path / "cis.crimes.v1.jsonl"]
    saved: list[list[Snapshot]] = [[*reports], [*crimes]]
    for path, snapshots in zip(paths, saved, strict=True):
        path.write_bytes(b"".join(write_json(snapshot) + b"\n" for snapshot in snapshots))
    files = ["--files", *map(str, paths)]
    label = "Incidents: crimes recorded, of those identified"
    line = next(line for line in printed(capsys, *files).splitlines() if line.startswith(label))
    assert " ".join(line.removeprefix(label).split()) == "1 1 1 between 50.0% and 100.0%: 1 report was judged by nobody"
    figure = as_json(capsys, *files)["linkage"][1]
    assert (figure["share"], figure["low"], figure["at_least"], figure["at_most"]) == (None, None, 0.5, 1.0)
    assert (figure["found"], figure["of"], figure["not_known"]) == (1, 1, 1)


def test_rolling_figures_come_as_text_or_csv(scenario: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """At the clock's end; the scenario's last week was quiet."""
    assert "at Mon 08 Jul 2013 09:00" in printed(capsys, "--rolling", "--files", *scenario)
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--rolling", "--format", "csv", "--files", *scenario))))
    overdue = next(row for row in rows if row["rule"] == "call-review-overdue")
    assert (overdue["team"], overdue["raised_7d"], overdue["cleared_28d"]) == ("CMC-C", "0", "2")


# -- the period ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "how_many"),
    [
        ("2016-03-27", "2016-03-27", 2),
        ("2016-03-26", "2016-03-26", 1),
        ("2016-03-28", "2016-03-28", 1),
        ("2016-03-26", "2016-03-28", 4),
        ("2016-03-29", "2016-03-29", 0),
    ],
)
def test_days_are_londons_and_the_last_is_in_the_period(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], first: str, last: str, how_many: int
) -> None:
    """The day on which clocks go forward begins at 00:00 UTC and ends at 23:00."""
    times = ("2016-03-26 23:59", "2016-03-27 00:00", "2016-03-27 22:59", "2016-03-27 23:00")
    report = as_json(capsys, "--from", first, "--to", last, "--files", incidents(tmp_path, *times))
    assert counts_by_label(report)["Incidents: crimes identified, of incidents reviewed"] == (how_many, how_many)


def test_either_end_may_be_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Since ever, until now."""
    files = incidents(tmp_path, "2016-03-26 12:00", "2016-03-28 12:00")
    label = "Incidents: crimes identified, of incidents reviewed"
    assert counts_by_label(as_json(capsys, "--from", "2016-03-27", "--files", files))[label] == (1, 1)
    assert counts_by_label(as_json(capsys, "--to", "2016-03-27", "--files", files))[label] == (1, 1)
    assert counts_by_label(as_json(capsys, "--files", files))[label] == (2, 2)


def test_a_period_that_has_not_ended_at_the_clock_is_said_to_be_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its figures will change, and what is still ahead of its limit is told apart."""
    files = incidents(tmp_path, "2016-03-26 12:00", "2016-03-28 12:00")
    assert main(["report", "--to", "2016-03-28", "--files", files]) == 0
    output = capsys.readouterr()
    assert output.err == "The period has not ended at the clock of LEICS: its figures will still change\n"
    cells = {line.partition("  ")[0]: line.partition("  ")[2].split() for line in output.out.splitlines()}
    assert cells["Incidents: unrecorded, limit passed"][:2] == ["1", "1"]
    assert cells["Incidents: unrecorded, limit still ahead"] == ["1", "2"]
    assert main(["report", "--to", "2016-03-28", "--until", "2016-03-28T23:00:00Z", "--files", files]) == 0
    assert capsys.readouterr().err == ""


def test_a_feed_without_any_record_is_named_where_its_figures_are_nothing(
    tmp_path: Path, scenario: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """That none was counted does not say that there were none."""
    (line,) = (
        line
        for line in printed(capsys, "--files", incidents(tmp_path, "2016-03-26 12:00")).splitlines()
        if line.startswith("LEICS: no record is known of ")
    )
    assert "cis.crimes.v1, cis.no-crimes.v1, cis.disposals.v1" in line
    assert "storm.incidents.v1" not in line
    assert "no record is known" not in printed(capsys, "--files", *scenario)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--from", "2016-3-1"], "--from: a day from 1900 to 9998, such as 2013-05-31"),
        (["--to", "2016-02-30"], "--to: a day from 1900 to 9998, such as 2013-05-31"),
        (["--to", "20160301"], "--to: a day from 1900 to 9998, such as 2013-05-31"),
        (["--to", "9999-12-31"], "--to: a day from 1900 to 9998, such as 2013-05-31"),
        (["--from", "2016-03-02", "--to", "2016-03-01"], "--from: the first day is after the last"),
        (["--policy", "p.toml"], "--policy and --until go with --files; the workers judge by their own"),
        (["--files", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
    ],
)
def test_bad_usage_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2."""
    assert main(["report", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"cdi: {line}")


def test_a_force_nothing_is_known_of_is_named_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1."""
    files = incidents(tmp_path, "2016-03-26 12:00")
    assert main(["report", "--force", "NOTTS", "--files", files]) == 1
    assert capsys.readouterr().err == "cdi: nothing is known of NOTTS; known: LEICS\n"


def test_one_force_may_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of several in the files."""
    path = tmp_path / "storm.incidents.v1.jsonl"
    snapshots = [incident(ms("2016-03-26"), force=force, crimes_expected=1) for force in ("LEICS", "NOTTS", "DERBS")]
    path.write_bytes(b"".join(write_json(snapshot) + b"\n" for snapshot in snapshots))
    both = as_json(capsys, "--files", str(path))
    one = as_json(capsys, "--force", "NOTTS", "--files", str(path))
    label = "Incidents: crimes identified, of incidents reviewed"
    assert (counts_by_label(both)[label], counts_by_label(one)[label]) == ((3, 3), (1, 1))
    assert list(one["clocks"]) == ["NOTTS"]


# -- what is forgotten ---------------------------------------------------------------------------------------------

RECORDED = "Incidents: crimes recorded, of those identified"
YEARS_LATER = "2019-06-01T00:00:00Z"
"""Longer after a day of 2016 than the policy's forget_after."""


def day_of_reports() -> list[Snapshot]:
    """Return 334 reports of one day, of whose crimes 269 are recorded; two officers cancel three of them."""
    began = ms("2016-05-03 09:00")
    staff = [training(began - DAY, name, course) for name in ("P1", "F1") for course in ("NCRS", "HOCR")]
    reports = [incident(began + n, f"I-{n}", crimes_expected=1, assessed_at=began + n) for n in range(334)]
    crimes = [crime(began + HOUR + n, f"C-{n}", incident_refs=(f"I-{n}",)) for n in range(269)]
    decisions = [no_crime(began + 3 * HOUR + n, f"X-{n}", decided_by="UNTRAINED") for n in range(3)]
    cancelled = [crime(began + 2 * HOUR, f"X-{n}", status="CANCELLED") for n in range(3)]
    return [*staff, *reports, *crimes, *cancelled, *decisions, incident(ms("2019-05-30"), "I-NEW", crimes_expected=1)]


def as_files(folder: Path, snapshots: list[Snapshot]) -> list[str]:
    """Write snapshots as files, and return their paths."""
    paths = {snapshot.TOPIC: folder / f"{snapshot.TOPIC}.jsonl" for snapshot in snapshots}
    for topic, path in paths.items():
        path.write_bytes(b"".join(write_json(one) + b"\n" for one in snapshots if topic == one.TOPIC))
    return [str(path) for path in paths.values()]


def test_files_are_counted_whole_however_old_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What workers forget, which is what went right, is not missing from the figures of files."""
    files = ("--until", YEARS_LATER, "--files", *as_files(tmp_path, day_of_reports()))
    report = as_json(capsys, "--from", "2016-05-01", "--to", "2016-05-31", *files)
    assert counts_by_label(report)[RECORDED] == (269, 334)
    assert counts_by_label(as_json(capsys, *files))[RECORDED] == (269, 335)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the line of a report that fails."""
    capsys.readouterr()
    assert main(["report", *arguments]) == 1
    return capsys.readouterr().err


@pytest.mark.kafka
def test_what_workers_have_forgotten_is_counted_from_the_source_topics_or_not_at_all(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of the files, byte by byte, less what was erased; where the topics have lost their beginning it is refused."""
    snapshots = day_of_reports()
    settings = installed(kafka, tmp_path, snapshots, from_rfc3339(YEARS_LATER))
    use(settings, monkeypatch)
    period = ("--from", "2016-05-01", "--to", "2016-05-31")
    assert refused(capsys, *period).startswith(
        "cdi: LEICS: some of this period is forgotten, and the source topics hold nothing of it; 2016-05-"
    )
    producer = FeedProducer(settings)
    for snapshot in snapshots:
        producer.send(snapshot)
    producer.flush()
    files = ("--until", YEARS_LATER, "--files", *as_files(tmp_path, snapshots))
    for options in (("--format", "json"), ("--by", "team"), *((option, "--format", "csv") for option in NAMING)):
        assert printed(capsys, *period, *options) == printed(capsys, *period, *options, *files)

    assert main(["report", "--format", "json"]) == 0
    output = capsys.readouterr()
    assert output.err.startswith("What was received before 2016-05-")
    assert counts_by_label(json.loads(output.out))[RECORDED] == (0, 1)
    assert json.loads(output.out)["from"].startswith("2016-05-")
    assert main(["report", "--rolling"]) == 0
    assert capsys.readouterr().err == ""

    erasure = Erasure(
        erasure_id="e-1",
        erased_at=0,
        requested_by="fcr",
        force="LEICS",
        subjects=(Subject(kind="incident", ref="I-0"),),
    )
    request_erasure(settings, codec_of(settings), erasure)
    assert counts_by_label(as_json(capsys, *period))[RECORDED] == (268, 333)

    name = f"{settings.prefix}storm.incidents.v1"
    gone = TopicPartition(name, settings.partition_of("LEICS"), 5)
    admin = AdminClient(settings.client())
    admin.delete_records([gone])[gone].result()
    assert "storm.incidents.v1 has lost its beginning (CDI_SOURCE_RETENTION_DAYS)" in refused(capsys, *period)


# -- an installation -----------------------------------------------------------------------------------------------


@pytest.mark.kafka
def test_what_the_workers_know_gives_the_same_report_as_the_files(
    kafka: str, tmp_path: Path, scenario: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read back from the state they keep on the broker, byte by byte; who asked for people's names is noted."""
    snapshots = events()
    settings = installed(kafka, tmp_path, snapshots, snapshots[-1].event_time)
    of_files = printed(capsys, "--format", "json", "--files", *scenario)
    naming = {option: printed(capsys, option, "--format", "csv", "--files", *scenario) for option in NAMING}
    use(settings, monkeypatch)
    assert printed(capsys, "--format", "json") == of_files
    assert {option: printed(capsys, option, "--format", "csv") for option in NAMING} == naming
    notes = [entry for entry, _ in entries(settings) if isinstance(entry, AuditEntry)]
    assert [(entry.action, entry.target) for entry in notes] == [(action, "LEICS") for action in NAMING.values()]


@pytest.mark.kafka
def test_before_any_clock_has_moved_there_is_nothing_to_report(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, in one line."""
    use(installed(kafka, tmp_path, (), from_rfc3339("2016-03-10T12:00:00Z")), monkeypatch)
    assert main(["report"]) == 1
    assert capsys.readouterr().err == "cdi: nothing is known yet: no force's clock has moved\n"
