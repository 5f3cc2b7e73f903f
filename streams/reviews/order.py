"""The order in which reports are read, and how many crimes those read first are expected to hold.

A position is worked out by whoever shows the queue, and never published: it changes with every other entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from schemas.products import Review
from streams.policy.review_policy import ReviewPolicy
from streams.reviews.blind_share import digest_of, is_blind

BLIND_PART: Final = 10
"""At most one in so many of a day's reports is read first for being of the blind share."""


class Expected(NamedTuple):
    """How many probable crimes there are: the probabilities added up."""

    first: float
    """In the entries read first."""
    waiting: float
    """In all that wait."""


def in_order(reviews: Iterable[Review], clock: int, policy: ReviewPolicy) -> list[Review]:
    """Return the entries of one force that wait, those to be read first at the front.

    1. First come entries of the blind share by their digest, at most a tenth of the day's number.
    2. Then all others by their probability, which counts more while the recording limit is ahead.  Those of equal rank
       come by due_at, system and reference.
    """
    waiting = [review for review in reviews if review.status == "WAITING"]
    blind = sorted((digest, review.system, review.normalised_ref, review) for digest, review in _blind(waiting, policy))
    first = [review for *_, review in blind[: policy.daily_number // BLIND_PART]]
    chosen = {(review.system, review.normalised_ref) for review in first}
    others = (review for review in waiting if (review.system, review.normalised_ref) not in chosen)
    return [*first, *sorted(others, key=lambda review: _rank(review, clock, policy))]


def blind_at_front(reviews: Iterable[Review], policy: ReviewPolicy) -> int:
    """Return how many of the entries that wait are read first for being of the blind share."""
    waiting = (review for review in reviews if review.status == "WAITING")
    return min(sum(1 for _ in _blind(waiting, policy)), policy.daily_number // BLIND_PART)


def expected(ordered: Sequence[Review], count: int) -> Expected:
    """Return how many crimes the first ``count`` entries are expected to hold, of those that all hold."""
    probabilities = [review.probability for review in ordered]
    return Expected(sum(probabilities[:count]), sum(probabilities))


def _blind(waiting: Iterable[Review], policy: ReviewPolicy) -> Iterable[tuple[bytes, Review]]:
    for review in waiting:
        digest = digest_of(review.force, review.system, review.normalised_ref)
        if is_blind(digest, policy.blind_share):
            yield digest, review


def _rank(review: Review, clock: int, policy: ReviewPolicy) -> tuple[float, int, str, bytes]:
    weight = policy.before_due if clock <= review.due_at else 1.0
    return (-review.probability * weight, review.due_at, review.system, review.normalised_ref.encode())
