"""The frames of the audit: which records each holds, and by what they fall into strata.

A record belongs to the period that its first snapshot's time falls into.  What else decides (its codes, its class, its
team) is read from the snapshot that was the newest when the audit was planned, so that nothing leaves its stratum
later; of a record that came later, from its first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

from schemas.identifiers import CrimeRef
from schemas.records import AsbReport, Crime, Incident, NoCrime, ProtectionReport, Referral
from streams.audits.readings import readings_in_audit
from streams.facts.context import Context
from streams.facts.matters import (
    ASB_REPORT,
    CRIME,
    DISPOSAL,
    INCIDENT,
    PROTECTION_REPORT,
    REFERRAL,
    Kind,
    Matter,
)
from streams.facts.record import Record
from streams.obligations.counting import counting_crimes
from streams.obligations.recorded_crimes import incident_class
from streams.obligations.recording import is_no_report_throughout
from streams.policy.calendar import DAY

FrameName = Literal[
    "INCIDENTS",
    "ASB",
    "REFERRALS",
    "PROTECTION",
    "DOMESTIC",
    "N100",
    "CANCELLATIONS",
    "DISPOSALS",
    "CRIMES_WITHOUT_REPORT",
]
FRAME_NAMES: Final[tuple[FrameName, ...]] = get_args(FrameName)
OVERALL: Final[tuple[FrameName, ...]] = ("INCIDENTS", "ASB", "REFERRALS", "PROTECTION")
"""The frames that together hold every report of crime; the others overlap these."""

StrataBy = Literal["FAMILY", "CLASS", "ROUTE", "TEAM"]
STRATA_BY: Final[tuple[StrataBy, ...]] = get_args(StrataBy)
WHOLE: Final = "ALL"
"""The one stratum of a frame that is not divided."""
NONE: Final = "NONE"
"""The stratum of the records that do not say."""

Measure = Literal["RECORDED", "IN_TIME", "CLASSIFIED", "RIGHT"]
"""Crimes recorded of those found; in time, and rightly classified, of those recorded; records that are right."""
YEAR: Final = 365 * DAY

_Value = Callable[[Any, Context], str | None]
_Condition = Callable[[Matter, Any, Context], bool]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    name: FrameName
    kind: Kind
    strata: Mapping[StrataBy, _Value]
    """What a snapshot says of itself, by what strata can be made of."""
    condition: _Condition
    """Whether a matter belongs to it, by a snapshot of it."""
    measures: tuple[Measure, ...] = ("RECORDED", "IN_TIME", "CLASSIFIED")


class FrameRecord(NamedTuple):
    """One record of a frame."""

    system: str
    ref: str
    """Normalised."""
    stratum: str
    later: bool
    """Whether it came after the audit was planned."""


def _always(_matter: Matter, _snapshot: object, _context: Context) -> bool:
    return True


def _is_report(incident: Matter, snapshot: Incident, context: Context) -> bool:
    """Return whether an incident was opened or is closed as a report: not both codes are of none."""
    return not is_no_report_throughout(snapshot, context.policy(incident.record.first.reported_at))


def _is_domestic(_incident: Matter, snapshot: Incident, context: Context) -> bool:
    codes = (snapshot.opening_code, snapshot.closing_code)
    return context.book.audits.is_domestic(codes, snapshot.qualifiers)


def _is_n100(_crime: Matter, snapshot: Crime, _context: Context) -> bool:
    return incident_class(snapshot) == "N100"


def _is_without_report(crime: Matter, snapshot: Crime, context: Context) -> bool:
    """Return whether a crime is recorded and linked to no report that its system holds."""
    if snapshot.status != "RECORDED" or incident_class(snapshot) is not None:
        return False
    reports = map(context.facts.report, context.facts.linkage.reports_of(CrimeRef(crime.ref)))
    return not any(report is not None and report.held for report in reports)


def _family(code_of: Callable[[Any], str]) -> _Value:
    """Return the family of a record's opening code; what has none goes by what it is."""

    def value(snapshot: object, context: Context) -> str:
        return context.book.reviews.families.of(code_of(snapshot)).name

    return value


def _class(
    snapshot: Incident | Referral | ProtectionReport | AsbReport | Crime | NoCrime, _context: Context
) -> str | None:
    return snapshot.offence_class


def _field(name: str) -> _Value:
    def value(snapshot: object, _context: Context) -> str | None:
        stated: str | None = getattr(snapshot, name)
        return stated

    return value


