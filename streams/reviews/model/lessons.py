"""What reports teach a model: what became of those that nobody read, and what people say of the rest.

What became of a report that somebody read teaches nothing about what it would have come to by itself: reading it may be
why its crime was recorded.  So the two are kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from schemas.records import Incident
from streams.facts.context import Context
from streams.facts.matters import REPORT_KINDS, Matter, Report
from streams.obligations.assessments import given_assessments, standing_assessment
from streams.obligations.recording import is_no_report_throughout
from streams.policy.calendar import DAY, HOUR, local_time_on_day_of
from streams.policy.review_policy import RatioName
from streams.reviews.model.marks import AGES, Marks, marks_of, repeats_in
from streams.reviews.past_links import had_counting_crime
from streams.reviews.queue import lapses_at, received_at

AWAITED: Final = 7 * DAY
"""How long (ms) a force has to answer a report by itself: ours; HMIC's crimes that came late came within days."""
MORNING: Final = 9
"""The local hour at which it is asked what still waits."""

ReadAs: TypeAlias = Literal["NO_CRIME", "CRIME", "CRIME_ANSWERED"]
"""What people said of a report; of a crime also whether it was answered since, or may yet be."""


class Lesson(NamedTuple):
    """What one report, in one state, teaches."""

    marks: Marks
    answered: bool | None = None
    """Of a report that nobody read: whether it was answered by itself in time."""
    read_as: ReadAs | None = None
    """Of a report that somebody read: what they said."""


def lessons(context: Context) -> Iterator[Lesson]:
    """Yield what the reports known so far teach, as of the clock."""
    repeats = repeats_in(context)
    for kind in REPORT_KINDS:
        for report in context.facts.matters[kind].values():
            if report.held:
                yield from _lessons_of(report, repeats.get(report), context)


def _lessons_of(report: Matter[Report], repeat: RatioName | None, context: Context) -> Iterator[Lesson]:
    assessments = [given for given in given_assessments(report, context) if given.newest.crimes is not None]
    read_at = min((given.at for given in assessments), default=None)
    for moment, marks in _states(report, repeat, read_at, context):
        awaited = moment + AWAITED
        if awaited <= context.clock and (read_at is None or read_at > awaited):
            yield Lesson(marks, answered=is_answered_by(report, awaited, context))
    standing = standing_assessment(assessments)
    snapshot = None if read_at is None else report.record.as_of(read_at)
    if standing is None or read_at is None or snapshot is None:
        return
    read_as: ReadAs = "CRIME" if standing.newest.crimes else "NO_CRIME"
    if read_as == "CRIME" and (read_at + AWAITED > context.clock or is_answered_by(report, context.clock, context)):
        read_as = "CRIME_ANSWERED"
    yield Lesson(marks_of(report, snapshot, read_at, repeat), read_as=read_as)


def _states(
    report: Matter[Report], repeat: RatioName | None, read_at: int | None, context: Context
) -> Iterator[tuple[int, Marks]]:
    """Yield the mornings (ms) on which a report showed other marks.

    That is until its crime is there, somebody has read it or it is too old.
    """
    until = min(context.clock, lapses_at(report, context))
    changes_until = max(received_at(report) + AGES[-1][0] * HOUR, report.newest.event_time)
    morning, before = local_time_on_day_of(report.record.first.event_time, MORNING, 0), None
    while morning <= until and (read_at is None or morning < read_at):
        snapshot = report.record.as_of(morning)
        if snapshot is not None:
            if had_counting_crime(report, morning, context) or _says_itself(report, snapshot, context):
                return
            marks = marks_of(report, snapshot, morning, repeat)
            if marks != before:
                yield morning, marks
            before = marks
            if morning > changes_until:
                return
        morning = local_time_on_day_of(morning + DAY, MORNING, 0)


def _says_itself(report: Matter[Report], snapshot: Report, context: Context) -> bool:
    """Return whether a report is not for people to judge: it states a number of crimes, or is no report."""
    if snapshot.crimes_expected is not None:
        return True
    return isinstance(snapshot, Incident) and is_no_report_throughout(snapshot, context.policy(received_at(report)))


def is_answered_by(report: Matter[Report], moment: int, context: Context) -> bool:
    """Return whether by ``moment`` (ms) a report had a counting crime, or a crime's closing code."""
    snapshot = report.record.as_of(moment)
    if isinstance(snapshot, Incident) and context.policy(received_at(report)).is_crime_code(snapshot.closing_code):
        return True
    return had_counting_crime(report, moment, context)
