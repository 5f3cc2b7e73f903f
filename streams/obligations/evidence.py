"""The facts an alert shows: what was stated, and by which snapshot.

No free text, no person's name.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.products import Fact
from schemas.records import READ_AS_FALSE, Snapshot
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import Matter, Report
from streams.obligations.assessments import given_assessments, standing_assessment
from streams.obligations.counting import counting_crimes
from streams.obligations.dispositions import refusals
from streams.obligations.findings import Explanation, Finding


def fact(name: str, value: object, source: Snapshot | None = None) -> Fact:
    """Return one fact; ``source`` is the snapshot that states it, None where it follows from several."""
    text = value if value.__class__ is str else _text(value)
    return Fact(name=name, value=text, event_id=None if source is None else source.event_id)


def _text(value: object) -> str:
    """Return in words what a field holds."""
    match value:
        case None:
            return "not stated"
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


def time_fact(name: str, time: int | None, source: Snapshot | None = None) -> Fact:
    """Return a fact that is a time (ms)."""
    return fact(name, None if time is None else to_rfc3339(time), source)


def stated_facts(snapshot: Snapshot, *names: str) -> list[Fact]:
    """Return what a snapshot states in each of these fields; fields ending in ``_at`` are times."""
    facts = []
    for name in names:
        value = getattr(snapshot, name)
        text = value if value.__class__ is str else _stated_text(value, name)
        facts.append(Fact(name=name, value=text, event_id=snapshot.event_id))
    return facts


def stated_text(snapshot: Snapshot, name: str) -> str:
    """Return in words what a snapshot states in a field; a field ending in ``_at`` is a time."""
    value = getattr(snapshot, name)
    return value if value.__class__ is str else _stated_text(value, name)


def _stated_text(value: object, name: str) -> str:
    if value is None:
        return "no" if name in READ_AS_FALSE else "not stated"
    return to_rfc3339(value) if isinstance(value, int) and name.endswith("_at") else _text(value)


def first_and_now(*names: str) -> Explanation:
    """Return an explanation: when the matter began, as first stated, and the fields ``names`` now."""

    def explain(matter: Matter, _context: Context, _finding: Finding) -> tuple[Fact, ...]:
        first, begins = matter.record.first, matter.kind.begins
        return (time_fact(begins, getattr(first, begins), first), *stated_facts(matter.newest, *names))

    return explain


def assessed_facts(matter: Matter, context: Context) -> Iterator[Fact]:
    """Yield what the assessment that stands says of a matter, by which role and since when."""
    standing = standing_assessment(given_assessments(matter, context))
    if standing is not None:
        assessment = standing.newest
        yield fact("crimes_assessed", assessment.crimes, assessment)
        if assessment.offence_class is not None:
            yield fact("offence_class_assessed", assessment.offence_class, assessment)
        yield fact("assessed_role", assessment.assessed_role, assessment)
        yield time_fact("assessed_since", standing.at, assessment)


def report_as_assessed(*names: str) -> Explanation:
    """Return an explanation of a report: as :func:`first_and_now`, and what people say of it."""
    explain_report = first_and_now(*names)

    def explain(report: Matter[Report], context: Context, finding: Finding) -> tuple[Fact, ...]:
        refused = (fact("not_valid", reason, report.newest) for reason in refusals(report, context))
        return (*explain_report(report, context, finding), *refused, *assessed_facts(report, context))

    return explain


def report_and_crimes(*names: str) -> Explanation:
    """Return an explanation of a report: as :func:`report_as_assessed`, and which crimes count for it."""
    explain_report = report_as_assessed(*names)

    def explain(report: Matter[Report], context: Context, finding: Finding) -> tuple[Fact, ...]:
        counting = counting_crimes(report, context)
        crimes = (context.facts.crimes[crime.ref] for crime in counting)
        return (
            *explain_report(report, context, finding),
            fact("crimes_counted", len(counting)),
            *(
                time_fact(f"recorded_at {crime.written_ref()}", crime.record.first.recorded_at, crime.record.first)
                for crime in crimes
            ),
        )

    return explain
