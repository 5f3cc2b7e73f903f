"""Compare a report with a crime, field by field: at which level each agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from schemas.identifiers import normalise
from schemas.records import AsbReport, Crime, Incident, ProtectionReport, Referral, Snapshot
from streams.facts.matters import Report
from streams.policy.calendar import DAY, HOUR, MINUTE
from streams.suggestions.places import place, place_likeness
from streams.suggestions.reference_likeness import Likeness, Skeleton, likeness

Level: TypeAlias = tuple[str, str]
"""A field, and how it agrees."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "victim": ("same", "other"),
        "suspect": ("same", "other"),
        "offence_class": ("same", "other"),
        "beat": ("same", "other"),
        "place": ("address", "street", "other"),
        "occurred": ("quarter_hour", "two_hours", "day", "later"),
        "reported": ("quarter_hour", "two_hours", "day", "later"),
        "recorded": ("before", "six_hours", "day", "three_days", "later"),
        "officer": ("same", "other"),
        "crime_cites": ("same", "edit", "serial", "unlike"),
        "report_cites": ("same", "edit", "serial", "unlike"),
    }
)
"""The fields that are compared, and the levels of each; a field that either side leaves out has none.

When a crime was recorded says something only where nobody states when it was reported: the two would count twice.
"""

_ANY: Final = ("victim_token", "offence_class", "beat", "location")
_STATED: Final[Mapping[type[Snapshot], Callable[[Any], object]]] = {
    Incident: attrgetter(*_ANY, "occurred_at", "suspect_token", "attending_officer"),
    Referral: attrgetter(*_ANY, "occurred_at"),
    ProtectionReport: attrgetter(*_ANY, "occurred_at"),
    AsbReport: attrgetter(*_ANY),
    Crime: attrgetter(*_ANY, "occurred_at", "suspect_token", "reported_at", "recorded_by", "officer_in_case"),
}
"""What is compared of each type of record."""
_NEAR: Final = ((15 * MINUTE, "quarter_hour"), (2 * HOUR, "two_hours"), (DAY, "day"))
_SOON: Final = ((6 * HOUR, "six_hours"), (DAY, "day"), (3 * DAY, "three_days"))
_BEST_FIRST: Final[tuple[Likeness, ...]] = ("same", "edit", "serial")


class ComparedReport(NamedTuple):
    """A report as it is compared with crimes."""

    record: Report
    reported_at: int
    """When (ms) it was first reported, as first stated."""
    own: Skeleton
    unmet: tuple[Skeleton, ...]
    """The crimes it cites that CIS does not hold, or that contradict it."""


class ComparedCrime(NamedTuple):
    """A crime as it is compared with reports."""

    record: Crime
    recorded_at: int
    """When (ms) it was recorded, as first stated."""
    own: Skeleton
    unmet: tuple[Skeleton, ...]
    """The reports it cites that no system holds, or that contradict it."""


def compare(report: ComparedReport, crime: ComparedCrime) -> Iterator[Level]:
    """Yield how each field agrees that both sides state."""
    yield from compare_stated(report.record, report.reported_at, crime.record, crime.recorded_at)
    if crime.unmet:
        yield "crime_cites", best_likeness(crime.unmet, report.own)
    if report.unmet:
        yield "report_cites", best_likeness(report.unmet, crime.own)


def compare_stated(report: Report, reported_at: int, crime: Crime, recorded_at: int) -> Iterator[Level]:
    """Yield how each field agrees, but for what the two cite."""
    for field, one, other in (
        ("victim", report.victim_token, crime.victim_token),
        ("suspect", _suspect(report), crime.suspect_token),
        ("offence_class", report.offence_class, crime.offence_class),
        ("beat", report.beat, crime.beat),
    ):
        if one and other:
            yield field, "same" if one == other or normalise(one) == normalise(other) else "other"
    if report.location and crime.location:
        alike = place_likeness(place(report.location), place(crime.location))
        if alike is not None:
            yield "place", alike
    occurred_at = None if isinstance(report, AsbReport) else report.occurred_at
    if occurred_at is not None and crime.occurred_at is not None:
        yield "occurred", _within(abs(occurred_at - crime.occurred_at), _NEAR)
    if crime.reported_at is not None:
        yield "reported", _within(abs(reported_at - crime.reported_at), _NEAR)
    else:
        delay = recorded_at - reported_at
        yield "recorded", "before" if delay < 0 else _within(delay, _SOON)
    if isinstance(report, Incident) and report.attending_officer and (crime.recorded_by or crime.officer_in_case):
        officers = {normalise(officer) for officer in (crime.recorded_by, crime.officer_in_case) if officer}
        yield "officer", "same" if normalise(report.attending_officer) in officers else "other"


def is_compared_alike(one: ComparedReport | ComparedCrime, other: ComparedReport | ComparedCrime) -> bool:
    """Return whether two versions of one record state the same of all that is compared."""
    if one.record is other.record:
        return one == other
    return one[1:] == other[1:] and _STATED[type(one.record)](one.record) == _STATED[type(other.record)](other.record)


def best_likeness(cited: Iterable[Skeleton], own: Skeleton) -> Likeness:
    """Return how like the likest of some citations is to a record's own reference."""
    found = {likeness(one, own) for one in cited}
    return next((level for level in _BEST_FIRST if level in found), "unlike")


def first_reported_at(report: Report) -> int:
    """Return when (ms) a snapshot says that a report came in."""
    return report.received_at if isinstance(report, Referral | ProtectionReport) else report.reported_at


def _suspect(report: Report) -> str | None:
    return report.suspect_token if isinstance(report, Incident) else None


def _within(apart: int, limits: tuple[tuple[int, str], ...]) -> str:
    return next((level for limit, level in limits if apart <= limit), "later")
