"""What waits in the review queue of a force: how many reports, how many crimes, since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from schemas.products import Review
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.reviews.order import Expected, expected, in_order


class WaitingReviews:
    """Counts the entries of one force that wait, one at a step; the caller may pause between steps."""

    def __init__(
        self, context: Context, listed: Sequence[Matter], review_of: Callable[[Matter], Review | None]
    ) -> None:
        """Begin with the reports that may wait.

        ``review_of`` gives the entry of one, None where it has none.
        """
        self._context = context
        self._listed = listed
        self._review_of = review_of
        self._waiting: list[Review] = []
        self.by_system: Counter[str] = Counter()
        self.oldest: int | None = None
        """When (ms) the oldest of those that wait was reported."""
        self.expected = Expected(0.0, 0.0)
        """Of the first that the policy says can be read in a day, once all are counted."""

    def steps(self) -> Iterator[None]:
        """Count one entry at each step, and at the end put them in order."""
        for report in self._listed:
            with suppress(Exception):  # set aside where it was reviewed
                self._count(report)
            yield
        policy = self._context.book.reviews
        self.expected = expected(in_order(self._waiting, self._context.clock, policy), policy.daily_number)
        self._waiting.clear()

    def _count(self, report: Matter) -> None:
        self._context.clear_caches()
        review = self._review_of(report)
        if review is not None and review.status == "WAITING":
            self._waiting.append(review)
            self.by_system[review.system] += 1
            if self.oldest is None or review.reported_at < self.oldest:
                self.oldest = review.reported_at
