"""decision-maker-untrained: a crime-recording decision was taken by somebody not trained for it at that time.

HMIC 2014, recommendation 5: train all "who are responsible for making crime-recording decisions"; recommendation 1:
guidance for "staff who make no-crime decisions in respect of robbery", on the standard of additional verifiable
information; 2.2: "no specific training to assist staff involved in" the review of out-of-court disposals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schemas.products import Fact
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import CRIME, DISPOSAL, Matter
from streams.obligations.counting import recorded_at
from streams.obligations.disposals import DISPOSALS, reviewed_at
from streams.obligations.evidence import fact, moment
from streams.obligations.findings import Condition, Finding, Rule
from streams.obligations.no_crimes import decisions
from streams.obligations.recorded_crimes import CRIMES, is_recorded
from streams.obligations.training import RECORDING_COURSES, REVIEW_COURSES, TRAINING, courses_for_no_crime, is_trained


class Decision(NamedTuple):
    """Something decided, by whom and when (ms), and the courses of which its maker must hold one."""

    name: str
    maker: str | None
    decided_at: int
    courses: frozenset[str]
    source: object
    offence_class: str | None = None


def judge(matter: Matter, context: Context) -> list[Condition]:
    """One condition a decision: wrong while no record shows its maker trained when it was taken."""
    return [
        Condition(
            wrong=not is_trained(made.maker, made.courses, made.decided_at, context),
            discriminator=made.name,
            offence_class=made.offence_class,
        )
        for made in decisions_on(matter)
    ]


def decisions_on(matter: Matter) -> Iterator[Decision]:
    """Yield the decisions taken on a crime (recording it, while it stands; each no-crime) or a disposal (review)."""
    if matter.kind is DISPOSAL:
        at, said = reviewed_at(matter), matter.newest
        if at is not None:
            yield Decision("REVIEW", said.reviewed_by, at, REVIEW_COURSES, said)
        return
    if is_recorded(matter):
        said = matter.newest
        yield Decision("RECORDING", said.recorded_by, recorded_at(matter), RECORDING_COURSES, said)
    for made in decisions(matter):
        name, courses = f"NO_CRIME|{to_rfc3339(made.decided_at)}", courses_for_no_crime(made)
        yield Decision(name, made.decided_by, made.decided_at, courses, made, made.offence_class)


def explain(matter: Matter, _context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show which decision, when, and which course was wanted; its maker is not named."""
    made = next(made for made in decisions_on(matter) if made.name == finding.discriminator)
    return (
        fact("decision", made.name.partition("|")[0], made.source),
        moment("decided_at", made.decided_at, made.source),
        fact("course_wanted", " or ".join(sorted(made.courses))),
    )


RULE = Rule(
    id="decision-maker-untrained",
    about={CRIME: CRIMES | TRAINING, DISPOSAL: DISPOSALS | TRAINING},
    also=frozenset({"cis.no-crimes.v1"}),
    severity="MEDIUM",
    title="A decision was taken by somebody not trained for it",
    obligation="Whoever records a crime, cancels one or reviews a disposal is trained for it at the time (HMIC 2014, "
    "recommendations 1 and 5; 2.2).",
    runbook="Have the decision looked at by somebody who is trained, and book the maker on the course. If the training "
    "was taken but not entered, enter it: the alert clears of itself.",
    judge=judge,
    explain=explain,
)
