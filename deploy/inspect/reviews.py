"""The review queue of each force, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from schemas.products import Review
from streams.policy.review_policy import ReviewPolicy
from streams.reviews.order import Expected, blind_at_front, expected, in_order


class ForceQueue(NamedTuple):
    """The entries of one force that wait, those to be read first at the front."""

    force: str
    reviews: list[Review]
    first: int
    """How many of them are read first."""
    expected: Expected
    blind: int
    """How many stand at the front for being of the blind share: whatever their rank."""


def force_queue(
    force: str, reviews: Iterable[Review], clock: int, policy: ReviewPolicy, first: int | None = None
) -> ForceQueue:
    """Return a force's queue at ``clock`` (ms); ``first`` is the policy's daily number unless stated."""
    ordered = in_order((review for review in reviews if review.force == force), clock, policy)
    count = policy.daily_number if first is None else first
    return ForceQueue(
        force, ordered, min(count, len(ordered)), expected(ordered, count), blind_at_front(ordered, policy)
    )


def in_words(queue: ForceQueue) -> str:
    """Return in a sentence what those read first are expected to hold."""
    held = queue.expected
    return (
        f"{queue.force}: {len(queue.reviews):,} reports wait; the first {queue.first:,} are expected to hold "
        f"{held.first:.1f} of {held.waiting:.1f} unrecorded crimes"
    )
