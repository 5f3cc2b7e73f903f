"""A made-up force whose incidents are audited: terse makers of what is planned, drawn and read."""

from __future__ import annotations

from typing import Any

from schemas.records import AuditReading, Snapshot
from streams.audits.frames import FrameName, StrataBy
from streams.audits.plan import AuditPlan, PlanRequest, make_plan
from streams.audits.strata import FormerReadings
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from tests.streams.world import BUILT_IN, DAY, FORCE, incident, ms, reading

START, END = ms("2026-04-01"), ms("2026-05-01")
PLANNED = END + DAY
HEAD = "0123abcd" + "9" * 56


def known(*snapshots: Snapshot, clock: int = PLANNED, force: str = FORCE) -> Monitor:
    """Return the monitor of a force that knows these snapshots, at a moment."""
    monitor = Monitor(force, BUILT_IN)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(clock)
    return monitor


def incidents(count: int, code: str = "VIOLENCE", first: int = 0, **stated: Any) -> list[Snapshot]:
    """Return so many incidents of the period, opened under a code."""
    return [
        incident(START + (first + n) * 60_000, f"{code}-{first + n}", opening_code=code, **stated) for n in range(count)
    ]


def planned(
    context: Context, *, head: str = HEAD, former: dict[str, FormerReadings] | None = None, **asked: Any
) -> AuditPlan:
    """Return a plan: of incidents in April 2026, ten of them, unless asked for otherwise."""
    frame: FrameName = asked.pop("frame", "INCIDENTS")
    by: StrataBy | None = asked.pop("by", None)
    if "half_width" not in asked:
        asked.setdefault("n", 10)
    return make_plan(PlanRequest(frame, START, END, by, **asked), context, head, former or {})


def read(plan: AuditPlan, ref: str, found: int = 1, recorded: int = 1, **stated: Any) -> AuditReading:
    """Return the first reader's reading of a record in an audit: all recorded in time and rightly classified."""
    counts = {"crimes_found": found, "crimes_recorded": recorded, "in_time": recorded, "classified_right": recorded}
    at = stated.pop("at", PLANNED)
    system = stated.pop("system", "STORM")
    return reading(at, system, ref, **{"audit_id": plan.audit_id, **counts, **stated})
