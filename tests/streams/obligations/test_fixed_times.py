"""A time that stands once stated, corrected by a higher revision of the same moment, is counted and named once."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from schemas.records import Snapshot
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.obligations.fixed_times import Correction
from tests.streams.world import BUILT_IN, FORCE, asb_report, crime, disposal, incident, ms, protection_report, referral

NOON = "2016-03-10 12:00"
EARLIER = "2016-03-10 11:00"
INSPECTOR: dict[str, Any] = {"overseen_role": "CONTROL_ROOM_INSPECTOR", "overseen_at": NOON}


def corrections(*snapshots: Snapshot, clock: type[Clock] = StreamClock) -> list[Correction]:
    """Return what is named of corrections as snapshots arrive; that each is counted, too."""
    monitor = Monitor(FORCE, BUILT_IN, clock=clock)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    changes = monitor.drain()
    assert changes.counted.get("time_corrected", 0) == len(changes.corrections)
    assert monitor.drain().corrections == []
    return changes.corrections


def named(*snapshots: Snapshot) -> list[tuple[str, str, str, str, int]]:
    """Return what is named of corrections, without their ids."""
    return [correction[:-1] for correction in corrections(*snapshots)]


@pytest.mark.parametrize(
    ("make", "system", "ref", "field"),
    [
        (incident, "STORM", "I-1", "reported_at"),
        (crime, "CIS", "C-1", "recorded_at"),
        (referral, "CATS", "R-1", "received_at"),
        (protection_report, "PPN", "PR-1", "received_at"),
        (asb_report, "SENTINEL", "A-1", "reported_at"),
    ],
)
def test_a_correction_is_named_by_force_system_reference_and_field(
    make: Any, system: str, ref: str, field: str
) -> None:
    """And by the moment of which both were said; what was said is not repeated."""
    corrected = make(NOON, revision=1, **{field: EARLIER})
    assert named(make(NOON), corrected) == [(FORCE, system, ref, field, ms(NOON))]


def test_the_first_report_of_a_crime_and_an_inspectors_oversight_are_such_times() -> None:
    """Each correction by itself; oversight by another role is none that anything rests on."""
    told = crime(NOON, reported_at=EARLIER), crime(NOON, reported_at=NOON, revision=1)
    assert [correction.field for correction in corrections(*told)] == ["reported_at"]
    overseen = [
        incident(NOON, reported_at=NOON, **INSPECTOR),
        incident(NOON, reported_at=EARLIER, revision=1, **INSPECTOR | {"overseen_at": EARLIER}),
    ]
    assert [correction.field for correction in corrections(*overseen)] == ["reported_at", "overseen_at"]
    others = [incident(NOON, overseen_role="OTHER", overseen_at=at, revision=n) for n, at in enumerate((NOON, EARLIER))]
    assert corrections(*others) == []


@pytest.mark.parametrize("later", [{"overseen_role": "OTHER", "overseen_at": NOON}, {}])
def test_a_time_taken_out_again_is_a_correction_and_one_first_stated_is_none(later: dict[str, Any]) -> None:
    """Stating none after stating one is another word; stating one after none corrects nothing."""
    stated, none = incident(NOON, **INSPECTOR), incident(NOON, revision=1, **later)
    assert [correction.field for correction in corrections(stated, none)] == ["overseen_at"]
    assert corrections(incident(NOON), incident(NOON, revision=1, **INSPECTOR)) == []


def test_only_a_higher_revision_of_one_moment_corrects() -> None:
    """What another moment says raises time-altered; two bodies of one revision are in conflict or chance."""
    assert corrections(incident(NOON), incident("2016-03-10 12:01", reported_at=EARLIER, revision=1)) == []
    assert corrections(incident(NOON, event_id="a"), incident(NOON, reported_at=EARLIER, event_id="b")) == []
    assert corrections(incident(NOON), incident(NOON, beat="B2", revision=1)) == []
    assert corrections(disposal(NOON), disposal(NOON, issued_at=EARLIER, revision=1)) == []


@pytest.mark.parametrize("clock", [StreamClock, WallClock])
def test_whatever_order_revisions_come_in_the_same_corrections_are_named(clock: type[Clock]) -> None:
    """Each value once: to state a corrected value again corrects nothing more, to go back to the first does."""
    saved = [
        incident(NOON, reported_at=at, revision=number) for number, at in enumerate((NOON, EARLIER, EARLIER, NOON))
    ]
    ids = {frozenset(corrections(*order, *order, clock=clock)) for order in permutations(saved)}
    assert [len(found) for found in ids] == [2]


def test_a_correction_is_named_once_though_the_monitor_restarts_and_all_comes_again() -> None:
    """Before and after it takes effect; and a monitor that lost its state names it by the same id."""
    saved = [incident(NOON), incident(NOON, reported_at=EARLIER, revision=1)]
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in saved:
        monitor.apply(snapshot, ms(NOON))
    changes = monitor.drain()
    (first,) = changes.corrections
    for until in (ms(EARLIER), ms(NOON), ms("2016-03-11")):
        again = Monitor(FORCE, BUILT_IN)
        for key, value in changes.state:
            if value is not None:
                again.restore(key, value)
        again.restored()
        again.advance(until)
        for snapshot in saved:
            again.apply(snapshot, until)
        later = again.drain()
        assert (later.corrections, set(later.counted)) == ([], {"duplicate"})
    assert corrections(*reversed(saved)) == [first]
