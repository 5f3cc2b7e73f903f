"""The mappings that come with the package, each on a made-up row with its export's columns."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.files.mapping import read_mapping
from deploy.files.record_files import FileRefusedError
from deploy.files.row_reader import RowReader
from schemas.records import Assessment, AuditReading, Crime, Incident, ProtectionReport, Score, Snapshot
from schemas.times import from_rfc3339
from streams.facts.record import version
from tests.deploy.files.worked_mappings import mapping_names, worked_names

FOLDER = Path(__file__).parents[3] / "deploy" / "mappings"
LATER = 4_000_000_000_000

SF_REPORT = {
    "Row ID": "10203",
    "CAD Number": "183350000",
    "Incident Datetime": "2018/12/01 12:25:00 AM",
    "Report Datetime": "2018/12/01 01:28:00 PM",
    "Report Type Code": "II",
    "Report Type Description": "Initial",
    "Incident Code": "03074",
    "Incident Category": "Robbery",
    "Police District": "Park",
}
SF_CALL = {
    "crime_id": "183350000",
    "call_date_time": "2018-07-01T09:12:00.000",
    "crime_type": "Petty Theft",
    "disposition": "REP",
}
RENO = {
    "snapshot": "2011-10-06 11:08",
    "call_number": "112780000",
    "nature": "ROBBERY",
    "date_mmddyyyy": "10062011",
    "time_hhmmss": "003837",
    "agency": "RP",
    "report_number": "11000",
}
PROTECTION_REPORT = {
    "Force": "LEICS",
    "Last Updated": "10/07/2026 09:30",
    "Reference": "PPN/123",
    "Received": "10/07/2026 08:00",
    "Form": "DASH",
    "Agency": "Royal Infirmary",
    "Sector": "Public",
    "Reported By": "nurse",
    "Concerns": "Adult; Child",
    "Crimes": "",
    "Incidents": "INC/1; INC/2",
    "Location": "",
}
ASSESSMENT = {
    "force": "LEICS",
    "system": "STORM",
    "ref": "INC/1",
    "crimes": "0",
    "offence_class": "",
    "offence_code": "",
    "reason": "NO_OFFENCE",
    "rationale": "nothing was disclosed",
    "assessed_by": "DDM1",
    "assessed_role": "DDM",
    "assessed_at": "2026-07-10T09:30:00",
    "revoked": "",
}
READING = {
    "force": "LEICS",
    "audit_id": "LEICS-INCIDENTS-20260701-20260801-0123abcd",
    "system": "STORM",
    "ref": "INC/1",
    "reader": "SECOND",
    "read_by": "A2",
    "read_at": "10/07/2026 09:30",
    "crimes_found": "2",
    "offence_classes": "THEFT; VIOLENCE",
    "crimes_recorded": "1",
    "in_time": "1",
    "classified_right": "0",
    "victim_told": "true",
    "right": "",
    "cause": "ADMIN",
    "note": "",
}


SCORE = {
    "force": "LEICS",
    "system": "STORM",
    "ref": "I-1",
    "model": "gb-2026.1",
    "scored_at": "2026-05-01T12:00:00Z",
    "probability": "0.83",
    "reasons": "words of injury;two callers",
}


def read(tmp_path: Path, name: str, row: Mapping[str, str]) -> Snapshot | None:
    """Return what a mapping makes of one row; None where it skips it."""
    mapping = read_mapping(name)
    file = tmp_path / "export.csv"
    with file.open("w", newline="") as text:
        table = csv.DictWriter(text, [*row])
        table.writeheader()
        table.writerow(row)
    (only_row,) = RowReader(mapping.topic, mapping, LATER, 0).rows(file)
    assert only_row.refusal is None
    assert only_row.record is None or isinstance(only_row.record, Snapshot)
    return only_row.record


def test_a_san_francisco_report_is_a_crime(tmp_path: Path) -> None:
    """Joined to its call, at the time it was made, in winter eight hours behind UTC."""
    crime = read(tmp_path, "san-francisco-reports", SF_REPORT)
    assert isinstance(crime, Crime)
    assert (crime.crime_ref, crime.incident_refs, crime.offence_class) == ("10203", ("183350000",), "ROBBERY")
    assert crime.recorded_at == from_rfc3339("2018-12-01T21:28:00Z")
    assert crime.occurred_at == from_rfc3339("2018-12-01T08:25:00Z")


@pytest.mark.parametrize("changed", [{"Report Type Code": "IS"}, {"Incident Category": "Lost Property"}])
def test_a_san_francisco_supplement_is_no_first_report(tmp_path: Path, changed: dict[str, str]) -> None:
    """Nor is a report of something that is no crime."""
    assert read(tmp_path, "san-francisco-reports", SF_REPORT | changed) is None


@pytest.mark.parametrize(("disposition", "expected"), [("REP", 1), ("HAN", 0)])
def test_a_san_francisco_call_with_a_report_made_expects_a_crime(
    tmp_path: Path, disposition: str, expected: int
) -> None:
    """In summer seven hours behind UTC."""
    incident = read(tmp_path, "san-francisco-calls", SF_CALL | {"disposition": disposition})
    assert isinstance(incident, Incident)
    assert (incident.crimes_expected, incident.reported_at) == (expected, from_rfc3339("2018-07-01T16:12:00Z"))


@pytest.mark.parametrize(("report", "expected", "refs"), [("11000", 1, ("11000",)), ("", None, ())])
def test_a_reno_call_with_a_report_number_expects_a_crime(
    tmp_path: Path, report: str, expected: int | None, refs: tuple[str, ...]
) -> None:
    """Of one without nobody has decided."""
    incident = read(tmp_path, "reno-calls", RENO | {"report_number": report})
    assert isinstance(incident, Incident)
    assert (incident.crimes_expected, incident.crime_refs) == (expected, refs)
    assert incident.event_time == from_rfc3339("2011-10-06T18:08:00Z")
    assert incident.reported_at == from_rfc3339("2011-10-06T07:38:37Z")


def test_a_reno_report_is_a_crime(tmp_path: Path) -> None:
    """Joined to its call by the call's number."""
    crime = read(tmp_path, "reno-reports", RENO)
    assert isinstance(crime, Crime)
    assert (crime.crime_ref, crime.incident_refs, crime.offence_class) == ("11000", ("112780000",), "ROBBERY")


