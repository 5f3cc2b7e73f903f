"""However much one record says, judging it takes a time in proportion."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schemas.records import PartnerReferral, Snapshot
from streams.engine.changes import Changes
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from tests.streams.effort import calls_of
from tests.streams.world import BUILT_IN, DAY, FORCE, assessment, crime, incident, ms, no_crime, referral

NOON = ms("2024-03-01 12:00")
FEW, MANY = 500, 2_000


def watched(snapshots: list[Snapshot], clock: type[Clock]) -> Changes:
    """Return what is said of snapshots two days later."""
    monitor = Monitor(FORCE, BUILT_IN, clock=clock)
    if clock is WallClock:
        monitor.tick(NOON - DAY)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.tick(NOON + 2 * DAY) if clock is WallClock else monitor.advance(NOON + 2 * DAY)
    return monitor.drain()


def citing(count: int) -> list[Snapshot]:
    """Return an incident that cites so many crimes, and a referral that does so later."""
    refs = tuple(f"C-{number}" for number in range(count))
    return [
        incident(NOON, crimes_expected=1, crime_refs=refs),
        referral(NOON, crime_refs=refs[:-1]),
        referral(NOON + 1, received_at=NOON, crime_refs=refs),
    ]


def cited(count: int) -> list[Snapshot]:
    """Return a crime that cites so many incidents, and them."""
    refs = tuple(f"I-{number}" for number in range(count))
    return [crime(NOON, incident_refs=refs), *(incident(NOON, ref, crimes_expected=1) for ref in refs)]


def known(count: int) -> list[Snapshot]:
    """Return so many crimes, and an incident that cites them."""
    refs = tuple(f"C-{number}" for number in range(count))
    return [*(crime(NOON, ref) for ref in refs), incident(NOON + 1, crimes_expected=count, crime_refs=refs)]


def decided(count: int) -> list[Snapshot]:
    """Return a crime and so many decisions on it, all taken in at one moment."""
    return [crime(NOON), *(no_crime(NOON, decided_at=NOON + number) for number in range(count))]


def referred(count: int) -> list[Snapshot]:
    """Return a crime whose victim was referred to so many agencies, long ago."""
    agencies = tuple(PartnerReferral(agency=f"A{number}", referred_at=NOON - 30 * DAY) for number in range(count))
    return [crime(NOON, partner_referrals=agencies)]


@pytest.mark.parametrize("clock", [StreamClock, WallClock])
@pytest.mark.parametrize("snapshots", [citing, cited, known, referred])
def test_four_times_as_many_entries_take_four_times_the_work(snapshots: object, clock: type[Clock]) -> None:
    """Whichever side states them."""
    assert callable(snapshots)
    assert watched(snapshots(FEW), clock).unjudgeable == []
    few, many = (calls_of(lambda n=number: watched(snapshots(n), clock)) for number in (FEW, MANY))  # type: ignore[misc]
    assert many < 5 * few


def assessed(count: int) -> list[Snapshot]:
    """Return an incident and so many people's assessments of it, all taken in at one moment."""
    people = (assessment(NOON, assessed_by=f"S{number}", crimes=number % 3) for number in range(count))
    return [incident(NOON), *people]


def of_one_victim(count: int) -> list[Snapshot]:
    """Return so many reports of one victim, who lapse from the review queue one after another."""
    return [incident(NOON - 28 * DAY + 60_000 * number, f"I-{number}", victim_token="v1") for number in range(count)]


@pytest.mark.parametrize("snapshots", [assessed, of_one_victim])
def test_four_times_as_much_to_review_takes_four_times_the_work(snapshots: Callable[[int], list[Snapshot]]) -> None:
    """Whatever one report or one victim brings together."""
    few, many = (calls_of(lambda n=number: watched(snapshots(n), StreamClock)) for number in (FEW, MANY))  # type: ignore[misc]
    assert many < 5 * few


def test_four_times_as_many_decisions_take_four_times_the_work() -> None:
    """Those of one moment are judged together."""
    few, many = (calls_of(lambda n=number: watched(decided(n), StreamClock)) for number in (FEW, MANY))  # type: ignore[misc]
    assert many < 5 * few
