"""no-crime-victim-uninformed: the victim is told before CIS shows the crime gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import crime, ms, no_crime, run

RULE = "no-crime-victim-uninformed"
GONE_AT = "2016-03-10 11:00"


def cancelled(
    until: str, status: str = "CANCELLED", decided_at: str = "2016-03-10 10:00", **decision: Any
) -> str | None:
    """Judge a crime recorded at nine, decided on at ten and gone at eleven."""
    return run(
        crime("2016-03-10 09:00"),
        no_crime("2016-03-10 10:00", decided_at=decided_at, **decision),
        crime(GONE_AT, recorded_at="2016-03-10 09:00", status=status),
        until=until,
    ).status(RULE)


def test_it_is_breached_one_millisecond_after_the_crime_is_gone() -> None:
    """At the moment CIS shows the crime gone telling the victim would still be in time."""
    assert cancelled("2016-03-10 11:00") is None
    assert cancelled("2016-03-10 11:00:00.001") == "BREACHED"


@pytest.mark.parametrize(
    ("informed_at", "status"),
    [
        ("2016-03-10 08:00", None),
        ("2016-03-10 10:59:59.999", None),
        ("2016-03-10 11:00", None),
        ("2016-03-10 11:00:00.001", "CLEARED REMEDIED"),
    ],
)
def test_the_victim_is_told_by_the_moment_the_crime_is_gone(informed_at: str, status: str | None) -> None:
    """One millisecond later is too late, and stays on the record."""
    assert cancelled("2016-03-11", victim_informed_at=informed_at) == status


def test_a_decision_after_the_fact_is_due_when_it_is_taken() -> None:
    """Where CIS shows the crime gone before it is decided on, decided_at is the later of the two."""
    at_noon = "2016-03-10 12:00"
    assert cancelled("2016-03-10 12:00", decided_at=at_noon) is None
    assert cancelled("2016-03-10 12:00:00.001", decided_at=at_noon) == "BREACHED"
    assert cancelled("2016-03-11", decided_at=at_noon, victim_informed_at=at_noon) is None


@pytest.mark.parametrize("reason", ["NO_CRIME", "C1", "C2", "C5"])
def test_a_victim_is_told_where_the_crime_is_taken_from_them(reason: str) -> None:
    """No-crimes, transfers, cancellations on information and for self-defence all have a victim to tell."""
    assert cancelled("2016-03-11", reason=reason) == "BREACHED"


@pytest.mark.parametrize("reason", ["C3", "C4"])
def test_a_duplicate_or_an_error_takes_no_crime_from_a_victim(reason: str) -> None:
    """Of these the counting rules ask no notification."""
    assert cancelled("2016-03-11", reason=reason) is None


def test_a_transferred_crime_is_gone_as_well() -> None:
    """C1 is shown as TRANSFERRED rather than CANCELLED."""
    assert cancelled("2016-03-11", status="TRANSFERRED", reason="C1") == "BREACHED"


def test_nothing_is_due_while_the_crime_stands() -> None:
    """A decision alone has not taken the crime from the count."""
    outcome = run(crime("2016-03-10 09:00"), no_crime("2016-03-10 10:00"), until="2016-04-10")
    assert outcome.status(RULE) is None


def test_only_telling_the_victim_meets_it() -> None:
    """Neither a newer decision nor recording the crime again tells the victim anything."""
    recorded = "2016-03-10 09:00"
    outcome = run(
        crime(recorded),
        no_crime("2016-03-10 10:00"),
        crime(GONE_AT, recorded_at=recorded, status="CANCELLED"),
        no_crime("2016-03-10 12:00", reason="C3", duplicate_of="C-2"),
        crime("2016-03-10 13:00", recorded_at=recorded),
        crime("2016-03-10 14:00", recorded_at=recorded, status="CANCELLED"),
        until="2016-03-12",
    )
    (change,) = outcome.history(RULE)
    assert (change.status, change.due_at) == ("BREACHED", ms(GONE_AT))


def test_each_decision_has_an_alert_of_its_own() -> None:
    """They are told apart by decided_at, and each shows its own class and lateness."""
    outcome = run(
        crime("2016-03-10 09:00", offence_class="RAPE"),
        no_crime("2016-03-10 10:00", offence_class="RAPE"),
        no_crime("2016-03-10 10:30", offence_class="SEXUAL", victim_informed_at="2016-03-10 11:05"),
        crime(GONE_AT, recorded_at="2016-03-10 09:00", status="CANCELLED", offence_class="RAPE"),
        until="2016-03-11",
    )
    first = outcome.alert(RULE, "2016-03-10T10:00:00.000Z")
    second = outcome.alert(RULE, "2016-03-10T10:30:00.000Z")
    assert first is not None
    assert second is not None
    assert (first.status, first.severity, first.offence_class) == ("BREACHED", "HIGH", "RAPE")
    assert (second.status, second.lateness_ms, second.offence_class) == ("CLEARED", 5 * 60_000, "SEXUAL")


def test_a_decision_corrected_to_a_duplicate_is_withdrawn() -> None:
    """What is out of scope now is not a breach."""
    outcome = run(
        crime("2016-03-10 09:00"),
        no_crime("2016-03-10 10:00"),
        crime(GONE_AT, recorded_at="2016-03-10 09:00", status="CANCELLED"),
        no_crime("2016-03-10 12:00", decided_at="2016-03-10 10:00", reason="C4"),
        until="2016-03-11",
    )
    assert outcome.status(RULE) == "WITHDRAWN CORRECTED"
