"""Every shipped mapping with a sample: what its rows become, what it lacks, and what would be raised."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.files.mapping import read_mapping
from deploy.files.mapping.field_source import FieldSource
from deploy.files.row_reader import RowReader
from schemas.records import POSSIBLE_FEEDS, Snapshot
from streams.facts.fill import fields_counted
from streams.facts.record import version
from streams.facts.references import identity
from streams.offences import offence_list
from streams.policy import PolicyBook
from tests.deploy.files.worked_mappings import (
    EXPECTED,
    KEY,
    MAPPINGS,
    READ_AT,
    index_row,
    mapped_fields,
    mapping_names,
    records,
    sample,
    stated_lacks,
    worked_names,
)
from tests.streams.world import BUILT_IN

PEOPLE = ("victim_token", "suspect_token")
CATEGORIES = """
RTC - Death/Injury|RTC - Damage Only|Highway Disruption|Road Related Offence|Rail/Air/Marine Incident|ASB Personal
ASB Nuisance|ASB Environmental|Abandoned Call to Emergency Services|Absconder/AWOL|Police and Court Orders/Bail|Alarm
Animals/Wildlife|Civil Disputes|Concern for Safety|Domestic Incident|Firearms|Hoax Calls|Immigration
Industrial Incident/Accident|Licensing|Missing Person|Natural Disaster|Protest/Demonstration|Sudden Death
Suspicious Circumstances/Insecure premises or vehicles|Suspicious Package or Object|Cancel/Exit/Error
Complaints Against Police|Contact Record|Duplicate|Lost/Found Property/Person|Messages
Police Generated Resource Activity|Pre-Planned Event|Test/Training
"""
"""The National Incident Category List (NSIR 2011, p10)."""
QUALIFIERS = """
Prejudice - Disability|Prejudice - Racial|Prejudice - Religion or Belief|Prejudice - Sexual Orientation
Prejudice - Transgender|Alcohol|Drugs|Mental Health|Olympics|Youth Related|Assistance to Other Public Agency
Call Made with Good Intent|Cold Calling|Critical Incident|Domestic Abuse|Firearms|Honour Based Incident|Lamping
Major Incident|Other Intoxicants|Other Police Force Dealing|Other Public Agency Dealing|Persistent Caller
Vulnerable Adult|Vulnerable Child / Young Person|Weapons
"""


@pytest.fixture(autouse=True)
def no_kafka(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Name a Kafka that nobody runs, and give the key of pseudonyms."""
    monkeypatch.setenv("CDI_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("CDI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CDI_PSEUDONYM_KEY", KEY)


def listed(text: str) -> list[str]:
    """Return the names between strokes and line ends."""
    return [name for line in text.strip().splitlines() for name in line.split("|")]


@pytest.mark.parametrize("name", worked_names())
def test_each_row_of_a_sample_becomes_what_is_written_down(name: str) -> None:
    """Its records with all they state, the rows that are none, and the bad ones with their reason."""
    expected = [json.loads(line) for line in (EXPECTED / f"{name}.jsonl").read_text().splitlines()]
    assert records(name) == expected


def test_every_sample_has_a_mapping_and_what_it_comes_to() -> None:
    """None lies about."""
    assert {path.stem for path in EXPECTED.glob("*.jsonl")} == set(worked_names())
    assert len(worked_names()) >= 19


@pytest.mark.parametrize("name", worked_names())
def test_a_sample_can_be_checked_without_kafka(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a newcomer does first: its records are shown, and what would be raised; no value of a person is."""
    topic = read_mapping(name).topic
    assert main(["feed", "--check", topic, str(sample(name)), "--mapping", name]) == 0
    output = capsys.readouterr()
    assert f'"source": "{records_of(name)[0]["source"]}"' in output.out
    assert "What would be raised by" in output.out
    assert f"would be fed to {topic}" in output.err
    for value in private_values(name):
        assert value not in output.out + output.err


def records_of(name: str) -> list[dict[str, str]]:
    """Return what the records of a sample state."""
    return [record for record in records(name) if "source" in record]


def private_values(name: str) -> set[str]:
    """Return what a sample states in columns of which pseudonyms are made, or whose text is no part of a record."""
    mapping = read_mapping(name)
    columns = {
        source.column
        for field, given in mapping.fields.items()
        for source in (given if isinstance(given, tuple) else (given,))
        if isinstance(source, FieldSource) and source.column is not None
        if field in PEOPLE or field.endswith("rationale")
    }
    columns |= {"Log Text", "MO_TEXT"}
    lines = sample(name).read_text().splitlines()[max(0, (mapping.header_row or 1) - 1) :]
    rows = csv.DictReader(lines, delimiter=mapping.delimiter or ",")
    return {row[column] for row in rows for column in columns if len(row.get(column) or "") > 4} - mapping.blank


@pytest.mark.parametrize("name", worked_names())
def test_what_is_fed_the_next_night_is_the_later(name: str) -> None:
    """Of the same rows, fed again with other words in them: the record is the same, and the second night's counts."""
    mapping = read_mapping(name)
    nights = [
        [
            row.record
            for row in RowReader(mapping.topic, mapping, READ_AT + night, 1000).rows(sample(name))
            if isinstance(row.record, Snapshot)
        ]
        for night in range(2)
    ]
    for first, second in zip(*nights, strict=True):
        assert identity(first) == identity(second)
        assert version(first) < version(second)


@pytest.mark.parametrize("name", mapping_names())
def test_people_are_pseudonyms_by_a_key(name: str) -> None:
    """Wherever a shipped mapping takes a person out of a column of names or numbers."""
    for field in PEOPLE:
        sources = read_mapping(name).fields.get(field, ())
        for source in sources if isinstance(sources, tuple) else (sources,):
            assert isinstance(source, FieldSource)
            assert source.pseudonym is not None


@pytest.mark.parametrize("name", mapping_names())
def test_what_a_mapping_never_states_stands_in_it_for_the_policy(name: str) -> None:
    """Every field that may be empty and that no line of it names; a policy takes it as it stands."""
    mapping = read_mapping(name)
    if mapping.topic not in POSSIBLE_FEEDS:
        return
    unstated = [field for field in fields_counted(mapping.topic) if field not in mapped_fields(mapping)]
    assert stated_lacks(name) == {mapping.topic: unstated}
    text = f'version = "v"\n[lacks]\n"{mapping.topic}" = {json.dumps(unstated)}\n'
    assert PolicyBook.from_toml(text).at(0).lacked("ANY", mapping.topic) >= set(unstated)


@pytest.mark.parametrize("name", mapping_names())
def test_each_mapping_has_a_row_in_the_index(name: str) -> None:
    """With its topic, and its sample where it has one."""
    row = index_row(name)
    assert row["topic"] == read_mapping(name).topic
    assert not row["sample"] or sample(name).exists()


# -- code tables ---------------------------------------------------------------------------------------------------


def coded(table: str, name: str) -> str | None:
    """Return what a code table says of a name."""
    return next(
        (
            code
            for pattern, code in tomllib.loads((MAPPINGS / table).read_text())["patterns"].items()
            if re.search(pattern, name)
        ),
        None,
    )


def test_every_national_incident_category_has_a_code() -> None:
    """One each, however its name is written, and of administration and transport one that is no report."""
    names = listed(CATEGORIES)
    codes = [coded("nsir-categories.toml", name) for name in names]
    assert None not in codes
    assert {code for code, times in Counter(codes).items() if times > 1} == {"ABSCONDER-WANTED"}
    assert codes == [coded("nsir-categories.toml", name.upper()) for name in names]
    policy = BUILT_IN.at(0)
    is_report = dict(zip(names, (not policy.no_report_codes.holds(code) for code in codes), strict=True))
    assert [name for name, report in is_report.items() if not report] == [*names[:5], *names[-9:]]


def test_every_qualifier_has_a_code() -> None:
    """One each; those of people at risk are known to the policy."""
    codes = [coded("nsir-qualifiers.toml", name) for name in listed(QUALIFIERS)]
    assert None not in codes
    assert len(set(codes)) == len(codes)


def test_each_home_office_code_has_the_class_of_the_offence_list() -> None:
    """One of those that it may be recorded under: the table is as good as the list it was made from."""
    field = FieldSource(column="Code", values_file="home-office-codes.toml", otherwise="OTHER")
    table = tomllib.loads((MAPPINGS / "home-office-codes.toml").read_text())
    codes = FieldSource(column=field.column, values=table["values"], prefixes=table["prefixes"]).codes
    assert codes is not None
    for code in offence_list().codes:
        classes = {name for entry in offence_list().find(code) for name in entry.offence_classes}
        if classes:
            assert codes.meaning(code) in classes, code
    for category, entries in offence_list().categories.items():
        if entries[0].offence_classes:
            assert codes.meaning(category) in entries[0].offence_classes, category


# -- two systems ---------------------------------------------------------------------------------------------------


def alerts(folder: Path, until: str, *names: str) -> list[dict[str, str]]:
    """Return the alerts that stand, judged by the samples of several mappings."""
    paths, options = [], ["--until", until, "--out", str(folder / "alerts.jsonl")]
    for name in names:
        path = folder / f"{read_mapping(name).topic}.csv"
        path.write_text(sample(name).read_text())
        paths.append(str(path))
        options += ["--mapping", name]
    assert main(["backtest", *paths, *options]) == 0
    raised = [json.loads(line) for line in (folder / "alerts.jsonl").read_text().splitlines()]
    return [alert for alert in raised if alert["status"] != "WITHDRAWN"]


def statuses(raised: list[dict[str, str]], rule: str) -> dict[str, str]:
    """Return the status of a rule's alerts by their subject."""
    return {alert["subject_ref"]: alert["status"] for alert in raised if alert["rule_id"] == rule}


def test_logs_and_crimes_of_one_force_are_judged_together(tmp_path: Path) -> None:
    """Two crimes of logs are not recorded, one is late; a death is not; cancellations rest on nothing stated.

    An export of last states shows a crime from its last state on, so a log that cites it before is late to be right.
    """
    raised = alerts(tmp_path, "2026-06-01T00:00:00Z", "cad-logs", "niche-crimes", "niche-cancellations")
    assert statuses(raised, "crime-not-recorded") == dict.fromkeys(("20260511-0008", "20260511-0011"), "BREACHED")
    assert statuses(raised, "crime-reference-unknown") == {"20260511-0001": "CLEARED"}
    assert statuses(raised, "death-not-recorded") == {"20260511-0010": "BREACHED"}
    assert statuses(raised, "no-crime-unauthorised") == dict.fromkeys(("26000040121", "26000040122"), "BREACHED")
    assert statuses(raised, "offence-code-contradicts-class") == {}
    assert statuses(raised, "crime-recorded-late") == {"26000040119": "CLEARED"}
    assert "20260511-0005" in statuses(raised, "vulnerable-closed-unassessed")


def test_dallas_reports_that_came_late_are_found(tmp_path: Path) -> None:
    """One was written 51 hours after its call, all others within the day."""
    raised = alerts(tmp_path, "2016-06-01T00:00:00Z", "dallas-calls", "dallas-reports")
    assert statuses(raised, "crime-not-recorded") == {"16-0100044": "CLEARED"}


def test_seattle_calls_without_a_report_are_found(tmp_path: Path) -> None:
    """A theft, a burglary and an assault have theirs, the shoplifting's came after two days."""
    raised = alerts(tmp_path, "2015-08-01T00:00:00Z", "seattle-calls", "seattle-reports")
    assert statuses(raised, "crime-not-recorded") == {"2015246008": "CLEARED"}


def test_a_conway_call_that_gets_its_number_later_has_its_case(tmp_path: Path) -> None:
    """The list shows it twice, first without; the later row counts."""
    raised = alerts(tmp_path, "2021-10-01T00:00:00Z", "conway-calls", "conway-cases")
    assert statuses(raised, "crime-not-recorded") == {}
    assert statuses(raised, "crime-reference-unknown") == {}


@pytest.mark.parametrize("name", worked_names())
def test_a_mapping_is_copied_without_its_code_tables(tmp_path: Path, name: str) -> None:
    """Those of the package are found by their names; one beside the copy comes first."""
    copy = tmp_path / f"{name}.toml"
    copy.write_bytes((MAPPINGS / f"{name}.toml").read_bytes())
    assert read_mapping(str(copy)) == read_mapping(name)
    for table in set(re.findall(r'values_file = "(.*?)"', copy.read_text())):
        (tmp_path / table).write_text('values = { ours = "THEFT" }')
        assert read_mapping(str(copy)) != read_mapping(name)
        (tmp_path / table).unlink()
