"""What people say a report discloses, beside what its source system states.

A report's source may state how many crimes are expected of it, and so may people, by an Assessment.  Rules ask here
what is expected now, what ever was, and how many crimes that makes; never the newest snapshot alone.

- An assessment that is revoked is as if it had never been given.  One person's newest replaces their older ones.
- The newest statement is what is expected now: a source's as of the snapshot since which it has said the same, an
  assessment's as of its first event_time.  At one millisecond the assessment is later.  A registrar's that stands is
  newer than all.
- That there is no crime, only the registrar, the deputy and a designated decision maker decide, with a rationale: it is
  then a valid NOT_A_CRIME.  By anybody else it decides that somebody has looked, and nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

from schemas.identifiers import normalise
from schemas.records import Assessment
from streams.actions.assessing import NO_CRIME_ROLES
from streams.facts.context import Context
from streams.facts.matters import Matter, Report
from streams.facts.record import version
from streams.obligations.completion_times import earliest
from streams.obligations.text import has_text

REGISTRAR: Final = "FCR"
_AFTER_ALL: Final = 1 << 63
"""Beyond every event_time."""

_BY_SOURCE: Final = 0
_BY_PERSON: Final = 1
"""The later of two statements of one moment is the person's."""

V = TypeVar("V", int, str)


class GivenAssessment(NamedTuple):
    """An assessment that is neither revoked nor replaced by the same person."""

    at: int
    """When it was given (ms): the event_time of its first snapshot."""
    newest: Assessment
    """What it says now."""

    @property
    def rules_out_crime(self) -> bool:
        """Whether it says, with a rationale and by someone who may, that there is no crime."""
        newest = self.newest
        return newest.crimes == 0 and newest.assessed_role in NO_CRIME_ROLES and has_text(newest.rationale)

    @property
    def is_statement(self) -> bool:
        """Whether it states how many crimes are expected; none only where it rules them out."""
        crimes = self.newest.crimes
        return crimes is not None and (crimes >= 1 or self.rules_out_crime)


class _Statement(NamedTuple, Generic[V]):
    """What a source or a person states, ordered by when."""

    at: int
    origin: int
    place: int
    """Among a source's snapshots, or among assessments."""
    value: V


def registrars(context: Context) -> frozenset[str]:
    """Return the roles that decide as the registrar: a chief officer too where the force has none.

    CRR p25, Rape and homicide crimes.
    """
    return frozenset({REGISTRAR} if context.book.has_registrar(context.force) else {REGISTRAR, "CHIEF_OFFICER"})


def given_assessments(matter: Matter, context: Context) -> list[GivenAssessment]:
    """Return the assessments of a matter, one a person, in order of when they were given."""
    assessments = context.facts.assessments_of
    records = assessments.get((matter.kind.system, matter.ref)) if assessments else None
    if not records:
        return []
    unrevoked = [record for record in records.values() if record.effective_count and not record.newest.revoked]
    by_person: dict[str, GivenAssessment] = {}
    for record in sorted(unrevoked, key=lambda record: version(record.first)):
        person = normalise(record.newest.assessed_by)
        by_person.pop(person, None)
        by_person[person] = GivenAssessment(record.first.event_time, record.newest)
    return list(by_person.values())


def standing_assessment(assessments: list[GivenAssessment]) -> GivenAssessment | None:
    """Return the assessment that stands: the registrar's newest, or else the newest of all."""
    registrars = [assessment for assessment in assessments if assessment.newest.assessed_role == REGISTRAR]
    return next(reversed(registrars or assessments), None)


def crimes_expected_now(report: Matter[Report], context: Context) -> int | None:
    """Return how many crimes are expected of a report now; None: nobody has decided."""
    assessments = given_assessments(report, context)
    if not assessments:
        return report.newest.crimes_expected
    statement = max(_stated_now(report, assessments, _crimes_expected, _crimes_assessed), default=None)
    return None if statement is None else statement.value


def offence_class_now(report: Matter[Report], context: Context) -> str | None:
    """Return the class of offence that is expected of a report now, or None."""
    assessments = given_assessments(report, context)
    if not assessments:
        return report.newest.offence_class
    statement = max(_stated_now(report, assessments, _class_expected, _class_assessed), default=None)
    return None if statement is None else statement.value


