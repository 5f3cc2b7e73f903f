"""Matters are found by what any of their snapshots in effect states, however and whenever those came."""

from __future__ import annotations

import pytest

from schemas.identifiers import CrimeRef, DisposalRef, IncidentRef
from schemas.records import Incident
from streams.facts.index import Index
from streams.facts.matters import INCIDENT, Matter
from tests.streams.restarts import Restarts
from tests.streams.world import HOUR, crime, disposal, incident, ms

NOON = ms("2016-03-10 12:00")


def matter_of(*snapshots: Incident) -> Matter[Incident]:
    """Return an incident with these snapshots in effect."""
    matter = Matter(INCIDENT, "I-1")
    for snapshot in snapshots:
        matter.record.insert(snapshot, in_effect=True)
    return matter


def duplicates() -> Index:
    """Return an index of incidents by the incident that they duplicate."""
    return Index({Incident: lambda snapshot: snapshot.duplicate_of})


def test_a_matter_is_found_by_every_name_that_its_record_states() -> None:
    """Names are compared normalised, and a blank one is no name."""
    matter = matter_of(
        incident(NOON, duplicate_of="i/2"), incident(NOON + 1, duplicate_of=" "), incident(NOON + 2, duplicate_of="I-3")
    )
    index = duplicates()
    index.add(matter, matter.record, None)
    assert [list(index[name]) for name in ("I-2", "I-3", "I-4", "")] == [[matter], [matter], [], []]


def test_only_what_comes_after_a_snapshot_is_added() -> None:
    """What was in effect before it has been added before."""
    first, second = incident(NOON, duplicate_of="I-2"), incident(NOON + 1, duplicate_of="I-3")
    matter, index = matter_of(first, second), duplicates()
    index.add(matter, matter.record, first)
    assert (list(index["I-2"]), list(index["I-3"])) == ([], [matter])


def test_discarding_a_matter_leaves_nothing_of_it() -> None:
    """Other matters stay under the names that they share with it."""
    matter, other = (
        matter_of(incident(NOON, duplicate_of="I-2"), incident(NOON + 1, duplicate_of="I-3")) for _ in "ab"
    )
    index = duplicates()
    for present_matter in (matter, other):
        index.add(present_matter, present_matter.record, None)
    index.discard(matter, matter.record)
    assert (list(index["I-2"]), list(index["I-3"])) == ([other], [other])
    index.discard(other, other.record)
    assert (list(index["I-2"]), list(index["I-3"])) == ([], [])


@pytest.mark.parametrize("restarted", [False, True])
def test_a_duplicate_stated_in_the_past_counts_after_a_restart_too(*, restarted: bool) -> None:
    """A late snapshot of the incident that was named first moves since when the report has a valid disposition."""
    watching = Restarts()
    for snapshot in (
        incident(NOON, crimes_expected=1),
        incident(NOON, "I-2"),
        incident(NOON, "I-3"),
        incident(NOON + 30 * HOUR, reported_at=NOON, crimes_expected=1, disposition="DUPLICATE", duplicate_of="I-2"),
        incident(NOON + 40 * HOUR, reported_at=NOON, crimes_expected=1, disposition="DUPLICATE", duplicate_of="I-3"),
    ):
        watching.monitor.apply(snapshot, snapshot.event_time)
    watching.monitor.advance(NOON + 45 * HOUR)
    if restarted:
        watching.restart()
    late = incident(NOON + 35 * HOUR, "I-2", reported_at=NOON, disposition="DUPLICATE", duplicate_of="I-3")
    watching.monitor.apply(late, NOON + 45 * HOUR)
    watching.monitor.advance(NOON + 46 * HOUR)
    history = watching.outcome.history("crime-not-recorded", ref="I-1")
    assert [alert.lateness_ms for alert in history if alert.status == "CLEARED"] == [6 * HOUR, 16 * HOUR]


def test_an_erased_matter_is_found_by_no_name() -> None:
    """Nor does its own original find it."""
    watching = Restarts()
    for snapshot in (incident(NOON, "I-2"), incident(NOON + 1, disposition="DUPLICATE", duplicate_of="I-2")):
        watching.monitor.apply(snapshot, snapshot.event_time)
    watching.monitor.advance(NOON + HOUR)
    facts = watching.monitor.context.facts
    original, duplicate = facts.incidents[IncidentRef("I-2")], facts.incidents[IncidentRef("I-1")]
    assert facts.neighbours(original) == [duplicate]
    facts.erase(duplicate)
    assert facts.neighbours(original) == []


def test_a_crime_and_the_disposals_that_name_it_are_judged_and_forgotten_together() -> None:
    """Only those that name it now are its disposals; whatever once did is judged with it."""
    watching = Restarts()
    for snapshot in (
        crime(NOON),
        disposal(NOON, "D-1", crime_ref="c/1"),
        disposal(NOON, "D-2", crime_ref="C-1"),
        disposal(NOON + 1, "D-2", crime_ref="C-2"),
        disposal(NOON, "D-3"),
    ):
        watching.monitor.apply(snapshot, snapshot.event_time)
    watching.monitor.advance(NOON + HOUR)
    facts = watching.monitor.context.facts
    named = facts.crimes[CrimeRef("C-1")]
    assert [disposal.ref for disposal in facts.disposals_of(named)] == ["D-1"]
    assert {disposal.ref for disposal in facts.neighbours(named)} == {"D-1", "D-2"}
    disposals = [facts.disposals[DisposalRef(ref)] for ref in ("D-1", "D-2", "D-3")]
    assert [facts.neighbours(disposal) for disposal in disposals] == [[named], [named], []]
    facts.concerned.clear()
    facts.erase(disposals[0])
    assert named in facts.concerned
    assert list(facts.disposals_of(named)) == []
