"""How many obligations are open, and how long there still is to meet them."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.engine.open_obligations import MORE, time_band
from streams.policy import PolicyBook
from tests.streams.world import HOUR, crime, incident, ms

BOOK = PolicyBook.built_in()
NOON = "2016-03-10 12:00"
RULE = "crime-not-recorded"


def counts(*snapshots: Snapshot, until: int) -> Counter[tuple[str, str]]:
    """Return what is open once the clock stands at ``until`` (ms)."""
    monitor = Monitor("LEICS", BOOK)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(until)
    count = monitor.open_obligations()
    for _ in count.steps():
        pass
    return count.counts


@pytest.mark.parametrize(
    ("after", "band"),
    [(0, "24h"), (20 * HOUR - 1, "24h"), (20 * HOUR, "4h"), (23 * HOUR, "1h"), (24 * HOUR, "1h")],
)
def test_a_report_that_owes_a_crime_is_open_until_its_last_millisecond(after: int, band: str) -> None:
    """Whether it is at risk already or not, the time left is that until it is due."""
    assert counts(incident(NOON, crimes_expected=1), until=ms(NOON) + after)[RULE, band] == 1


def test_what_is_past_due_is_open_no_more() -> None:
    """A breach is an alert, counted as one."""
    open_counts = counts(incident(NOON, crimes_expected=1), until=ms(NOON) + 24 * HOUR + 1)
    assert [key for key in open_counts if key[0] == RULE] == []


def test_what_was_met_is_open_no_more() -> None:
    """A recorded crime ends the obligation to record it."""
    recorded = crime("2016-03-10 13:00", incident_refs=("I-1",))
    open_counts = counts(incident(NOON, crimes_expected=1), recorded, until=ms(NOON) + 2 * HOUR)
    assert [key for key in open_counts if key[0] == RULE] == []


def test_what_has_days_to_go_is_told_apart() -> None:
    """A victim's contract is due in five days."""
    recorded = crime(NOON, victim_token="v")
    assert counts(recorded, until=ms(NOON))["victim-contract-missing", MORE] == 1


@pytest.mark.parametrize(
    ("hours", "band"), [(0, "1h"), (1, "1h"), (4, "4h"), (24, "24h"), (72, "72h"), (72.01, "more")]
)
def test_each_band_holds_its_end(hours: float, band: str) -> None:
    """One hour to go is within the hour."""
    assert time_band(round(hours * HOUR)) == band
