"""The month is what it says: volumes, hidden crimes, late recordings, empty fields, and the truth beside it."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from deploy.demo.month_view import figure_text, month_table, queue_text
from deploy.demo.programmes import TYPICAL_FORCE
from deploy.files.backtest import run_monitors
from deploy.scenario.month import Month, month, shares, write
from deploy.scenario.month.lacking import LACKING
from deploy.scenario.month.truth import read_truth
from schemas.identifiers import normalise
from schemas.records import POSSIBLE_FEEDS, RECORD_BY_TOPIC, Crime, Incident
from streams.policy import PolicyBook
from streams.policy.calendar import DAY, local_date
from streams.reports.figure import ALWAYS
from streams.reports.figures import figures

DAYS = 30


@pytest.fixture(scope="module")
def records() -> Month:
    """Make the month once."""
    return month()


def newest_of(records: Month, kind: type) -> dict[str, object]:
    """Return the newest snapshot of each record of a kind, by reference."""
    (identity,) = kind.IDENTITY  # type: ignore[attr-defined]
    return {getattr(snapshot, identity): snapshot for snapshot in records.snapshots if type(snapshot) is kind}


def test_the_same_seed_makes_the_same_month(tmp_path: Path) -> None:
    """Another seed makes another; files and truth alike."""
    for name, seed in (("once", 1), ("again", 1), ("other", 2)):
        write(tmp_path / name, month(2, seed=seed))
    for file in (tmp_path / "once").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
    assert (tmp_path / "once" / "truth.csv").read_bytes() != (tmp_path / "other" / "truth.csv").read_bytes()


def test_every_day_has_the_published_volumes(records: Month) -> None:
    """712 incidents a day, and 255 crimes in each day's records."""
    incidents = newest_of(records, Incident).values()
    by_day = Counter(local_date(record.reported_at) for record in incidents if isinstance(record, Incident))
    assert sum(by_day.values()) == shares.INCIDENTS_A_DAY * DAYS
    assert len(newest_of(records, Crime)) == shares.CRIMES_A_DAY * DAYS


def test_as_many_crimes_are_hidden_and_late_as_published(records: Month) -> None:
    """376 hidden in logs of four kinds, 7 % of the crimes that logs disclose; 1,128 logs recorded late."""
    logs = [report for report in records.truth.reports if report.system in {"STORM", "SENTINEL"}]
    hidden = [report for report in logs if report.place is not None]
    assert Counter(report.place for report in hidden) == {"DOMESTIC": 150, "CONCERN": 102, "ASB": 83, "CIVIL": 41}
    assert len(hidden) == shares.HIDDEN_IN_LOGS
    assert len(hidden) / sum(report.crimes for report in logs) == pytest.approx(0.07, abs=0.003)
    assert sum(report.late for report in logs) == shares.LATE_RECORDINGS


def test_what_is_true_of_a_report_is_true_of_its_records(records: Month) -> None:
    """No crime names a hidden report; the first crime of a late one is recorded past the limit."""
    incidents = newest_of(records, Incident)
    crimes = [record for record in newest_of(records, Crime).values() if isinstance(record, Crime)]
    cited = {normalise(ref): crime for crime in crimes for ref in (*crime.incident_refs, *crime.asb_refs)}
    late = 0
    for report in records.truth.reports:
        if report.place is not None:
            assert normalise(report.ref) not in cited
        elif report.system == "STORM":
            assert report.ref in incidents
            crime = cited.get(normalise(report.ref))
            if crime is not None:
                assert (crime.recorded_at - report.reported_at > DAY) == report.late
                late += report.late
    assert late > 800


def test_fields_that_the_systems_lack_are_empty(records: Month) -> None:
    """In every snapshot; of a month from whole systems nearly all of them are stated somewhere."""
    stated: Counter[str] = Counter()
    empty = {
        topic: {field.name: field.default for field in msgspec.structs.fields(RECORD_BY_TOPIC[topic])}
        for topic in LACKING
    }
    for snapshot in records.snapshots:
        for name in LACKING.get(snapshot.TOPIC, ()):
            assert getattr(snapshot, name) == empty[snapshot.TOPIC][name]
    for snapshot in month(3, whole=True).snapshots:
        for name in LACKING.get(snapshot.TOPIC, ()):
            stated[name] += bool(getattr(snapshot, name))
    assert stated["crimes_expected"] > 500
    assert stated["victim_care_contract_at"] > 500


def test_the_truth_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A row a report, every field as it was."""
    records = month(3)
    write(tmp_path, records)
    assert read_truth(tmp_path) == records.truth


def test_every_number_of_the_month_names_its_source() -> None:
    """A share without one would pass for a fact."""
    lines = Path(shares.__file__).read_text(encoding="utf-8").splitlines()
    numbers = [line for line in lines if re.match(r"[A-Z_]+: Final = [\d_.]+", line) and "DAYS_COUNTED" not in line]
    assert len(numbers) > 20
    assert [line for line in numbers if not re.search(r"#.*\b(issue|HMIC|HMICFRS|NSIR|ours)\b", line)] == []


def test_the_kinds_of_logs_add_up() -> None:
    """To the day's volume, and to what is hidden in a month."""
    assert sum(kind.a_day for kind in shares.LOG_KINDS) == shares.INCIDENTS_A_DAY
    hidden = sum(sum(kind.hidden.values()) for kind in shares.LOG_KINDS) + shares.SENTINEL_HIDDEN
    assert hidden == shares.HIDDEN_IN_LOGS


def test_the_policy_of_a_typical_force_says_what_the_month_lacks() -> None:
    """No more, no less; and it names the tenth feed, protection reports."""
    policy = tomllib.loads(TYPICAL_FORCE.read_text(encoding="utf-8"))
    assert {topic: set(fields) for topic, fields in policy["lacks"].items()} == {
        topic: set(fields) for topic, fields in LACKING.items()
    }
    assert set(policy["installation"]["feeds"]) == set(POSSIBLE_FEEDS)
    assert PolicyBook.from_toml(TYPICAL_FORCE.read_text(encoding="utf-8")).lacks_anything


def test_the_month_shows_no_share_that_cannot_be_known(records: Month) -> None:
    """Between what the share of crimes recorded lies is said, and the truth is there."""
    book = PolicyBook.from_toml(TYPICAL_FORCE.read_text(encoding="utf-8"))
    monitor = run_monitors(records.snapshots, book, records.end + 7 * DAY, read_at=0)["LEICS"]
    (figure,) = (
        figure
        for figure in figures([monitor.context], ALWAYS)
        if figure.label == "Incidents: crimes recorded, of those identified"
    )
    logs = [report for report in records.truth.reports if report.system == "STORM"]
    share = sum(report.recorded for report in logs) / sum(report.crimes for report in logs)
    assert figure.interval() is None
    assert figure.bounds is not None
    assert figure.bounds.at_least <= share <= figure.bounds.at_most
    assert figure_text(figure).startswith("between ")
    monitor.drain()
    assert month_table([], monitor.reviews(), [monitor]).row_count > 6
    assert queue_text(monitor.reviews(), monitor.context).endswith("unrecorded crimes")
