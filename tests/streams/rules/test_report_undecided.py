"""report-undecided: nobody has decided whether a report discloses a crime, and the limit has passed."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Snapshot
from tests.streams.world import HOUR, Outcome, asb_report, crime, incident, ms, policy, run

RULE = "report-undecided"
NOON = "2016-03-10 12:00"
UNTIL = "2016-03-20"
DUE = ms(NOON) + 24 * HOUR


def lateness(outcome: Outcome) -> int | None:
    """Return the lateness of the one alert."""
    alert = outcome.alert(RULE)
    assert alert is not None
    return alert.lateness_ms


@pytest.mark.parametrize(
    ("report", "system"), [(incident(NOON), "STORM"), (asb_report(NOON), "SENTINEL")], ids=["incident", "asb"]
)
def test_a_report_nobody_decides_is_breached_past_the_limit_without_warning(report: Snapshot, system: str) -> None:
    """No alert up to the due moment, one a millisecond later; nobody is warned before."""
    assert run(report, until=DUE).history(RULE) == []
    outcome = run(report, until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-11T12:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.severity, alert.due_at) == (system, "MEDIUM", DUE)


@pytest.mark.parametrize(("reported_at", "limit"), [("2015-03-31 22:59:59.999", 72), ("2015-03-31 23:00", 24)])
def test_the_limit_is_the_recording_limit_of_its_day(reported_at: str, limit: int) -> None:
    """72 hours before 2015-04-01 in London, 24 from then."""
    due_at = ms(reported_at) + limit * HOUR
    assert run(incident(reported_at), until=due_at).history(RULE) == []
    assert run(incident(reported_at), until=due_at + 1).status(RULE) == "BREACHED"


def test_a_report_decided_in_its_first_snapshot_is_out_of_it() -> None:
    """Even where the decision is taken back later."""
    later = incident("2016-03-10 13:00", reported_at=NOON)
    assert run(incident(NOON, crimes_expected=0), later, until=UNTIL).history(RULE) == []


@pytest.mark.parametrize(
    ("opening", "closing", "raised"),
    [
        ("ADMIN-TEST", None, False),
        ("Test / training", None, False),
        ("RTC", None, False),
        ("VIOLENCE", None, True),
        ("VIOLENCE", "LOST-PROPERTY", False),
        ("RTC", "VIOLENCE", True),
    ],
)
def test_codes_that_are_no_reports_of_crime_are_out_of_it(opening: str, closing: str | None, raised: bool) -> None:
    """Tests, administration, transport, by the policy's list; the closing code, once given, is what it was."""
    outcome = run(incident(NOON, opening_code=opening, closing_code=closing), until=UNTIL)
    assert (outcome.status(RULE) == "BREACHED") is raised


def test_an_incident_moved_to_an_administrative_code_is_withdrawn() -> None:
    """Out of scope: corrected."""
    later = incident("2016-03-12 12:00", reported_at=NOON, closing_code="LOST-PROPERTY")
    assert run(incident(NOON), later, until=UNTIL).status(RULE) == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize(
    ("offset", "expected"), [(-1, None), (0, None), (1, "CLEARED REMEDIED"), (5 * HOUR, "CLEARED REMEDIED")]
)
@pytest.mark.parametrize("decided", [0, 1])
def test_any_number_decides_it_at_its_snapshots_event_time(decided: int, offset: int, expected: str | None) -> None:
    """None is an answer too; decided at the due moment is in time."""
    outcome = run(incident(NOON), incident(DUE + offset, reported_at=NOON, crimes_expected=decided), until=UNTIL)
    assert outcome.status(RULE) == expected
    if expected:
        assert lateness(outcome) == offset


def test_a_decision_once_taken_stays_taken() -> None:
    """A later snapshot without the number does not make it undecided again."""
    outcome = run(
        incident(NOON),
        incident("2016-03-10 13:00", reported_at=NOON, crimes_expected=0),
        incident("2016-03-10 14:00", reported_at=NOON),
        until=UNTIL,
    )
    assert outcome.history(RULE) == []


def test_a_counting_crime_decides_it() -> None:
    """Whoever records a crime has decided; met at its recorded_at."""
    late = crime(DUE + 2 * HOUR, incident_refs=("I-1",))
    outcome = run(incident(NOON), late, until=UNTIL)
    assert (outcome.status(RULE), lateness(outcome)) == ("CLEARED RECORDED_LATE", 2 * HOUR)
    assert run(incident(NOON), crime(DUE, incident_refs=("I-1",)), until=UNTIL).history(RULE) == []


def test_a_crime_recorded_late_does_not_undo_a_decision_in_time() -> None:
    """Whatever came first decided it: that the crime was late is for crime-not-recorded to say."""
    decided = incident("2016-03-10 13:00", reported_at=NOON, crimes_expected=1)
    assert run(incident(NOON), decided, crime(DUE + HOUR, incident_refs=("I-1",)), until=UNTIL).history(RULE) == []


def test_a_valid_disposition_decides_it_and_an_invalid_one_does_not() -> None:
    """Rationale and the reporter told, or it is no answer."""
    stated = {"reported_at": NOON, "disposition": "NOT_A_CRIME", "disposition_rationale": "x"}
    valid = incident(DUE + HOUR, **stated, reporter_informed=True)
    assert run(incident(NOON), valid, until=UNTIL).status(RULE) == "CLEARED DISPOSED_LATE"
    assert run(incident(NOON), incident(DUE - HOUR, **stated), until=UNTIL).status(RULE) == "BREACHED"


def test_a_valid_decision_decides_an_asb_report() -> None:
    """As the disposition does an incident."""
    stated: dict[str, Any] = {
        "reported_at": NOON,
        "decision": "NOT_A_CRIME",
        "decision_rationale": "x",
        "reporter_informed": True,
    }
    assert run(asb_report(NOON), asb_report(DUE, **stated), until=UNTIL).history(RULE) == []


def test_the_list_of_codes_is_policy() -> None:
    """A force may call other codes no report."""
    book = policy('[rules]\nno_report_codes = ["VIOLENCE"]')
    assert run(incident(NOON), until=UNTIL, book=book).history(RULE) == []


def test_delayed_recording_does_not_move_the_decision() -> None:
    """DELAYED moves the due moment of the recording rules only."""
    delayed = incident(
        "2016-03-10 13:00", reported_at=NOON, disposition="DELAYED", disposition_rationale="x", fcr_oversight=True
    )
    assert run(incident(NOON), delayed, until=UNTIL).course(RULE) == ["2016-03-11T12:00:00.001Z BREACHED"]
