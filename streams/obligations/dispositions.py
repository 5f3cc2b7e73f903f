"""Valid dispositions and decisions: what answers a report without a crime, and since when it has.

An incident's disposition and the decision on any other report are the same thing in two systems.  CRIMED alone
answers nothing: it announces a crime record, and only that record counts.

For reports from 2026-04-01 (policy) what a victim reports, or who speaks for one, is a mere crime related incident only
where another force records it or the registrar has oversight (CRR p9, Crime Related Incidents, 1 to 3), and N100 is a
record in CIS, not a word on the incident (CRR p63, N100 Reported Incident of Rape).
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
from streams.obligations.lacking import NOTHING, is_unknown, lacked_of
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
RELATED_INCIDENT: Final = "CRIME_RELATED_INCIDENT"
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
    fields = [*_asked_fields(report.newest)]
    if is_kind(report, INCIDENT) and _is_refused_to_victims(report, report.newest, report.newest.event_time, context):
        fields += ["fcr_oversight", "other_force_crime_ref"]
    return [field for field in fields if is_unknown(report.newest, field, lacked)]


def refusals(report: Matter[Report], context: Context) -> list[str]:
    """Return why what an incident states now answers nothing, where it did for reports until 2026-04-01."""
    if not is_kind(report, INCIDENT):
        return []
    reasons = []
    if is_closing_code_refused(report, context):
        reasons.append(
            "opened as a report of crime, closed under a code that is not one, and names no incident that it repeats"
        )
    newest, disposition = report.newest, report.newest.disposition
    if disposition in ("N100", RELATED_INCIDENT) and stated_since(report, context) is None:
        is_stated = _states_what_is_asked(newest, lacked_of(report, context))
        if disposition == "N100" and is_stated and may_be_n100(report, newest, context):
            reasons.append("N100 is recorded in CIS, not on the incident")
        elif disposition == RELATED_INCIDENT and is_stated:
            reasons.append("reported by or for the victim, without another force's crime or the registrar's oversight")
    return reasons


def is_delayed(report: Matter[Report], due_at: int, context: Context) -> bool:
    """Return whether recording is delayed with the registrar's oversight, since ``due_at`` or before.

    CRR p10, When to record?: with a rationale and FCR oversight; it moves the deadline and meets nothing.
    """
    if disposition_of(report.newest) != "DELAYED":
        return False
    lacked = lacked_of(report, context)

    def states_delay(snapshot: Report) -> bool:
        return disposition_of(snapshot) == "DELAYED" and _states_what_is_asked(snapshot, lacked)

    since = report.record.since(states_delay)
    return since is not None and since.event_time <= due_at


def _states_what_is_asked(snapshot: Report, lacked: frozenset[str]) -> bool:
    """Return whether a snapshot states all that its disposition asks for, but for what its feed lacks."""
    return all(_is_stated(snapshot, field, lacked) for field in _asked_fields(snapshot))


def _asked_fields(snapshot: Report) -> Iterator[str]:
    rationale = "disposition_rationale" if isinstance(snapshot, Incident) else "decision_rationale"
    for field in _REQUIREMENTS.get(disposition_of(snapshot) or "", ()):
        yield rationale if field == "rationale" else field


def _is_stated(snapshot: Report, field: str, lacked: frozenset[str] = NOTHING) -> bool:
    """Return whether a snapshot fills in a field, or its feed lacks it."""
    return _is_given(getattr(snapshot, field)) or is_unknown(snapshot, field, lacked)


def _is_given(value: str | bool | None) -> bool:  # noqa: FBT001 - the value of a field
    return has_text(value) if isinstance(value, str) else bool(value)


def _is_valid(report: Matter[Report], snapshot: Report, moment: int, context: Context) -> bool:
    """Return whether the disposition of a snapshot that states what is asked was valid at a moment (ms)."""
    disposition = disposition_of(snapshot)
    if isinstance(snapshot, Incident) and is_kind(report, INCIDENT):
        if disposition == "N100":
            typed = not context.policy(report.record.first.reported_at).n100_on_cis
            return typed and may_be_n100(report, snapshot, context)
        if disposition == RELATED_INCIDENT:
            lacked = lacked_of(report, context)
            return not _is_refused_to_victims(report, snapshot, moment, context, lacked)
        if disposition == "DUPLICATE" and has_text(snapshot.duplicate_of):
            return _is_duplicate(report, snapshot, moment, context)
    return disposition in _ANSWERS


def _is_refused_to_victims(
    incident: Matter[Incident],
    snapshot: Incident,
    moment: int,
    context: Context,
    lacked: frozenset[str] = NOTHING,
) -> bool:
    """Return whether a snapshot's incident cannot be a mere crime related one, as a victim reported it.

    So it is once the victim, or who speaks for one, was stated as the reporter by a moment (ms), unless the snapshot
    states another force's crime, or a rationale and the registrar's oversight; what the feed lacks is not asked for.
    """
    reporters = context.policy(incident.record.first.reported_at).reporters_for_victim
    if not any(then.reporter in reporters for then in incident.record.effective if then.event_time <= moment):
        return False
    if _is_stated(snapshot, "other_force_crime_ref", lacked):
        return False
    return not all(_is_stated(snapshot, field, lacked) for field in ("disposition_rationale", "fcr_oversight"))


def is_closing_code_refused(incident: Matter[Incident], context: Context) -> bool:
    """Return whether a closing code of no report excuses nothing, as the opening code is of one.

    So it is from 2026-04-01; it excuses one that names the incident that it duplicates, itself no duplicate.
    """
    policy, newest = context.policy(incident.record.first.reported_at), incident.newest
    if policy.closing_code_excuses or not policy.is_no_report_code(newest.closing_code):
        return False
    return policy.is_report_code(newest.opening_code) and not _names_original(incident, context)


def _names_original(incident: Matter[Incident], context: Context) -> bool:
    """Return whether an incident names now one that it duplicates, or its feed lacks the field."""
    newest = incident.newest
    if is_unknown(newest, "duplicate_of", lacked_of(incident, context)):
        return True
    original = _original(incident, newest.duplicate_of, context) if has_text(newest.duplicate_of) else None
    return original is not None and original.held and original.newest.disposition != "DUPLICATE"


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
