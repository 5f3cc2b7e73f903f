"""Decisions by which a crime is not, or no longer, counted: by whom, in which team and month.

Five kinds are told apart.  Of each it is counted how many times it could have been decided so, and how many times it
was:

- CANCELLED: of crimes recorded, those cancelled or transferred (no-crimes, in 2013); by who decided on it, or recorded
  the crime that stands.
- WRONGLY: of these decisions, those that ``no-crime-unauthorised`` or ``no-crime-unsupported`` finds wrong.
- RECLASSIFIED: of crimes that stand, those that now have another class than at first, or are coded as a reported
  incident; by the officer in the case, or else who recorded it: CIS does not hold who reclassified it.
- NOT_CRIMED: of reports that were disposed of, decided on or led to a crime, those said to be none, to be another's or
  a duplicate; by the attending officer, or else the call handler: STORM does not hold who closed a log.  And of what
  people assessed, what they said discloses none; by who assessed it.
- N100: of rapes and reported incidents of rape recorded, those coded N100; by who recorded it.

All but WRONGLY is counted from records alone, and does not say that a decision was wrong.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from schemas.identifiers import normalise
from schemas.records import Crime
from streams.actions.assessing import NO_CRIME_ROLES
from streams.facts.context import Context
from streams.facts.matters import CRIME, INCIDENT, REPORT_KINDS, Matter, Report
from streams.obligations.assessments import given_assessments
from streams.obligations.cancellations import cancelled_since
from streams.obligations.counting import counting_crimes, recorded_at
from streams.obligations.no_crime_decisions import decisions
from streams.obligations.no_crime_validity import is_authority_unknown, is_invalid, is_support_unknown
from streams.obligations.recorded_crimes import incident_class, is_of_same_class
from streams.policy.calendar import local_date
from streams.reports.figure import Period

DecisionKind: TypeAlias = Literal["CANCELLED", "WRONGLY", "RECLASSIFIED", "NOT_CRIMED", "N100"]
DECISION_KINDS: Final[tuple[DecisionKind, ...]] = get_args(DecisionKind)
MONTH_END_DAYS: Final = 3
"""The last days of a month, when its figures are about to be counted."""
DESIGNATED: Final = NO_CRIME_ROLES | {"CHIEF_OFFICER"}
"""The roles whose work such decisions are: they are compared with each other alone."""
_NOT_AGAINST: Final = frozenset({"CRIMED", "DELAYED"})


class CrimeDecision(NamedTuple):
    """One occasion on which it could have been decided that a crime is not counted."""

    kind: DecisionKind
    at: int
    """When it was decided (ms)."""
    decider: str | None
    team: str | None
    against: bool
    """Whether it was decided so."""
    role: str | None = None
    """Of the decider; None where it is not known."""


class DecisionTally(NamedTuple):
    """How many such occasions one decider of one team had in one local month."""

    force: str
    kind: DecisionKind
    month: str
    """Such as ``2026-04``."""
    decider: str
    """Normalised; empty where nobody is named."""
    designated: bool
    team: str
    taken: int = 0
    against: int = 0
    at_month_end: int = 0
    """Of those against, in the last days of the month."""

    @property
    def days(self) -> int:
        """How many days the month has."""
        year, month = map(int, self.month.split("-"))
        return monthrange(year, month)[1]


def decision_tallies(contexts: Iterable[Context], period: Period) -> list[DecisionTally]:
    """Return the tallies of a period, in order; a decision belongs to the month in which it was taken."""
    tallies: dict[tuple[Any, ...], list[int]] = {}
    for context in contexts:
        for decision in crime_decisions(context):
            if not period.holds(decision.at):
                continue
            day = local_date(decision.at)
            key = (
                context.force,
                decision.kind,
                f"{day:%Y-%m}",
                normalise(decision.decider or ""),
                decision.role in DESIGNATED,
                decision.team or "",
            )
            counts = tallies.setdefault(key, [0, 0, 0])
            counts[0] += 1
            counts[1] += decision.against
            counts[2] += decision.against and day.day > monthrange(day.year, day.month)[1] - MONTH_END_DAYS
    return [DecisionTally(*key, *counts) for key, counts in sorted(tallies.items())]


def crime_decisions(context: Context) -> Iterator[CrimeDecision]:
    """Yield every occasion that a force's records show."""
    for crime in context.facts.matters[CRIME].values():
        yield from _cancellations(crime, context)
        if crime.held and crime.newest.status == "RECORDED":
            yield from _reclassification(crime)
            yield from _n100(crime)
    for kind in REPORT_KINDS:
        for report in context.facts.matters[kind].values():
            if report.held:
                yield from _dispositions(report, context)


def _cancellations(crime: Matter[Crime], context: Context) -> Iterator[CrimeDecision]:
    team = crime.newest.team if crime.held else None
    taken = decisions(crime)
    for decision in taken:
        at, decider, role = decision.decided_at, decision.decided_by, decision.decided_by_role
        yield CrimeDecision("CANCELLED", at, decider, team, against=True, role=role)
        wrong = is_invalid(decision, context)
        if wrong or not (is_authority_unknown(decision, context) or is_support_unknown(decision, context)):
            yield CrimeDecision("WRONGLY", at, decider, team, wrong, role)
    if taken or not crime.held:
        return
    since = cancelled_since(crime)
    if since is not None:
        yield CrimeDecision("CANCELLED", since, None, team, against=True)
    elif incident_class(crime.newest) is None:
        yield CrimeDecision("CANCELLED", recorded_at(crime), crime.newest.recorded_by, team, against=False)


def _reclassification(crime: Matter[Crime]) -> Iterator[CrimeDecision]:
    first, newest = crime.record.first, crime.newest
    if incident_class(first) is not None:
        return
    at, against = recorded_at(crime), not is_of_same_class(newest, first)
    if against:
        since = crime.record.since(lambda snapshot: is_of_same_class(snapshot, newest))
        at = newest.reclassified_at or (newest if since is None else since).event_time
    decider = newest.officer_in_case or newest.recorded_by
    yield CrimeDecision("RECLASSIFIED", at, decider, newest.team, against)


def _n100(crime: Matter[Crime]) -> Iterator[CrimeDecision]:
    newest, coded = crime.newest, incident_class(crime.newest)
    if coded == "N100" or (coded is None and newest.offence_class == "RAPE"):
        yield CrimeDecision("N100", recorded_at(crime), newest.recorded_by, newest.team, coded == "N100")


def _dispositions(report: Matter[Report], context: Context) -> Iterator[CrimeDecision]:
    newest: Any = report.newest
    of_incident = report.kind is INCIDENT
    field = "disposition" if of_incident else "decision"
    stated = getattr(newest, field)
    team = newest.team if of_incident else getattr(newest, "unit", None)
    decider = newest.attending_officer or newest.call_handler if of_incident else None
    crimes = counting_crimes(report, context)
    if stated is not None and stated not in _NOT_AGAINST:
        since = report.record.since(lambda snapshot: getattr(snapshot, field) == stated)
        at = (newest if since is None else since).event_time
        yield CrimeDecision("NOT_CRIMED", at, decider, team, against=True)
    elif crimes:
        yield CrimeDecision("NOT_CRIMED", crimes[0].recorded_at, decider, team, against=False)
    for given in given_assessments(report, context):
        assessment = given.newest
        if assessment.crimes is not None:
            against = assessment.crimes == 0
            yield CrimeDecision("NOT_CRIMED", given.at, assessment.assessed_by, team, against, assessment.assessed_role)
