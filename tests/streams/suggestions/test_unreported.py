"""Crimes that nobody reported: which reports they probably are of, and from when on that is said."""

from __future__ import annotations

from typing import Any

from schemas.products import Candidate, Erasure, Subject
from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.suggestions.unreported import unreported_id
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, crime, incident, ms

NOON = ms("2026-05-01 12:00")
SAME: dict[str, Any] = {"victim_token": "v1", "beat": "B4", "location": "12 High Street", "occurred_at": NOON - HOUR}
KEY = unreported_id(FORCE, "C-1").encode()


def log(ref: str = "I-1", **stated: Any) -> Snapshot:
    """Return a log that discloses no crime, as far as anybody said."""
    return incident(NOON, ref, crimes_expected=0, **{**SAME, **stated})


def said(monitor: Monitor, until: int) -> dict[bytes, Candidate | None]:
    """Let time pass and return what is said anew."""
    monitor.advance(until)
    return monitor.drain().candidates


def watching(*snapshots: Snapshot) -> Monitor:
    """Return a monitor of some records."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, 0)
    return monitor


def test_a_crime_that_cites_nothing_gets_the_report_that_is_like_it() -> None:
    """Without any alert on the report, a day after CIS first showed the crime."""
    monitor = watching(log(), crime(NOON + HOUR, **SAME))
    assert said(monitor, NOON + 25 * HOUR - 1) == {}
    candidate = said(monitor, NOON + 25 * HOUR)[KEY]
    assert candidate is not None
    assert [(probable.system, probable.ref) for probable in candidate.probable] == [("STORM", "I-1")]
    assert candidate.probability > 0.9
    assert (candidate.subject_system, candidate.subject_ref, candidate.crime_ref) == ("CIS", "C-1", "C-1")


def test_a_crime_that_is_linked_in_time_is_never_mentioned() -> None:
    """Nor is it taken back, since nothing was said."""
    linked = crime(NOON + 3 * HOUR, recorded_at=NOON + HOUR, incident_refs=("I-1",), **SAME)
    monitor = watching(log(), crime(NOON + HOUR, **SAME), linked)
    said(monitor, NOON + 2 * HOUR)
    assert said(monitor, NOON + 3 * DAY) == {}


def test_what_was_said_is_taken_back_once_the_crime_is_linked() -> None:
    """By a tombstone under its key."""
    linked = crime(NOON + 3 * DAY, recorded_at=NOON + HOUR, incident_refs=("I-1",), **SAME)
    monitor = watching(log(), crime(NOON + HOUR, **SAME), linked)
    assert said(monitor, NOON + 2 * DAY)[KEY] is not None
    assert said(monitor, NOON + 4 * DAY) == {KEY: None}


def test_a_report_that_has_its_crime_is_not_probable_for_another() -> None:
    """Each report is searched for one that it misses, or may hide."""
    others = crime(NOON + HOUR, "C-2", incident_refs=("I-1",), **SAME)
    assert said(watching(log(), others, crime(NOON + HOUR, **SAME)), NOON + 2 * DAY) == {}


def test_a_report_that_is_too_old_is_not_probable_any_more() -> None:
    """As it leaves the review queue, 28 days after it came in."""
    monitor = watching(log(), crime(NOON + HOUR, **SAME))
    assert said(monitor, NOON + 2 * DAY)[KEY] is not None
    assert said(monitor, NOON + 30 * DAY) == {KEY: None}


def test_an_erased_report_is_probable_no_more() -> None:
    """What was said of the crime goes with it."""
    monitor = watching(log(), log("I-2", victim_token="v2"), crime(NOON + HOUR, **SAME))
    assert said(monitor, NOON + 2 * DAY)[KEY] is not None
    erasure = Erasure(
        erasure_id="E-1",
        force=FORCE,
        subjects=(Subject(kind="incident", ref="I-1"),),
        suggested_for=(KEY.decode(),),
        erased_at=NOON + 3 * DAY,
        requested_by="FCR",
    )
    monitor.erase(erasure, NOON + 3 * DAY)
    left = monitor.drain().candidates[KEY]
    assert left is None or "I-1" not in {probable.ref for probable in left.probable}
