"""Figures of what became of crimes, where nobody has connected the feed to see it by."""

from __future__ import annotations

from schemas.records import Crime
from streams.policy import PolicyBook
from streams.reports.figure import ALWAYS, Figure
from streams.reports.figures import figures
from streams.reports.parts import part_figures, parts
from tests.streams.world import DAY, LiveWatch, incident, ms

NOON = ms("2026-03-10 12:00")
IDENTIFIED = "Incidents: crimes identified, of incidents reviewed"
RECORDED = "Incidents: crimes recorded, of those identified"


def counted(watch: LiveWatch) -> dict[str, Figure]:
    """Return the figures by name."""
    return {figure.label: figure for figure in figures([watch.monitor.context], ALWAYS)}


def test_a_feed_never_heard_counts_no_crime_as_unrecorded() -> None:
    """What reports disclose is counted; of what became of it nothing is said until the crime system is heard."""
    watch = LiveWatch(PolicyBook.built_in()).ticks(NOON)
    for number in range(5):
        watch.receives(incident(NOON, f"I-{number}", crimes_expected=1))
    before = counted(watch.ticks(NOON + 3 * DAY))
    assert (before[IDENTIFIED].found, before[IDENTIFIED].of) == (5, 5)
    assert (before[RECORDED].found, before[RECORDED].of) == (0, 0)
    assert before["Incidents: unrecorded, limit passed"].found == 0
    context = watch.monitor.context
    assert not list(part_figures(parts([context], ALWAYS), context.policy(NOON).not_known_most))
    after = counted(watch.receives_heartbeats(NOON + 3 * DAY, feeds=[Crime.TOPIC]).ticks(NOON + 3 * DAY))
    assert (after[RECORDED].found, after[RECORDED].of) == (0, 5)
