"""The review queue of a force as its page shows it, and the entry that is read next."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from dashboards.board.pages.handler import Visit
from dashboards.board.readmodel import assessments, leases, reviews
from dashboards.board.readmodel.assessments import ShownAssessment
from dashboards.board.readmodel.feeds import force_clocks
from dashboards.board.readmodel.reviews import QueueEntry
from schemas.identifiers import normalise
from streams.policy.calendar import MINUTE, local_time_on_day_of
from streams.policy.review_policy import ReviewPolicy
from streams.reviews.blind_share import digest_of, is_blind
from streams.reviews.order import BLIND_PART, Expected, expected, in_order

UNDO_MS = 30 * MINUTE
"""How long the page offers to take back the last answer."""


class ShownQueue(NamedTuple):
    """What waits of one force, those to be read first at the front."""

    force: str
    keys: list[str]
    first: int
    """How many of them are read first."""
    expected: Expected
    """How many crimes those are expected to hold, of those that all hold."""
    read_today: int
    """How many assessments the force's people gave since midnight."""


def queue_of(visit: Visit, force: str) -> ShownQueue:
    """Return the queue of a force as it is now."""
    board = visit.board
    policy, wall = board.book.reviews, board.clock()
    with board.model.reading() as connection:
        entries = reviews.waiting(connection, force)
        given = assessments.given_since(connection, force, local_time_on_day_of(wall, 0, 0))
    keys = {(entry.review.system, entry.review.normalised_ref): entry.key for entry in entries}
    clock = board.freshness(visit.person).present(force)
    ordered = in_order((entry.review for entry in entries), clock, _less_blind(policy, force, given))
    first = min(policy.daily_number, len(ordered))
    return ShownQueue(
        force=force,
        keys=[keys[review.system, review.normalised_ref] for review in ordered],
        first=first,
        expected=expected(ordered, first),
        read_today=len(given),
    )


def take_next(visit: Visit, force: str) -> QueueEntry | None:
    """Give whoever asks the next entry that nobody reads; None where none is left for them."""
    board = visit.board
    key = leases.take_next(board.model, visit.person.name, queue_of(visit, force).keys, board.clock())
    if key is None:
        return None
    with board.model.reading() as connection:
        return next(iter(reviews.entries(connection, [key])), None)


def forces_of(visit: Visit) -> list[str]:
    """Return the forces whose queue a person may see."""
    with visit.board.model.reading() as connection:
        return [clock.clock.force for clock in force_clocks(connection, visit.person)]


def last_answer(visit: Visit, force: str) -> ShownAssessment | None:
    """Return what somebody said last, for as long as the page offers to take it back."""
    since = visit.board.clock() - UNDO_MS
    with visit.board.model.reading() as connection:
        given = assessments.given_since(connection, force, since)
    own = [assessment for assessment in given if assessment.newest.assessed_by == visit.person.name]
    return own[-1] if own else None


def _less_blind(policy: ReviewPolicy, force: str, given: list[ShownAssessment]) -> ReviewPolicy:
    """Return the policy by which no more of the blind share comes first than is left of the day's.

    Otherwise the next of them would come first whenever one was read, and nothing else would be read that day.
    """
    records = {(assessment.newest.system, normalise(assessment.newest.ref)) for assessment in given}
    read = sum(is_blind(digest_of(force, system, ref), policy.blind_share) for system, ref in records)
    left = max(policy.daily_number // BLIND_PART - read, 0)
    return msgspec.structs.replace(policy, daily_number=max(left * BLIND_PART, 1)) if read else policy