HALF_PAST_NINE = from_rfc3339("2026-07-10T08:30:00Z")
"""On London's clocks, in summer."""


CRIMES_OF_TODAY = """
topic = "cis.crimes.v1"
[fields]
event_id = { digest = [] }
force = { constant = "LEICS" }
source = { constant = "CIS" }
event_time = "Saved"
crime_ref = "Crime"
recorded_at = "Recorded"
offence_code = "Code"
offence_class = { column = "Offence", values = { Robbery = "ROBBERY", Theft = "THEFT" }, otherwise = "OTHER" }
status = { constant = "RECORDED" }
reported_at = "Reported"
route = { column = "Route", values = { Web = "ONLINE" }, otherwise = "OTHER" }
officer_in_case = "OIC"
reclassified_at = "Reclassified"
reclassified_role = { column = "By", values = { Registrar = "FCR" } }
reclassification_rationale = "Why"
fcr_oversight_at = "Seen"
outcome = "Outcome"
outcome_at = "Outcome On"
outcome_role = { column = "Outcome By", values = { "DI" = "DI" }, otherwise = "OTHER" }
outcome_rationale = "Outcome Why"
domestic_abuse = { column = "DA", values = { Y = "true", N = "false" } }
suspect_token = "Suspect"
flags = { column = "Flags", split = ";" }
"""