def offence_class_as_of(report: Matter[Report], snapshot: Report, context: Context) -> str | None:
    """Return the class of offence that was expected when a snapshot of a report was the newest, or None.

    Of the newest it is what is expected now.
    """
    assessments = given_assessments(report, context)
    if snapshot is report.newest or not assessments:
        return offence_class_now(report, context) if assessments else snapshot.offence_class
    earlier = [given for given in assessments if given.at <= snapshot.event_time]
    statements = list(_assessed(earlier, _class_assessed))
    if snapshot.offence_class is not None:
        runs = [run for run in _runs(report, _class_expected) if run.at <= snapshot.event_time]
        statements.append(runs[-1])
    return max(statements).value if statements else None


def crimes_disclosed(report: Matter[Report], context: Context) -> int | None:
    """Return how many crimes the report disclosed, or None: the latest number expected of at least one."""
    assessments = given_assessments(report, context)
    if not assessments:
        return _latest_disclosed(report)
    stated = [*_runs(report, _crimes_expected), *_assessed(assessments, _crimes_assessed)]
    latest = max((statement for statement in stated if statement.value >= 1), default=None)
    return None if latest is None else latest.value


def was_ever_of_class(report: Matter[Report], offence_class: str, context: Context) -> bool:
    """Return whether the source or a person ever called the report one of this class."""
    for snapshot in report.record.effective:
        if snapshot.offence_class == offence_class:
            return True
    return bool(context.facts.assessments_of) and any(
        statement.value == offence_class for statement in _assessed(given_assessments(report, context), _class_assessed)
    )


def is_class_assessed(matter: Matter, context: Context) -> bool:
    """Return whether a person states of which class the crimes of a report are."""
    return any(_assessed(given_assessments(matter, context), _class_assessed))


def decided_at(report: Matter[Report], context: Context) -> int | None:
    """Return when (ms) it was first decided how many crimes a report discloses; None: never."""
    stated_at: int | None = None
    for snapshot in report.record.effective:
        if snapshot.crimes_expected is not None:
            stated_at = snapshot.event_time
            break
    assessments = given_assessments(report, context)
    if not assessments:
        return stated_at
    return earliest(stated_at, *(given.at for given in assessments if given.newest.crimes is not None))


def ruled_out_since(report: Matter[Report], context: Context) -> int | None:
    """Return since when (ms) a person has decided that there is no crime, while that stands; or None."""
    assessments = given_assessments(report, context)
    if not any(given.rules_out_crime for given in assessments):
        return None
    newest = max(_stated_now(report, assessments, _crimes_expected, _crimes_assessed))
    if newest.origin != _BY_PERSON or newest.value != 0:
        return None
    return assessments[newest.place].at


def _latest_disclosed(report: Matter[Report]) -> int | None:
    for snapshot in reversed(report.record.effective):
        if snapshot.crimes_expected is not None and snapshot.crimes_expected >= 1:
            return snapshot.crimes_expected
    return None


def _stated_now(
    report: Matter[Report],
    assessments: list[GivenAssessment],
    of_snapshot: Callable[[Report], V | None],
    of_assessment: Callable[[Assessment], V | None],
) -> Iterator[_Statement[V]]:
    """Yield what the source states now, and what people do."""
    newest = of_snapshot(report.newest)
    if newest is not None:
        since = report.record.since(lambda snapshot: of_snapshot(snapshot) == newest)
        yield _Statement(report.newest.event_time if since is None else since.event_time, _BY_SOURCE, 0, newest)
    yield from _assessed(assessments, of_assessment)


def _assessed(
    assessments: list[GivenAssessment], of_assessment: Callable[[Assessment], V | None]
) -> Iterator[_Statement[V]]:
    """Yield what people state; the registrar's assessment that stands comes after all else."""
    standing = standing_assessment(assessments)
    for place, given in enumerate(assessments):
        value = of_assessment(given.newest) if given.is_statement else None
        if value is not None:
            stands_over_others = given is standing and given.newest.assessed_role == REGISTRAR
            yield _Statement(_AFTER_ALL if stands_over_others else given.at, _BY_PERSON, place, value)


def _runs(report: Matter[Report], of_snapshot: Callable[[Report], V | None]) -> Iterable[_Statement[V]]:
    """Yield each value that the source ever stated, as of the snapshot with which it began to."""
    before: V | None = None
    for place, snapshot in enumerate(report.record.effective):
        value = of_snapshot(snapshot)
        if value is not None and value != before:
            yield _Statement(snapshot.event_time, _BY_SOURCE, place, value)
        before = value


def _crimes_expected(snapshot: Report) -> int | None:
    return snapshot.crimes_expected


def _class_expected(snapshot: Report) -> str | None:
    return snapshot.offence_class


def _crimes_assessed(assessment: Assessment) -> int | None:
    return assessment.crimes


def _class_assessed(assessment: Assessment) -> str | None:
    return assessment.offence_class
