"""victim-support-not-referred: whoever consents is referred to Victim Support within two days."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Crime
from tests.streams.world import crime, run

RULE = "victim-support-not-referred"
RECORDED = "2016-03-10 09:00"


def later(event_time: str, **stated: Any) -> Crime:
    """Return a later snapshot of the crime."""
    return crime(event_time, recorded_at=RECORDED, **stated)


def test_with_consent_from_the_start_two_days_run_from_the_recording() -> None:
    """One millisecond past them is late."""
    snapshot = crime(RECORDED, victim_consents_support=True)
    assert run(snapshot, until="2016-03-12 09:00").status(RULE) is None
    assert run(snapshot, until="2016-03-12 09:00:00.001").status(RULE) == "BREACHED"


def test_with_later_consent_two_days_run_from_the_snapshot_that_gives_it() -> None:
    """Nobody can refer a victim who has not been asked yet."""
    snapshots = [crime(RECORDED), later("2016-03-11 10:00", victim_consents_support=True)]
    assert run(*snapshots, until="2016-03-13 10:00").status(RULE) is None
    assert run(*snapshots, until="2016-03-13 10:00:00.001").status(RULE) == "BREACHED"


def test_a_record_saved_before_its_stated_recording_counts_from_the_recording() -> None:
    """The later of the two starts the two days."""
    snapshot = crime("2016-03-10 08:00", recorded_at=RECORDED, victim_consents_support=True)
    assert run(snapshot, until="2016-03-12 09:00").status(RULE) is None
    assert run(snapshot, until="2016-03-12 09:00:00.001").status(RULE) == "BREACHED"


@pytest.mark.parametrize(
    ("referred_at", "status"),
    [
        ("2016-03-10 09:10", "WITHDRAWN MET_IN_TIME"),
        ("2016-03-12 09:00", "WITHDRAWN MET_IN_TIME"),
        ("2016-03-12 09:00:00.001", "CLEARED REMEDIED"),
    ],
)
def test_the_time_of_the_referral_says_whether_it_was_in_time(referred_at: str, status: str) -> None:
    """Not when it was saved."""
    outcome = run(
        crime(RECORDED, victim_consents_support=True),
        later("2016-03-14", victim_consents_support=True, victim_support_referred_at=referred_at),
        until="2016-03-14",
    )
    assert outcome.status(RULE) == status


@pytest.mark.parametrize("consents", [None, False])
def test_without_consent_nobody_is_referred(consents: bool | None) -> None:
    """Not asked and declined come to the same."""
    assert run(crime(RECORDED, victim_consents_support=consents), until="2016-06-01").status(RULE) is None


def test_consent_given_again_starts_anew() -> None:
    """The snapshot since which it is given counts; while withdrawn there is nothing to do."""
    snapshots = [
        crime(RECORDED, victim_consents_support=True),
        later("2016-03-13 09:00", victim_consents_support=False),
        later("2016-03-14 09:00", victim_consents_support=True),
        later("2016-03-15 09:00", victim_consents_support=True, beat="B2"),
    ]
    assert run(*snapshots, until="2016-03-13 08:00").status(RULE) == "BREACHED"
    assert run(*snapshots, until="2016-03-13 09:00").status(RULE) == "WITHDRAWN CORRECTED"
    assert run(*snapshots, until="2016-03-16 09:00").status(RULE) == "WITHDRAWN CORRECTED"
    assert run(*snapshots, until="2016-03-16 09:00:00.001").status(RULE) == "BREACHED"


@pytest.mark.parametrize(
    "stated",
    [{"status": "CANCELLED"}, {"offence_code": "N100/01"}, {"offence_code": "N200/01"}, {"offence_code": "300/01"}],
)
def test_what_is_no_recorded_crime_is_not_looked_at(stated: dict[str, str]) -> None:
    """Rules about a crime look at records RECORDED now and not coded N100, N200 or N300."""
    assert run(crime(RECORDED, victim_consents_support=True, **stated), until="2016-06-01").status(RULE) is None