def test_every_field_of_a_crime_can_be_mapped(tmp_path: Path) -> None:
    """Those of the rules of 2026: times, roles in a force's own words, lists, and a yes or no."""
    (tmp_path / "crimes.toml").write_text(CRIMES_OF_TODAY)
    at = "2026-07-10T08:30:00Z"
    times = dict.fromkeys(("Saved", "Recorded", "Reported", "Reclassified", "Seen", "Outcome On"), at)
    words = {"Crime": "CR/1", "Code": "039/00", "Offence": "Theft", "Route": "Web", "OIC": "PC1", "By": "Registrar"}
    words |= {"Why": "no force", "Outcome": "15", "Outcome By": "DI", "Outcome Why": "no witness", "DA": "Y"}
    row = {**times, **words, "Suspect": "s-1", "Flags": "HATE; HIGH-RISK-DA"}
    crime = read(tmp_path, str(tmp_path / "crimes.toml"), row)
    assert isinstance(crime, Crime)
    assert crime.reported_at == crime.reclassified_at == crime.fcr_oversight_at == crime.outcome_at == HALF_PAST_NINE
    assert (crime.route, crime.officer_in_case, crime.reclassified_role) == ("ONLINE", "PC1", "FCR")
    assert (crime.reclassification_rationale, crime.outcome_rationale) == ("no force", "no witness")
    assert (crime.outcome, crime.outcome_role, crime.domestic_abuse) == ("15", "DI", True)
    assert (crime.suspect_token, crime.flags) == ("s-1", ("HATE", "HIGH-RISK-DA"))


def test_a_protection_report_s_form_says_its_kind(tmp_path: Path) -> None:
    """What nobody holds is not stated: neither no nor yes."""
    report = read(tmp_path, "protection-reports", PROTECTION_REPORT)
    assert isinstance(report, ProtectionReport)
    assert (report.report_ref, report.kind, report.agency_sector) == ("PPN/123", "DASH", "PUBLIC")
    assert (report.vulnerable, report.incident_refs) == (("ADULT", "CHILD"), ("INC/1", "INC/2"))
    assert (report.crimes_expected, report.reporter_informed, report.fcr_oversight) == (None, None, None)
    assert (report.event_time, report.received_at) == (HALF_PAST_NINE, HALF_PAST_NINE - 90 * 60_000)
    other = read(tmp_path, "protection-reports", PROTECTION_REPORT | {"Form": "Telephone"})
    assert isinstance(other, ProtectionReport)
    assert other.kind == "OTHER"


def test_the_example_of_protection_reports_is_read_whole(tmp_path: Path) -> None:
    """By the mapping that is shipped; and what stands there for systems that hold more is none of bad words."""
    example = FOLDER / "examples" / "ppn.reports.v1.csv"
    with example.open(newline="") as text:
        assert csv.DictReader(text).fieldnames == list(PROTECTION_REPORT)
    rows = list(RowReader("ppn.reports.v1", read_mapping("protection-reports"), LATER, 0).rows(example))
    assert [row.refusal for row in rows] == [None] * 5
    records = [row.record for row in rows if isinstance(row.record, ProtectionReport)]
    assert [record.kind for record in records] == ["DASH", "DASH", "MARAC", "SCHOOL", "OTHER"]
    assert (records[0].crime_refs, records[1].crime_refs) == ((), ("CR/0931/26",))
    more = (FOLDER / "protection-reports.toml").read_text().replace("\n# victim", "\nvictim")
    held = "occurred_at crimes_expected offence_class decision decision_rationale reporter_informed"
    for name in held.split():
        more = more.replace(f"\n# {name} =", f"\n{name} =")
    (tmp_path / "more.toml").write_text(more)
    stated = {"Person Id": "t-1", "Occurred": "", "Crimes Disclosed": "1", "Offence": "Assault", "Outcome": "No crime"}
    stated |= {"Outcome Reason": "seen by a doctor", "Agency Told": "Yes"}
    report = read(tmp_path, str(tmp_path / "more.toml"), PROTECTION_REPORT | stated)
    assert isinstance(report, ProtectionReport)
    assert (report.victim_token, report.crimes_expected, report.offence_class) == ("t-1", 1, "VIOLENCE")
    assert (report.decision, report.decision_rationale, report.reporter_informed) == (
        "NOT_A_CRIME", "seen by a doctor", True,
    )  # fmt: skip


