"""Suggested crimes: what a probable link rests on, and when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.products import Candidate
from schemas.records import Crime, Incident, Snapshot
from streams.engine.changes import Changes
from streams.engine.monitor import Monitor
from tests.streams.world import BUILT_IN, FORCE, crime, incident, ms

REPORTED = "2016-03-10 09:00"
SAME: dict[str, Any] = {
    "victim_token": "v1",
    "beat": "B4",
    "location": "12 High Street, Oadby",
    "occurred_at": "2016-03-10 08:30",
}


def changes(*snapshots: Snapshot, until: str) -> Changes:
    """Run snapshots through a monitor and return all that changed."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, 0)
    monitor.advance(ms(until))
    return monitor.drain()


def suggested(*snapshots: Snapshot, until: str = "2016-03-11 10:00") -> list[Candidate]:
    """Return what is suggested in the end."""
    return [candidate for candidate in changes(*snapshots, until=until).candidates.values() if candidate is not None]


def report(**stated: Any) -> Incident:
    """Return a burglary reported that nobody recorded."""
    return incident(REPORTED, crimes_expected=1, offence_class="BURGLARY", **{**SAME, **stated})


def unlinked(ref: str = "C-1", **stated: Any) -> Crime:
    """Return a burglary recorded that same morning, linked to nothing."""
    return crime("2016-03-10 11:00", ref, offence_class="BURGLARY", **{**SAME, **stated})


def test_the_crime_of_the_same_victim_and_place_is_suggested() -> None:
    """A crime that agrees in everything is suggested, with what it agrees in and no value of it."""
    (candidate,) = suggested(report(), unlinked())
    assert candidate.crime_ref == "C-1"
    assert candidate.probability > 0.99
    assert candidate.reasons == ("same victim", "same offence class", "same beat", "same place", "same time")


def test_a_crime_that_differs_in_everything_is_not_suggested() -> None:
    """Chance nearness in time makes no suggestion."""
    other = unlinked(victim_token="v2", beat="Z9", location="1 Mill Lane, Loughborough", occurred_at="2016-02-01 08:30")
    assert suggested(report(), other) == []


def test_a_crime_linked_to_another_report_is_not_suggested() -> None:
    """What belongs to one report is no candidate for the next."""
    assert suggested(report(), unlinked(incident_refs=("I-2",))) == []


def test_the_more_probable_of_two_is_suggested() -> None:
    """Of several only the best is named."""
    (candidate,) = suggested(report(), unlinked("C-1", victim_token=None, location=None), unlinked("C-2"))
    assert candidate.crime_ref == "C-2"


def test_a_cancelled_crime_is_not_suggested() -> None:
    """Only a crime that stands recorded could be linked."""
    cancelled = crime("2016-03-10 12:00", offence_class="BURGLARY", status="CANCELLED", **SAME)
    assert suggested(report(), unlinked(), cancelled) == []


@pytest.mark.parametrize("recorded", ["2016-03-08 11:00", "2016-03-26 11:00"])
def test_a_crime_recorded_too_far_from_the_report_is_not_looked_at(recorded: str) -> None:
    """Crimes from a day before to two weeks after the report are looked at, and no others."""
    far = crime(recorded, offence_class="BURGLARY", **SAME)
    assert suggested(report(), far, until="2016-03-27 00:00") == []


def test_a_suggestion_is_deleted_with_its_alert() -> None:
    """Once the crime is linked the alert misses none, and the suggestion is deleted."""
    linked = incident(
        "2016-03-11 09:30",
        reported_at=REPORTED,
        crimes_expected=1,
        offence_class="BURGLARY",
        crime_refs=("C-1",),
        **SAME,
    )
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in (report(), unlinked(), linked):
        monitor.apply(snapshot, 0)
    monitor.advance(ms("2016-03-11 08:00"))
    before = monitor.drain().candidates
    monitor.advance(ms("2016-03-11 10:00"))
    after = monitor.drain().candidates
    assert [candidate is not None for candidate in before.values()] == [True]
    assert after == dict.fromkeys(before)
