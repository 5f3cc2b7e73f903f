"""The marks by which a model tells reports apart: words of their codes, no reference and no name.

All that a report's rank follows from is among them, but for the day and the blind share.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from schemas.records import Incident, ProtectionReport, Referral
from streams.facts.context import Context
from streams.facts.matters import CRIME, REPORT_KINDS, Matter, Report
from streams.obligations.text import has_text
from streams.policy.calendar import HOUR, local_time_on_day_of
from streams.policy.review_policy import RatioName
from streams.reviews.queue import received_at
from streams.reviews.same_people import SamePeople

Marks: TypeAlias = tuple[str, ...]
AGES: Final = ((6, "under 6 hours"), (24, "under 24 hours"), (72, "under 3 days"))
"""How long a report has waited: below so many hours, in words."""
OLD: Final = "3 days or more"
HOURS_TOGETHER: Final = 6
"""Hours of the day are told apart by quarters."""


def marks_of(report: Matter[Report], snapshot: Report, moment: int, repeat: RatioName | None) -> Marks:
    """Return what a report showed at ``moment`` (ms), when ``snapshot`` was its newest."""
    match snapshot:
        case Incident():
            marks = _of_incident(snapshot)
        case Referral():
            marks = _of_referral(snapshot)
        case ProtectionReport():
            marks = iter((f"kind {_word(snapshot.kind)}", f"decision {_word(snapshot.decision)}"))
        case _:
            marks = iter((f"partner {_word(snapshot.partner)}", f"decision {_word(snapshot.decision)}"))
    system = report.kind.system
    state = snapshot.status.lower() if isinstance(snapshot, Incident) else "report"
    return (
        f"system {system}",
        f"waits {_age(moment - received_at(report))}, {system} {state}",
        f"received {_hours(received_at(report))}",
        f"named again {_word(repeat)}",
        *marks,
    )


def _of_incident(incident: Incident) -> Iterator[str]:
    opened, closed = _word(incident.opening_code), _word(incident.closing_code)
    yield from (f"opened {opened}", f"closed {closed}", f"opened {opened}, closed {closed}")
    yield f"disposition {_word(incident.disposition)}"
    yield f"reporter {_word(incident.reporter)}"
    yield f"channel {_word(incident.channel)}"
    yield f"officer dispatched {_word(incident.officer_dispatched)}"
    yield f"victim named {has_text(incident.victim_token)}"
    yield from (f"qualifier {_word(qualifier)}" for qualifier in dict.fromkeys(incident.qualifiers))


def _of_referral(referral: Referral) -> Iterator[str]:
    yield f"unit {_word(referral.unit)}"
    yield f"agencies {_word(referral.agency_sector)}"
    yield f"decision {_word(referral.decision)}"
    yield from (f"vulnerable {_word(name)}" for name in dict.fromkeys(referral.vulnerable))


def _word(stated: str | bool | None) -> str:  # noqa: FBT001 - the value of a field
    """Return a value as marks have it: codes are compared in capitals; ``-`` where nothing is stated."""
    return str(stated).strip().upper() or "-" if stated is not None else "-"


def _age(waited: int) -> str:
    return next((words for hours, words in AGES if waited < hours * HOUR), OLD)


def _hours(moment: int) -> str:
    """Return the quarter of the local day that a moment (ms) falls in."""
    first = next(hour for hour in (18, 12, 6, 0) if local_time_on_day_of(moment, hour, 0) <= moment)
    return f"{first:02}-{first + HOURS_TOGETHER:02}"


def repeats_in(context: Context) -> dict[Matter, RatioName]:
    """Return which reports are repeats, as the review queue has it."""
    people = SamePeople(context.facts, context.book.reviews)
    for kind in (*REPORT_KINDS, CRIME):
        for matter in context.facts.matters[kind].values():
            if matter.held:
                people.update(matter)
    return {matter: name for _, found in people.drain_touched() for matter, name in found.items()}