def test_a_row_of_a_spreadsheet_is_a_person_s_assessment(tmp_path: Path) -> None:
    """Its time names it; a class that is left open is not stated."""
    assessment = read(tmp_path, "assessments", ASSESSMENT)
    assert isinstance(assessment, Assessment)
    assert (assessment.system, assessment.ref, assessment.crimes, assessment.revoked) == ("STORM", "INC/1", 0, False)
    assert (assessment.assessed_at, assessment.assessed_role) == (HALF_PAST_NINE, "DDM")
    assert assessment.offence_class is None


def test_a_row_of_a_reader_is_an_audit_reading(tmp_path: Path) -> None:
    """With the class of each crime that it found."""
    reading = read(tmp_path, "audit-readings", READING)
    assert isinstance(reading, AuditReading)
    assert (reading.crimes_found, reading.crimes_recorded, reading.in_time, reading.classified_right) == (2, 1, 1, 0)
    assert reading.offence_classes == ("THEFT", "VIOLENCE")
    assert (reading.reader, reading.victim_told, reading.right, reading.cause) == ("SECOND", True, None, "ADMIN")


@pytest.mark.parametrize(
    ("name", "row", "reference", "changed"),
    [
        ("protection-reports", PROTECTION_REPORT, "Reference", {"Agency": "School"}),
        ("assessments", ASSESSMENT, "ref", {"revoked": "true"}),
        ("audit-readings", READING, "ref", {"in_time": "0"}),
        ("san-francisco-calls", SF_CALL, "crime_id", {"disposition": "HAN"}),
        ("san-francisco-reports", SF_REPORT, "Row ID", {"Incident Category": "Burglary"}),
        ("reno-calls", RENO, "call_number", {"report_number": "11001"}),
        ("reno-reports", RENO, "report_number", {"nature": "BURGR"}),
    ],
)
def test_of_two_rows_of_one_moment_the_later_counts(
    tmp_path: Path, name: str, row: dict[str, str], reference: str, changed: dict[str, str]
) -> None:
    """For each of a thousand records: whatever their ids made of hashes are."""
    mapping = read_mapping(name)
    file = tmp_path / "export.csv"
    with file.open("w", newline="") as text:
        table = csv.DictWriter(text, [*row])
        table.writeheader()
        for state in ({}, changed):
            table.writerows(row | state | {reference: str(183350000 + number)} for number in range(1000))
    rows = [read.record for read in RowReader(mapping.topic, mapping, LATER, 0).rows(file)]
    snapshots = [record for record in rows if isinstance(record, Snapshot)]
    assert len(snapshots) == 2000
    assert all(version(former) < version(later) for former, later in zip(snapshots, snapshots[1000:], strict=False))


@pytest.mark.parametrize(
    ("name", "row", "reference", "changed"),
    [
        ("san-francisco-calls", SF_CALL, "crime_id", {"disposition": "HAN"}),
        ("san-francisco-reports", SF_REPORT, "Row ID", {"Incident Category": "Burglary"}),
    ],
)
def test_of_two_nights_exports_the_later_counts(
    tmp_path: Path, name: str, row: dict[str, str], reference: str, changed: dict[str, str]
) -> None:
    """An export of last states has one event_time for both."""
    mapping = read_mapping(name)
    file = tmp_path / "export.csv"
    nights: list[list[Snapshot]] = []
    for night, state in enumerate(({}, changed)):
        with file.open("w", newline="") as text:
            table = csv.DictWriter(text, [*row])
            table.writeheader()
            table.writerows(row | state | {reference: str(183350000 + number)} for number in range(20))
        rows = RowReader(mapping.topic, mapping, LATER + night, 0).rows(file)
        nights.append([read.record for read in rows if isinstance(read.record, Snapshot)])
    pairs = list(zip(*nights, strict=True))
    assert len(pairs) == 20
    assert all(former.event_time == later.event_time and version(former) < version(later) for former, later in pairs)


