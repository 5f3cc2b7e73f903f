"""Snapshots that wait for the clock, taken out in the order of their event_time."""

from __future__ import annotations

from streams.engine.pending import Pending
from streams.facts.record import Record
from tests.streams.world import incident, ms


def waiting(*minutes: int) -> Pending:
    """Incidents that wait, each for its minute of one morning, in order of arrival."""
    pending = Pending()
    for minute in minutes:
        pending.add(incident(f"2016-03-10 09:{minute:02}"), f"I-{minute}", Record())
    return pending


def test_what_waits_comes_out_when_its_moment_has_come_earliest_first() -> None:
    """Whatever the order of arrival; the moment itself is included, the next millisecond is not."""
    pending = waiting(30, 10, 20)
    assert pending.next_at() == ms("2016-03-10 09:10")
    assert pending.pop_due(ms("2016-03-10 09:10") - 1) == []
    assert [name for _, name, _ in pending.pop_due(ms("2016-03-10 09:20"))] == ["I-10", "I-20"]
    assert (pending.next_at(), len(pending)) == (ms("2016-03-10 09:30"), 1)


def test_what_arrives_between_two_looks_waits_with_the_rest() -> None:
    """Earlier than all that was there or not."""
    pending = waiting(30)
    assert pending.next_at() == ms("2016-03-10 09:30")
    pending.add(incident("2016-03-10 09:05"), "I-5", Record())
    assert [name for _, name, _ in pending.pop_due(ms("2016-03-10 10:00"))] == ["I-5", "I-30"]
    assert pending.next_at() is None