_OF_INCIDENTS: Final[Mapping[StrataBy, _Value]] = {
    "FAMILY": _family(lambda incident: incident.opening_code),
    "CLASS": _class,
    "ROUTE": _field("channel"),
    "TEAM": _field("team"),
}
_OF_CRIMES: Final[Mapping[StrataBy, _Value]] = {"CLASS": _class, "ROUTE": _field("route"), "TEAM": _field("team")}

FRAMES: Final[Mapping[FrameName, Frame]] = {
    frame.name: frame
    for frame in (
        Frame("INCIDENTS", INCIDENT, _OF_INCIDENTS, _is_report),
        Frame(
            "ASB",
            ASB_REPORT,
            {"FAMILY": _family(lambda _report: "ASB"), "CLASS": _class, "ROUTE": _field("partner")},
            _always,
        ),
        Frame(
            "REFERRALS",
            REFERRAL,
            {
                "FAMILY": _family(lambda referral: referral.unit),
                "CLASS": _class,
                "ROUTE": _field("agency_sector"),
                "TEAM": _field("unit"),
            },
            _always,
        ),
        Frame(
            "PROTECTION",
            PROTECTION_REPORT,
            {"FAMILY": _family(lambda report: report.kind), "CLASS": _class, "ROUTE": _field("kind")},
            _always,
        ),
        Frame("DOMESTIC", INCIDENT, _OF_INCIDENTS, _is_domestic),
        Frame("N100", CRIME, _OF_CRIMES, _is_n100, ("RIGHT",)),
        Frame("CANCELLATIONS", CRIME, {"CLASS": _class, "ROUTE": _field("reason")}, _always, ("RIGHT",)),
        Frame("DISPOSALS", DISPOSAL, {"ROUTE": _field("kind")}, _always, ("RIGHT",)),
        Frame("CRIMES_WITHOUT_REPORT", CRIME, _OF_CRIMES, _is_without_report),
    )
}


def frame_records(
    frame: Frame,
    context: Context,
    start: int,
    end: int,
    by: StrataBy | None,
    planned_at: int,
    audit_id: str | None = None,
) -> Iterator[FrameRecord]:
    """Yield the records of a frame in a period, each in its stratum.

    The period goes from ``start`` up to, not including, ``end`` (ms).  What was read in the audit ``audit_id`` belongs
    to its frame, whatever became of the record since.
    """
    value = None if by is None else frame.strata[by]
    for matter, record in _records(frame, context, start, end):
        planned = record.as_of(planned_at)
        snapshot = record.first if planned is None else planned
        if frame.condition(matter, snapshot, context) or _is_read(matter, context, audit_id):
            stratum = WHOLE if value is None else value(snapshot, context) or NONE
            yield FrameRecord(matter.kind.system, matter.ref, stratum, planned is None)


def _records(frame: Frame, context: Context, start: int, end: int) -> Iterator[tuple[Matter, Record[Any]]]:
    """Yield the matters of the period, each with the record that tells its stratum."""
    matters = context.facts.matters[frame.kind].values()
    if frame.name == "CANCELLATIONS":
        for matter in matters:
            if (decision := _newest_decision(matter, start, end)) is not None:
                yield matter, decision
        return
    for matter in matters:
        if matter.held and start <= getattr(matter.record.first, frame.kind.begins) < end:
            yield matter, matter.record


def _is_read(matter: Matter, context: Context, audit_id: str | None) -> bool:
    if audit_id is None or (subject := (matter.kind.system, matter.ref)) not in context.facts.readings_of:
        return False
    return readings_in_audit(context.facts, subject, audit_id).anything


def _newest_decision(crime: Matter, start: int, end: int) -> Record[NoCrime] | None:
    """Return the newest no-crime decision on a crime that was taken in the period: a crime is read once."""
    for decided_at in sorted(crime.decisions, reverse=True):
        if start <= decided_at < end and crime.decisions[decided_at].effective_count:
            return crime.decisions[decided_at]
    return None


def recorded_in_the_year(frames: Iterable[FrameName], context: Context, end: int) -> int:
    """Count the counting crimes of frames' reports that were recorded in the 365 days up to ``end`` (ms)."""
    refs: set[CrimeRef] = set()
    for name in frames:
        frame = FRAMES[name]
        for matter in context.facts.matters[frame.kind].values():
            if matter.held and frame.condition(matter, matter.newest, context):
                crimes = counting_crimes(matter, context)
                refs.update(crime.ref for crime in crimes if end - YEAR <= crime.recorded_at < end)
    return len(refs)