def test_a_score_of_a_model_is_read(tmp_path: Path) -> None:
    """Which report, which model, when, how probable, and why."""
    score = read(tmp_path, "scores", SCORE)
    assert isinstance(score, Score)
    assert (score.system, score.ref, score.model, score.probability) == ("STORM", "I-1", "gb-2026.1", 0.83)
    assert score.event_time == from_rfc3339("2026-05-01T12:00:00Z")
    assert score.reasons == ("words of injury", "two callers")


def mapped(tmp_path: Path, changed: str) -> Path:
    """Write a mapping of reports with one field read otherwise."""
    path = tmp_path / "mine.toml"
    lines = (FOLDER / "protection-reports.toml").read_text(encoding="utf-8").splitlines()
    name = changed.partition(" =")[0]
    path.write_text("\n".join(changed if line.startswith(f"{name} =") else line for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("cell", "agency"), [("", "none named"), ("Royal Infirmary", "hospital"), ("A school", "other")]
)
def test_a_mapping_may_say_what_a_blank_cell_means(tmp_path: Path, cell: str, agency: str) -> None:
    """So that an export without a column of its own for it can say that a log without an end is open."""
    values = 'values = { "" = "none named", "Royal Infirmary" = "hospital" }, otherwise = "other"'
    line = f'agency = {{ column = "Agency", {values} }}'
    record = read(tmp_path, str(mapped(tmp_path, line)), {**PROTECTION_REPORT, "Agency": cell})
    assert isinstance(record, ProtectionReport)
    assert record.agency == agency


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            'received_at = { column = "Received", time = "%d/%m/%Y", zone = "Europe/Londn" }',
            "fields.received_at: no time zone is called Europe/Londn",
        ),
        (
            'received_at = { column = "Received", tiem = "%d/%m/%Y" }',
            "fields.received_at: tiem: unknown (did you mean time?), the keys here are ",
        ),
        (
            'agency = { column = "Agency", otherwise = "OTHER" }',
            "fields.agency: otherwise without values; values = {} makes",
        ),
    ],
)
def test_a_fault_of_a_mapping_is_named_with_its_field(tmp_path: Path, line: str, fault: str) -> None:
    """One line names the field, of the many that a mapping has."""
    with pytest.raises(FileRefusedError) as caught:
        read_mapping(str(mapped(tmp_path, line)))
    assert str(caught.value).startswith(f"{tmp_path / 'mine.toml'}: not a mapping: {fault}")


@pytest.mark.parametrize(("closed", "status"), [("", "OPEN"), ("02/05/2026 09:30", "CLOSED")])
def test_the_mapping_in_the_readme_reads_a_log(tmp_path: Path, closed: str, status: str) -> None:
    """As it stands there: a British time, a blank end, a caller not stated."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    path = tmp_path / "logs.toml"
    path.write_text(text.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    row = dict.fromkeys(read_mapping(str(path)).columns(), "")
    row |= {"Log No": "LEI-1", "Last Saved": "02/05/2026 09:31", "Received": "01/05/2026 08:00", "How": "999"}
    row |= {"Opened As": "VIOLENCE", "Closed": closed, "Crime Nos": "N/A", "Told": "N"}
    record = read(tmp_path, str(path), row)
    assert isinstance(record, Incident)
    assert (record.status, record.channel, record.reporter) == (status, "PHONE", "OTHER")
    assert record.reported_at == from_rfc3339("2026-05-01T07:00:00Z")
    assert (record.crime_refs, record.reporter_informed) == ((), False)
    assert read(tmp_path, str(path), {**row, "Log No": "TEST-1"}) is None


def test_every_mapping_is_tried_here_or_by_its_sample() -> None:
    """A mapping nobody tries is a mapping nobody can trust."""
    tried = {"san-francisco-reports", "san-francisco-calls", "reno-calls", "reno-reports"}
    tried |= {"protection-reports", "assessments", "scores", "audit-readings"}
    assert set(mapping_names()) == tried.union(worked_names())
