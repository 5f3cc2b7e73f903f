"""The model: what it learns, what it leaves out, and the scores that it gives."""

from __future__ import annotations

import msgspec
import pytest

from streams.reviews.model.lessons import Lesson
from streams.reviews.model.review_model import LEAST_SEEN, ReviewModel, scores, train
from tests.streams.reviews.queues import QueueWatch
from tests.streams.world import FORCE, assessment, crime, incident, ms, policy

NOON, EVENING, NEXT_NOON = "2016-03-10 12:00", "2016-03-10 18:00", "2016-03-11 12:00"
SLOW, QUICK = ("opened CONCERN",), ("opened VIOLENCE",)
LESSONS = [
    *[Lesson(SLOW, answered=False)] * 95,
    *[Lesson(SLOW, answered=True)] * 5,
    *[Lesson(QUICK, answered=True)] * 90,
    *[Lesson(QUICK, answered=False)] * 10,
    *[Lesson(SLOW, read_as="CRIME")] * 10,
    *[Lesson(SLOW, read_as="NO_CRIME")] * 30,
    *[Lesson(QUICK, read_as="CRIME_ANSWERED")] * 36,
    *[Lesson(QUICK, read_as="NO_CRIME")] * 4,
]
"""Of one kind a quarter is a crime that nobody records; of the other nearly all are recorded by themselves."""


def trained(lessons: list[Lesson] = LESSONS) -> ReviewModel:
    """Return the model that lessons teach."""
    model = train(lessons, FORCE, ms(NOON))
    assert model is not None
    return model


def test_a_crime_that_stays_hidden_counts_and_one_that_is_recorded_by_itself_does_not() -> None:
    """Though people found far more crimes among those recorded."""
    model = trained()
    assert model.probability(SLOW) == pytest.approx(0.24, abs=0.04)
    assert model.probability(QUICK) < 0.06
    assert (model.read, model.unread, model.version) == (80, 200, "2016-03-10T12:00:00.000Z")


def test_reading_one_kind_more_often_does_not_make_it_likelier() -> None:
    """What is read because it ranked high teaches its share, and not how often it was read."""
    more = [lesson for lesson in LESSONS if lesson.read_as is not None and lesson.marks == SLOW] * 4
    assert trained([*LESSONS, *more]).probability(SLOW) == pytest.approx(trained().probability(SLOW), abs=0.02)
    assert trained([*LESSONS, *more]).probability(QUICK) == pytest.approx(trained().probability(QUICK), abs=0.02)


@pytest.mark.parametrize(
    "lessons",
    [[], [Lesson(SLOW, read_as="CRIME")] * 9, [Lesson(SLOW, answered=True)] * 9],
    ids=["none", "read", "unread"],
)
def test_without_both_kinds_of_lessons_there_is_no_model(lessons: list[Lesson]) -> None:
    """Neither part can be made up."""
    assert train(lessons, FORCE, ms(NOON)) is None


def test_a_mark_that_few_reports_show_is_not_in_the_file() -> None:
    """It might say which report it was."""
    few = [Lesson((*SLOW, "opened NEVER-SEEN-ELSEWHERE"), read_as="CRIME")] * (LEAST_SEEN - 1)
    assert b"NEVER-SEEN-ELSEWHERE" not in msgspec.json.encode(trained([*LESSONS, *few]))
    assert b"NEVER-SEEN-ELSEWHERE" in msgspec.json.encode(trained([*LESSONS, *few, few[0]]))


def test_the_file_is_read_back_as_it_was_written() -> None:
    """A model is a JSON object of counts and weights."""
    model = trained()
    assert msgspec.json.decode(msgspec.json.encode(model), type=ReviewModel) == model


def test_the_order_of_lessons_changes_nothing() -> None:
    """But for the last digits of a weight."""
    there, back = trained(), trained(LESSONS[::-1])
    assert there.probability(SLOW) == pytest.approx(back.probability(SLOW), abs=1e-3)


def test_what_waits_is_scored_and_nothing_else() -> None:
    """Not what people judged, what its source states or what has its crime; each once while nothing changes."""
    watch = QueueWatch(
        incident(NOON, "I-1", opening_code="CONCERN"),
        incident(NOON, "I-2", opening_code="CONCERN"),
        incident(NOON, "I-3", opening_code="CONCERN", crimes_expected=1),
        incident(NOON, "I-4", opening_code="CONCERN"),
        assessment(EVENING, ref="I-2"),
        crime(EVENING, incident_refs=("I-4",)),
    ).advances(NEXT_NOON)
    model = trained()
    (score,) = scores(watch.monitor.context, model)
    assert (score.system, score.ref, score.force, score.event_time) == ("STORM", "I-1", FORCE, ms(NEXT_NOON))
    assert score.model == "cdi-review-model 2016-03-10T12:00:00.000Z"
    assert score.probability == round(model.probability(("opened CONCERN",)), 4)
    watch.receives(score).advances("2016-03-11 12:01")
    assert list(scores(watch.monitor.context, model)) == []


def test_a_score_moves_a_report_as_far_as_the_policy_lets_it() -> None:
    """Not at all with a weight of 0; and the alerts are the same."""
    report = incident(NOON, opening_code="CONCERN")
    probabilities = {}
    for weight in (0, 0.5):
        watch = QueueWatch(report, book=policy(f"[reviews]\nscore_weight = {weight}\n")).advances(EVENING)
        watch.receives(*scores(watch.monitor.context, trained())).advances(NEXT_NOON)
        probabilities[weight] = watch.queue["I-1"].probability
    unscored = QueueWatch(report).advances(NEXT_NOON).queue["I-1"].probability
    assert probabilities[0] == unscored
    assert unscored < probabilities[0.5] < trained().probability(SLOW)
