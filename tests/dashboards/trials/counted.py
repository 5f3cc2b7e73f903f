"""A force that has been counted, for trials of the board: parts of its reports, who decided, who lacks training."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.counts import force_counts
from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from tests.streams.world import BUILT_IN, DAY, FORCE, crime, incident, no_crime, protection_report, referral

DECIDER: Final = "DC9999"
"""Who cancels far more than others, and has no training for it."""


def records(wall: int) -> Iterator[Snapshot]:
    """Yield the records of some officers' weeks: sixty crimes that stand, eight that one of them cancelled."""
    began = wall - 30 * DAY
    yield incident(began, "I-1", crimes_expected=1, channel="ONLINE", team="North", offence_class="RAPE")
    yield incident(began, "I-2", crimes_expected=1, channel="PHONE", team="North", offence_class="THEFT")
    yield crime(began, "C-I", incident_refs=("I-2",), recorded_by="PC1")
    yield referral(began, "R-1", crimes_expected=1)
    yield protection_report(began, "PR-1", kind="MARAC", crimes_expected=1)
    for number in range(60):
        yield crime(began + number, f"C-{number}", recorded_by=f"PC{number % 6}", team="North", route="ONLINE")
    for number in range(8):
        yield crime(began, f"X-{number}", status="CANCELLED", team="South")
        yield no_crime(began + DAY + number, f"X-{number}", decided_by=DECIDER, decided_by_role="OFFICER")


def counted(model: ReadModel, wall: int, *more: Snapshot) -> None:
    """Put the counts into a read model."""
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in (*records(wall), *more):
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(wall)
    force_counts.replace(model, force_counts.force_counts(monitor.context, wall))
