"""Suggestions follow from the facts: whichever came first, report or crime, and whenever anybody asked."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.products import Candidate
from schemas.records import Crime, Link, Snapshot
from streams.engine.changes import Changes
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.suggestions.tracker import MissedCrimes
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, crime, incident, link, ms

REPORTED = ms("2016-03-10 09:00")
SAME: dict[str, Any] = {"victim_token": "v1", "beat": "B4", "location": "12 High Street", "offence_class": "BURGLARY"}
LATER = REPORTED + 3 * DAY
END = REPORTED + 30 * DAY

Suggestions = dict[bytes, Candidate]

CITED = ("I-20160310-0101", "I-20160310-0110", "I-20160310-0111", "I-20160311-0102", "20160310 103")
"""How crimes cite reports: one as it is, others mistyped."""

MARKS = st.fixed_dictionaries(
    {
        "victim_token": st.sampled_from([None, "v1", "v2"]),
        "beat": st.sampled_from(["B1", "B2"]),
        "offence_class": st.sampled_from(["BURGLARY", "THEFT"]),
        "location": st.sampled_from([None, "12 High Street", "14 High St", "1 Mill Lane"]),
    }
)


@st.composite
def reports(draw: st.DrawFn) -> Snapshot:
    """Return a snapshot of one of three reports; some name a crime."""
    number = draw(st.integers(1, 3))
    saved = REPORTED + number * 5 * DAY + draw(st.integers(0, 40)) * HOUR
    cited = draw(st.sampled_from([(), (), ("C/00101/16",), ("C/00102/16",), ("C/00110/16",), ("C/00102/15",)]))
    expected = draw(st.sampled_from([1, 1, 1, None]))
    return incident(
        saved,
        f"I-20160310-010{number}",
        reported_at=REPORTED + number * 5 * DAY,
        crimes_expected=expected,
        crime_refs=cited,
        event_id=f"i-{draw(st.uuids())}",
        **draw(MARKS),
    )


@st.composite
def crimes(draw: st.DrawFn) -> Crime:
    """Return a snapshot of one of four crimes: some name a report, are cancelled or say they were recorded before."""
    number = draw(st.integers(1, 4))
    saved = REPORTED + draw(st.integers(0, 25 * 24)) * HOUR
    return crime(
        saved,
        f"C/0010{number}/16",
        recorded_at=saved - draw(st.integers(0, 60)) * HOUR,
        status=draw(st.sampled_from(["RECORDED", "RECORDED", "RECORDED", "CANCELLED"])),
        offence_code=draw(st.sampled_from(["39", "39", "39", "39", "300/01"])),
        revision=draw(st.integers(0, 1)),
        incident_refs=draw(st.sampled_from([(), (), (), *((ref,) for ref in CITED)])),
        referral_refs=draw(st.sampled_from([(), (), (), ("I-20160310-0102",)])),
        event_id=f"c-{draw(st.uuids())}",
        **draw(MARKS),
    )


@st.composite
def links(draw: st.DrawFn) -> Link:
    """Return a person's word that a report and a crime belong together, or do not after all."""
    return link(
        REPORTED + draw(st.integers(0, 25 * 24)) * HOUR,
        left_ref=f"I-20160310-010{draw(st.integers(1, 3))}",
        crime_ref=f"C/0010{draw(st.integers(1, 4))}/16",
        confirmed=draw(st.booleans()),
        event_id=f"l-{draw(st.uuids())}",
    )


HISTORIES = st.lists(st.one_of(reports(), crimes(), links()), min_size=1, max_size=12)


def live() -> Monitor:
    """Give a monitor under the wall clock that has begun to watch."""
    monitor = Monitor(FORCE, BUILT_IN, clock=WallClock)
    monitor.tick(REPORTED)
    return monitor


def drain_into(suggested: Suggestions, monitor: Monitor) -> None:
    """Merge what a monitor suggests, as a compacted topic does."""
    merge(suggested, monitor.drain())


def merge(suggested: Suggestions, changes: Changes) -> None:
    """Merge what changes suggest."""
    for key, candidate in changes.candidates.items():
        if candidate is None:
            suggested.pop(key, None)
        else:
            suggested[key] = candidate


def from_scratch(monitor: Monitor) -> Suggestions:
    """Return what a monitor of the same facts and alerts says that never said anything before."""
    missed = MissedCrimes(monitor.context, fail)
    missed.resume()
    alerts = [stored.alert for matter in monitor.context.facts.every_matter() for stored in matter.alerts]
    return {key: candidate for key, candidate in missed.suggestions(alerts).items() if candidate is not None}


