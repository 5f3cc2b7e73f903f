"""rape-not-recorded: a report of rape has no crime record of rape, nor N100, within the hour."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import HOUR, MINUTE, crime, incident, ms, no_crime, run

RULE = "rape-not-recorded"
NOON = "2016-03-10 12:00"
DUE = ms(NOON) + HOUR
UNTIL = "2016-03-20"
RAPE: dict[str, Any] = {"offence_class": "RAPE"}
LINKED: dict[str, Any] = {"incident_refs": ("I-1",)}
N100: dict[str, Any] = {"disposition": "N100", "n100_code": "N100/01"}
TOLD: dict[str, Any] = {"disposition_rationale": "x", "reporter_informed": True}


def report(*later: dict[str, Any], at: str = NOON) -> list[Any]:
    """Return a report of rape, and what is said of it in the minutes after."""
    snapshots = [
        incident(ms(at) + i * MINUTE, reported_at=at, **RAPE, **fields) for i, fields in enumerate(later, start=1)
    ]
    return [incident(at, **RAPE), *snapshots]


def test_a_rape_nobody_records_is_breached_past_the_hour_without_warning() -> None:
    """Nothing at the due moment, critical a millisecond later."""
    assert run(*report(), until=DUE).history(RULE) == []
    outcome = run(*report(), until=UNTIL)
    assert outcome.course(RULE) == ["2016-03-10T13:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.offence_class, alert.due_at) == ("CRITICAL", "RAPE", DUE)


@pytest.mark.parametrize("offence_class", [None, "SEXUAL", "VIOLENCE"])
def test_other_reports_are_out_of_it(offence_class: str | None) -> None:
    """Only RAPE."""
    assert run(incident(NOON, crimes_expected=1, offence_class=offence_class), until=UNTIL).history(RULE) == []


def test_a_report_that_was_ever_of_rape_stays_in_it() -> None:
    """Reclassified afterwards: any snapshot so far counts."""
    later = incident("2016-03-10 12:30", reported_at=NOON, offence_class="VIOLENCE")
    assert run(*report(), later, until=UNTIL).status(RULE) == "BREACHED"


def test_it_counts_from_the_report_even_if_rape_is_said_only_later() -> None:
    """Two hours after the report it is late at once."""
    later = incident("2016-03-10 14:00", reported_at=NOON, **RAPE)
    assert run(incident(NOON), later, until=UNTIL).course(RULE) == ["2016-03-10T14:00:00.000Z BREACHED"]


@pytest.mark.parametrize(("offset", "expected"), [(-1, None), (0, None), (1, "CLEARED RECORDED_LATE")])
def test_a_crime_of_rape_recorded_within_the_hour_meets_it(offset: int, expected: str | None) -> None:
    """To the millisecond."""
    outcome = run(*report(), crime(ms(NOON) + MINUTE, recorded_at=DUE + offset, **RAPE, **LINKED), until=UNTIL)
    assert outcome.status(RULE) == expected


def test_a_crime_of_another_class_does_not_meet_it() -> None:
    """Recorded, but not as rape; put right when the class is."""
    wrong = crime(ms(NOON) + MINUTE, offence_class="SEXUAL", **LINKED)
    assert run(*report(), wrong, until=UNTIL).status(RULE) == "BREACHED"
    right = crime(DUE + HOUR, recorded_at=wrong.recorded_at, **RAPE, **LINKED)
    assert run(*report(), wrong, right, until=UNTIL).status(RULE) == "WITHDRAWN MET_IN_TIME"


def test_the_earliest_crime_of_rape_counts() -> None:
    """Another class recorded earlier, and another rape later, do not matter."""
    outcome = run(
        *report(),
        crime(ms(NOON) + MINUTE, "C-1", offence_class="VIOLENCE", **LINKED),
        crime(DUE + HOUR, "C-2", **RAPE, **LINKED),
        crime(DUE + 2 * HOUR, "C-3", **RAPE, **LINKED),
        until=UNTIL,
    )
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.reason, alert.lateness_ms) == ("RECORDED_LATE", HOUR)


@pytest.mark.parametrize(
    ("at", "stated", "answered"),
    [
        (NOON, N100, True),
        (NOON, {"disposition": "N100"}, False),
        (NOON, {"disposition": "N100", "n100_code": " "}, False),
        ("2015-03-31 22:59:59.999", N100, False),
        ("2015-03-31 23:00", N100, True),
        (NOON, {**TOLD, "disposition": "NOT_A_CRIME"}, False),
        (NOON, {"disposition": "EXEMPT", "disposition_rationale": "x", "fcr_oversight": True}, False),
        (NOON, {"disposition": "TRANSFERRED", "other_force_crime_ref": "N/1"}, False),
        (NOON, {**TOLD, "disposition": "CRIME_RELATED_INCIDENT"}, False),
        (NOON, {"disposition": "DELAYED", "disposition_rationale": "x", "fcr_oversight": True}, False),
    ],
)
def test_of_the_dispositions_only_n100_with_its_code_meets_it(at: str, stated: dict[str, Any], answered: bool) -> None:
    """For reports from 2015-04-01 in London; nothing else a control room may write stands for the record."""
    assert (run(*report(stated, at=at), until=UNTIL).history(RULE) == []) is answered


def test_n100_is_no_answer_once_the_incident_is_no_longer_of_rape() -> None:
    """RAPE only: the disposition stands beside another class."""
    snapshot = incident("2016-03-10 12:01", reported_at=NOON, **N100, offence_class="SEXUAL")
    assert run(*report(), snapshot, until=UNTIL).status(RULE) == "BREACHED"


def test_n100_entered_late_is_disposed_late_by_its_snapshot() -> None:
    """The event_time of the snapshot since which it is valid."""
    entered_late = incident(DUE + MINUTE, reported_at=NOON, **N100, **RAPE)
    alert = run(*report(), entered_late, until=UNTIL).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "DISPOSED_LATE", MINUTE)


@pytest.mark.parametrize(
    ("at", "stated", "expected"),
    [
        (NOON, {}, None),
        (NOON, {"status": "CANCELLED"}, "BREACHED"),
        ("2015-03-31 22:59:59.999", {}, "BREACHED"),
        ("2015-03-31 23:00", {}, None),
    ],
)
def test_a_linked_record_under_n100_meets_it_within_the_same_limits(
    at: str, stated: dict[str, Any], expected: str | None
) -> None:
    """RECORDED, for a report from 2015-04-01."""
    record = crime(ms(at) + MINUTE, offence_code="N100/01", **RAPE, **LINKED, **stated)
    assert run(*report(at=at), record, until=UNTIL).status(RULE) == expected


def test_a_linked_record_under_n100_meets_nothing_once_the_incident_is_no_longer_of_rape() -> None:
    """RAPE now is one of the limits."""
    later = incident("2016-03-10 12:02", reported_at=NOON, offence_class="SEXUAL")
    record = crime("2016-03-10 12:01", offence_code="N100/01", **RAPE, **LINKED)
    assert run(*report(), later, record, until=UNTIL).status(RULE) == "BREACHED"


@pytest.mark.parametrize(("offset", "expected"), [(0, None), (1, "CLEARED DISPOSED_LATE")])
def test_a_record_under_n100_counts_from_its_recorded_at(offset: int, expected: str | None) -> None:
    """As first stated, to the millisecond."""
    record = crime(ms(NOON) + MINUTE, recorded_at=DUE + offset, offence_code="N100/01", **RAPE, **LINKED)
    assert run(*report(), record, until=UNTIL).status(RULE) == expected


@pytest.mark.parametrize(("other_is", "expected"), [(None, None), ("DUPLICATE", "BREACHED")])
def test_a_valid_duplicate_meets_it(other_is: str | None, expected: str | None) -> None:
    """Of another incident that STORM holds and that is not itself a duplicate."""
    other = incident("2016-03-10 11:00", "I-2", disposition=other_is, duplicate_of="I-3")
    outcome = run(other, *report({"disposition": "DUPLICATE", "duplicate_of": "i/2"}), until=UNTIL)
    assert outcome.status(RULE, ref="I-1") == expected


def test_a_rape_no_crimed_by_a_sergeant_stands_unrecorded_again() -> None:
    """The decision was not the registrar's: the cancelled record does not count."""
    outcome = run(
        *report(),
        crime("2016-03-10 12:30", **RAPE, **LINKED),
        crime("2016-03-11 12:00", status="CANCELLED", **RAPE, **LINKED),
        no_crime("2016-03-11 12:00", decided_by_role="SERGEANT", **RAPE),
        until=UNTIL,
    )
    assert outcome.course(RULE) == ["2016-03-11T12:00:00.000Z BREACHED"]
