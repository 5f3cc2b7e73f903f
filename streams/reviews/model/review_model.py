"""The model itself: two tables of weights, trained on lessons, and the scores that it gives."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas.records import Score
from schemas.times import to_rfc3339
from streams.facts.context import Context
from streams.facts.matters import REPORT_KINDS, Matter, Report
from streams.reviews.model.lessons import Lesson
from streams.reviews.model.marks import Marks, marks_of, repeats_in
from streams.reviews.model.regression import Outcomes, Weights, fit
from streams.reviews.probability import DECIMALS
from streams.reviews.queue import review_status

FORMAT: Final = 1
"""Of the model's file; another one is refused."""
NAME: Final = "cdi-review-model"
LEAST_SEEN: Final = 5
"""A mark that fewer lessons show is left out: it says little, and might say who."""
ANSWERED_SHRINKAGE: Final = 1.0
HIDES_SHRINKAGE: Final = 2.0
"""How strongly weights are pulled towards 0: those that few people's words teach more than those of many outcomes."""
ROUNDS: Final = 4
"""How often the share of answered crimes that would have stayed hidden is worked out anew."""


class ReviewModel(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports of a force hide a crime: counts and weights by marks, and no reference to any report."""

    format: int = FORMAT
    force: str
    version: str
    """The clock's time when it was trained."""
    unread: int
    """How many states of reports that nobody read taught it what is answered by itself."""
    read: int
    """How many reports that somebody read taught it what hides a crime."""
    answered: Weights
    hides: Weights

    def probability(self, marks: Marks) -> float:
        """Return how probably a report of these marks hides a crime that is not answered by itself."""
        return (1 - self.answered.probability(marks)) * self.hides.probability(marks)


def train(lessons: Iterable[Lesson], force: str, trained_at: int) -> ReviewModel | None:
    """Return the model that lessons teach; None where nobody read a report, or none is old enough.

    A crime that was answered after somebody had read the report counts as hidden only in part: as probably as a crime
    of such marks is one that nobody would have answered.  That part is worked out from the model itself, in rounds.
    """
    taught = _without_rare_marks(list(lessons))
    unread = [lesson for lesson in taught if lesson.answered is not None]
    read = [lesson for lesson in taught if lesson.read_as is not None]
    if not unread or not read:
        return None
    answered = fit(_cells((lesson.marks, float(bool(lesson.answered)), 1.0) for lesson in unread), ANSWERED_SHRINKAGE)
    hides = Weights(0.0, {})
    for _ in range(ROUNDS):
        parts = [(lesson.marks, _part(lesson, answered, hides)) for lesson in read]
        weighed = (
            (lesson.marks, part if lesson.read_as != "NO_CRIME" else 0.0, part)
            for lesson, (_, part) in zip(read, parts, strict=True)
        )
        hides = fit(_cells(weighed), HIDES_SHRINKAGE)
    version = to_rfc3339(trained_at)
    return ReviewModel(force=force, version=version, unread=len(unread), read=len(read), answered=answered, hides=hides)


def _part(lesson: Lesson, answered: Weights, hides: Weights) -> float:
    """Return how much of a read report counts among those that nobody would have answered."""
    if lesson.read_as != "CRIME_ANSWERED":
        return 1.0
    by_itself = answered.probability(lesson.marks)
    hidden = (1 - by_itself) * hides.probability(lesson.marks)
    return hidden / (hidden + by_itself)


def _without_rare_marks(taught: list[Lesson]) -> list[Lesson]:
    seen = Counter(mark for lesson in taught for mark in lesson.marks)
    return [
        lesson._replace(marks=tuple(mark for mark in lesson.marks if seen[mark] >= LEAST_SEEN)) for lesson in taught
    ]


def _cells(rows: Iterable[tuple[Marks, float, float]]) -> dict[Marks, Outcomes]:
    cells: dict[Marks, Outcomes] = {}
    for marks, yes, of in rows:
        cell = cells.setdefault(marks, Outcomes())
        cell.yes += yes
        cell.of += of
    return cells


def scores(context: Context, model: ReviewModel) -> Iterator[Score]:
    """Yield a score of each report that waits, where it is another than the model's last."""
    context.clear_caches()
    repeats = repeats_in(context)
    for kind in REPORT_KINDS:
        for report in context.facts.matters[kind].values():
            if report.held and review_status(report, context) == "WAITING":
                marks = marks_of(report, report.newest, context.clock, repeats.get(report))
                score = _score(report, context, model, round(model.probability(marks), DECIMALS))
                if score is not None:
                    yield score


def _score(report: Matter[Report], context: Context, model: ReviewModel, probability: float) -> Score | None:
    system, name = report.kind.system, f"{NAME} {model.version}"
    given = context.facts.scores_of.get((system, report.ref), {}).values()
    for record in given:
        if record.effective_count and (record.newest.model, record.newest.probability) == (name, probability):
            return None
    of = "|".join(("cdi", name, context.force, system, report.ref, str(context.clock)))
    return Score(
        event_id=str(uuid.uuid5(uuid.NAMESPACE_URL, of)),
        force=context.force,
        source=NAME,
        event_time=context.clock,
        system=system,  # type: ignore[arg-type]  # only reports are scored
        ref=report.written_ref(),
        model=name,
        probability=probability,
    )