def fail(_matter: object, _rule: str, error: Exception) -> None:
    """Let no record be set aside."""
    raise error


@settings(max_examples=200)
@given(HISTORIES, st.data())
def test_suggestions_are_a_function_of_the_facts(history: list[Snapshot], data: st.DataObject) -> None:
    """Live: in any order, told of as often as anybody asked, they are in the end what the facts alone say."""
    ends = []
    for _ in range(2):
        order = data.draw(st.permutations(history))
        judged_at_once = data.draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
        monitor, suggested = live(), Suggestions()
        for snapshot, ask in zip(order, judged_at_once, strict=True):
            monitor.apply(snapshot, END)
            if ask:
                monitor.tick(END)
                drain_into(suggested, monitor)
        monitor.tick(END + HOUR)
        drain_into(suggested, monitor)
        assert suggested == from_scratch(monitor)
        ends.append(suggested)
    assert ends[0] == ends[1]


@settings(max_examples=100)
@given(HISTORIES, st.lists(st.integers(0, 30 * 24), max_size=5))
def test_under_the_stream_clock_too(history: list[Snapshot], stops: list[int]) -> None:
    """Wherever the clock stood still in between, and was asked."""
    monitor, suggested = Monitor(FORCE, BUILT_IN), Suggestions()
    for snapshot in history:
        monitor.apply(snapshot, END)
    for hours in sorted(stops):
        monitor.advance(REPORTED + hours * HOUR)
        drain_into(suggested, monitor)
        assert suggested == from_scratch(monitor)
    monitor.advance(END)
    drain_into(suggested, monitor)
    assert suggested == from_scratch(monitor)


@settings(max_examples=100)
@given(HISTORIES, st.integers(0, 12))
def test_a_restart_forgets_no_suggestion(history: list[Snapshot], first: int) -> None:
    """A monitor made anew from what was kept goes on to suggest, and to withdraw, what the old one would have."""
    monitor, suggested, state_entries = live(), Suggestions(), dict[bytes, bytes | None]()
    for part in (history[:first], history[first:]):
        for snapshot in part:
            monitor.apply(snapshot, END)
        monitor.tick(END)
        changes = monitor.drain()
        merge(suggested, changes)
        state_entries.update(changes.state)
        monitor = Monitor(FORCE, BUILT_IN, clock=WallClock)
        for key, value in state_entries.items():
            if value is not None:
                monitor.restore(key, value)
        monitor.restored()
        monitor.tick(END)
    drain_into(suggested, monitor)
    assert suggested == from_scratch(monitor)


def test_a_crime_that_comes_later_is_suggested_at_once() -> None:
    """The alert itself says nothing new, and yet whoever looks at it is told."""
    monitor, suggested = live(), Suggestions()
    monitor.apply(incident(REPORTED, crimes_expected=1, **SAME), REPORTED)
    monitor.tick(LATER)
    drain_into(suggested, monitor)
    assert suggested == {}
    monitor.apply(crime(LATER, "C-1", **SAME), LATER)
    drain_into(suggested, monitor)
    assert {candidate.crime_ref for candidate in suggested.values()} == {"C-1"}
    monitor.apply(incident(REPORTED, "I-2", crimes_expected=0, **SAME), LATER + HOUR)
    monitor.apply(crime(LATER + HOUR, "C-1", recorded_at=LATER, incident_refs=("I-2",), **SAME), LATER + HOUR)
    drain_into(suggested, monitor)
    assert suggested == {}


def test_what_is_suggested_already_is_not_said_again() -> None:
    """A crime that is like nothing, or is not recorded near, makes no message."""
    monitor, suggested = live(), Suggestions()
    monitor.apply(incident(REPORTED, crimes_expected=1, **SAME), REPORTED)
    monitor.apply(crime(REPORTED + HOUR, "C-1", **SAME), REPORTED + HOUR)
    monitor.tick(LATER)
    drain_into(suggested, monitor)
    assert {candidate.subject_system for candidate in suggested.values()} == {"STORM", "CIS"}
    monitor.apply(crime(REPORTED + 20 * DAY, "C-9", **SAME), LATER)
    monitor.apply(crime(REPORTED + HOUR, "C-8", status="CANCELLED", **SAME), LATER)
    monitor.apply(crime(REPORTED + HOUR, "C-7", offence_code="N200/01", **SAME), LATER)
    assert monitor.drain().candidates == {}
