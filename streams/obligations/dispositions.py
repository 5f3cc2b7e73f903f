"""Valid dispositions and decisions: what answers a report without a crime, and since when it has.

An incident's disposition and the decision on any other report are the same thing in two systems.  CRIMED alone
answers nothing: it announces a crime record, and only that record counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from schemas.identifiers import IncidentRef, normalise
from schemas.records import Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter, Report, is_kind
from streams.obligations.counting import may_be_n100
from streams.obligations.text import has_text

NO_CRIME_DISPOSITIONS = frozenset({"CRIME_RELATED_INCIDENT", "NOT_A_CRIME"})
RAPE_DISPOSITIONS = frozenset({"N100", "DUPLICATE"})


def disposition_of(report: Report) -> str | None:
    """Return the disposition or decision that a snapshot of a report states."""
    return report.disposition if isinstance(report, Incident) else report.decision


def rationale_of(report: Report) -> str | None:
    """Return the reason that a snapshot gives for the disposition or decision."""
    return report.disposition_rationale if isinstance(report, Incident) else report.decision_rationale


def disposed_since(report: Matter[Report], context: Context, among: frozenset[str] | None = None) -> int | None:
    """Return since when (ms) a report has had a valid disposition or decision without a break, or None.

    ``among`` restricts which dispositions count.
    """
    if disposition_of(report.newest) is None:
        return None

    def is_disposed(snapshot: Report, moment: int) -> bool:
        if among is not None and disposition_of(snapshot) not in among:
            return False
        return _is_valid(report, snapshot, moment, context)

    if is_kind(report, INCIDENT):
        return _held_since(report, is_disposed, _duplicate_event_times(report, context))
    return _held_since(report, is_disposed, ())


def is_delayed(report: Matter[Report], due_at: int) -> bool:
    """Return whether recording is delayed with the registrar's oversight, since ``due_at`` or before.

    CRR, "Delayed recording": with a rationale and FCR oversight; it moves the deadline and meets nothing.
    """
    since = report.record.since(_states_delay)
    return since is not None and since.event_time <= due_at


def _states_delay(snapshot: Report) -> bool:
    return disposition_of(snapshot) == "DELAYED" and has_text(rationale_of(snapshot)) and bool(snapshot.fcr_oversight)


def _is_valid(report: Matter[Report], snapshot: Report, moment: int, context: Context) -> bool:
    """Return whether the disposition that a snapshot states was valid at a moment (ms)."""
    disposition = disposition_of(snapshot)
    if disposition in NO_CRIME_DISPOSITIONS:
        return has_text(rationale_of(snapshot)) and bool(snapshot.reporter_informed)
    if disposition == "EXEMPT":
        return has_text(rationale_of(snapshot)) and bool(snapshot.fcr_oversight)
    if isinstance(snapshot, Incident) and is_kind(report, INCIDENT):
        if disposition == "TRANSFERRED":
            return has_text(snapshot.other_force_crime_ref)
        if disposition == "N100":
            return has_text(snapshot.n100_code) and may_be_n100(report, snapshot, context)
        if disposition == "DUPLICATE":
            return _is_duplicate(report, snapshot, moment, context)
    return False


def _is_duplicate(incident: Matter[Incident], snapshot: Incident, moment: int, context: Context) -> bool:
    """Say whether the incident that a snapshot names as its original was there, and itself no duplicate."""
    original = _original(incident, snapshot.duplicate_of, context)
    original_snapshot = original.record.as_of(moment) if original is not None else None
    return original_snapshot is not None and original_snapshot.disposition != "DUPLICATE"


def _duplicate_event_times(incident: Matter[Incident], context: Context) -> Iterator[int]:
    """Yield the event_times of the incidents that this one was ever stated to duplicate."""
    for duplicate_of in {snapshot.duplicate_of for snapshot in incident.record.effective if snapshot.duplicate_of}:
        original = _original(incident, duplicate_of, context)
        if original is not None:
            yield from (snapshot.event_time for snapshot in original.record.effective)


def _original(incident: Matter[Incident], duplicate_of: str | None, context: Context) -> Matter[Incident] | None:
    """Return the incident that another is stated to duplicate; None if it is missing or the same one."""
    original = context.facts.incidents.get(IncidentRef(normalise(duplicate_of or "")))
    return None if original is incident else original


def _held_since(
    report: Matter[Report], holds: Callable[[Report, int], bool], other_moments: Iterable[int]
) -> int | None:
    """Return since when (ms) ``holds`` has been true of the report as it was then, or None.

    It is tried at every moment of a snapshot, and at ``other_moments``.
    """
    start = None
    moments = {*(snapshot.event_time for snapshot in report.record.effective), *other_moments}
    for moment in sorted(moments, reverse=True):
        snapshot = report.record.as_of(moment)
        if snapshot is None or not holds(snapshot, moment):
            break
        start = moment
    return start
