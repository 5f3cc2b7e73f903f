"""Valid dispositions and decisions: what answers a report without a crime, and since when it has.

An incident's disposition and the decision on any other report are the same thing in two systems.  CRIMED alone
answers nothing: it announces a crime record, and only that record counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from schemas.identifiers import IncidentRef, normalise
from schemas.records import Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter, Report, is_kind
from streams.obligations.assessments import ruled_out_since
from streams.obligations.completion_times import earliest
from streams.obligations.counting import may_be_n100
from streams.obligations.lacking import is_unknown, lacked_of
from streams.obligations.text import has_text

_NO_CRIME: Final = ("rationale", "reporter_informed")
_OVERSEEN: Final = ("rationale", "fcr_oversight")
_REQUIREMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "CRIME_RELATED_INCIDENT": _NO_CRIME,
    "NOT_A_CRIME": _NO_CRIME,
    "EXEMPT": _OVERSEEN,
    "DELAYED": _OVERSEEN,
    "TRANSFERRED": ("other_force_crime_ref",),
    "N100": ("n100_code",),
    "DUPLICATE": ("duplicate_of",),
}
"""What each disposition or decision asks to be stated beside it."""
_ANSWERS: Final = _REQUIREMENTS.keys() - {"DELAYED"}
RULED_OUT: Final = "NOT_A_CRIME"
RAPE_DISPOSITIONS = frozenset({"N100", "DUPLICATE"})


def disposition_of(report: Report) -> str | None:
    """Return the disposition or decision that a snapshot of a report states."""
    return report.disposition if isinstance(report, Incident) else report.decision


def disposed_since(report: Matter[Report], context: Context, among: frozenset[str] | None = None) -> int | None:
    """Return since when (ms) a report has had a valid disposition or decision without a break, or None.

    A person's decision that there is no crime is a valid NOT_A_CRIME: what was valid until then goes over into it.
    ``among`` restricts which dispositions count.
    """
    ruled_out_at = ruled_out_since(report, context) if among is None or RULED_OUT in among else None
    return earliest(_answered_since(report, context, among, ruled_out_at), ruled_out_at)


def stated_since(report: Matter[Report], context: Context) -> int | None:
    """Return since when (ms) the disposition or decision that a report states has been valid, or None."""
    return _answered_since(report, context, None, None)


def _answered_since(
    report: Matter[Report], context: Context, among: frozenset[str] | None, ruled_out_at: int | None
) -> int | None:
    """Return since when (ms) a report is answered: by what it states, or from ``ruled_out_at`` on."""
    if disposition_of(report.newest) is None and ruled_out_at is None:
        return None

    lacked = lacked_of(report, context)

    def is_answered(snapshot: Report, moment: int) -> bool:
        if ruled_out_at is not None and moment >= ruled_out_at:
            return True
        if among is not None and disposition_of(snapshot) not in among:
            return False
        return _states_what_is_asked(snapshot, lacked) and _is_valid(report, snapshot, moment, context)

    others = list(_duplicate_event_times(report, context)) if is_kind(report, INCIDENT) else []
    if ruled_out_at is not None:
        others.append(ruled_out_at)
    return _held_since(report, is_answered, others)


def unverified_fields(report: Matter[Report], context: Context) -> list[str]:
    """Return what nobody can check of the disposition or decision that answers a report now."""
    lacked = lacked_of(report, context)
    if not lacked or stated_since(report, context) is None:
        return []
    return [field for field in _asked_fields(report.newest) if is_unknown(report.newest, field, lacked)]


def is_delayed(report: Matter[Report], due_at: int, context: Context) -> bool:
    """Return whether recording is delayed with the registrar's oversight, since ``due_at`` or before.

    CRR p10, When to record?: with a rationale and FCR oversight; it moves the deadline and meets nothing.
    """
    lacked = lacked_of(report, context)

    def states_delay(snapshot: Report) -> bool:
        return disposition_of(snapshot) == "DELAYED" and _states_what_is_asked(snapshot, lacked)

    since = report.record.since(states_delay)
    return since is not None and since.event_time <= due_at


def _states_what_is_asked(snapshot: Report, lacked: frozenset[str]) -> bool:
    """Return whether a snapshot states all that its disposition asks for, but for what its feed lacks."""
    return all(
        _is_given(getattr(snapshot, field)) or is_unknown(snapshot, field, lacked) for field in _asked_fields(snapshot)
    )


def _asked_fields(snapshot: Report) -> Iterator[str]:
    rationale = "disposition_rationale" if isinstance(snapshot, Incident) else "decision_rationale"
    for field in _REQUIREMENTS.get(disposition_of(snapshot) or "", ()):
        yield rationale if field == "rationale" else field


def _is_given(value: str | bool | None) -> bool:  # noqa: FBT001 - the value of a field
    return has_text(value) if isinstance(value, str) else bool(value)


def _is_valid(report: Matter[Report], snapshot: Report, moment: int, context: Context) -> bool:
    """Return whether the disposition of a snapshot that states what is asked was valid at a moment (ms)."""
    disposition = disposition_of(snapshot)
    if isinstance(snapshot, Incident) and is_kind(report, INCIDENT):
        if disposition == "N100":
            return may_be_n100(report, snapshot, context)
        if disposition == "DUPLICATE" and has_text(snapshot.duplicate_of):
            return _is_duplicate(report, snapshot, moment, context)
    return disposition in _ANSWERS


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
