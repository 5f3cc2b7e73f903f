"""decision-maker-untrained: a recording decision was taken by somebody not trained for it then.

HMIC 2014, recommendation 5: train all "who are responsible for making crime-recording decisions"; recommendation 1:
guidance for "staff who make no-crime decisions in respect of robbery", on the standard of additional verifiable
information; 2.2: "no specific training to assist staff involved in" the review of out-of-court disposals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from schemas.products import Fact
from schemas.records import Crime, Disposal, NoCrime, Snapshot, TrainingRecord
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import CRIME, DISPOSAL, Matter, is_kind
from streams.obligations.counting import recorded_at
from streams.obligations.disposals import reviewed_at
from streams.obligations.evidence import fact, time_fact
from streams.obligations.findings import Condition, Finding, Rule, feeds
from streams.obligations.lacking import is_unknown, lacked_of
from streams.obligations.no_crime_decisions import decided_at_of, decision_of, decisions
from streams.obligations.recorded_crimes import is_recorded
from streams.obligations.training import RECORDING_COURSES, REVIEW_COURSES, courses_for_no_crime, is_trained

MAKER_BY_DECISION: Final = {"RECORDING": "recorded_by", "REVIEW": "reviewed_by"}
"""The field that names the maker, where it may be empty."""


class Decision(NamedTuple):
    """A decision, by whom and when (ms) it was taken, and the courses of which its maker must hold one."""

    name: str
    maker: str | None
    decided_at: int
    courses: frozenset[str]
    source: Snapshot
    offence_class: str | None = None


def judge(matter: Matter[Crime | Disposal], context: Context) -> list[Condition]:
    """Return one condition a decision: wrong while no record shows its maker trained when it was taken."""
    return [
        Condition(
            wrong=not is_trained(decision.maker, decision.courses, decision.decided_at, context),
            discriminator=decision.name,
            offence_class=decision.offence_class,
        )
        for decision in decisions_on(matter)
        if not is_maker_unknown(matter, decision, context)
    ]


def is_maker_unknown(matter: Matter[Crime | Disposal], decision: Decision, context: Context) -> bool:
    """Return whether the feed does not hold who recorded the crime or reviewed the disposal."""
    field = MAKER_BY_DECISION.get(decision.name)
    return field is not None and is_unknown(decision.source, field, lacked_of(matter, context))


def decisions_on(matter: Matter[Crime | Disposal]) -> Iterator[Decision]:
    """Yield the decisions on a disposal (its review) or a crime.

    Those on a crime are recording it, while it stands, and each no-crime.
    """
    if is_kind(matter, DISPOSAL):
        time, disposal = reviewed_at(matter), matter.newest
        if time is not None:
            yield Decision("REVIEW", disposal.reviewed_by, time, REVIEW_COURSES, disposal)
    elif is_kind(matter, CRIME):
        if is_recorded(matter):
            crime = matter.newest
            yield Decision("RECORDING", crime.recorded_by, recorded_at(matter), RECORDING_COURSES, crime)
        yield from map(_no_crime, decisions(matter))


def _no_crime(decision: NoCrime) -> Decision:
    name, courses = f"NO_CRIME|{to_rfc3339(decision.decided_at)}", courses_for_no_crime(decision)
    return Decision(name, decision.decided_by, decision.decided_at, courses, decision, decision.offence_class)


def explain(matter: Matter[Crime | Disposal], _context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show which decision, when, and which course its maker had to hold; the maker is not named."""
    no_crime = None
    if is_kind(matter, CRIME) and finding.discriminator.startswith("NO_CRIME|"):
        no_crime = decision_of(matter, finding)
    if no_crime is not None:
        decision = _no_crime(no_crime)
    else:
        decision = next(decision for decision in decisions_on(matter) if decision.name == finding.discriminator)
    return (
        fact("decision", decision.name.partition("|")[0], decision.source),
        time_fact("decided_at", decision.decided_at, decision.source),
        fact("course_wanted", " or ".join(sorted(decision.courses))),
    )


def dated(matter: Matter[Crime | Disposal], finding: Finding) -> int | None:
    """Return when (ms) a no-crime was decided; a recording and a review go by when their matter began."""
    if is_kind(matter, CRIME) and finding.discriminator.startswith("NO_CRIME|"):
        return decided_at_of(matter, finding)
    return None


RULE: Rule[Crime | Disposal] = Rule(
    id="decision-maker-untrained",
    about={CRIME: feeds(Crime, TrainingRecord), DISPOSAL: feeds(Disposal, TrainingRecord)},
    also=feeds(NoCrime),
    severity="MEDIUM",
    title="A decision was taken by somebody not trained for it",
    obligation="Whoever records a crime, cancels one or reviews a disposal is trained for it at the time (HMIC 2014, "
    "recommendations 1 and 5; 2.2).",
    runbook="Have the decision looked at by somebody who is trained, and book the maker on the course. If the training "
    "was taken but not entered, enter it: the alert clears of itself.",
    judge=judge,
    explain=explain,
    dated=dated,
)
