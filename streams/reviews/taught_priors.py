"""The priors of all keys of one force, taught by its judged reports up to the last local midnight."""

from __future__ import annotations

from typing import NamedTuple

from streams.facts.matters import Matter
from streams.policy.review_policy import ReviewPolicy
from streams.reviews.judged import Judged
from streams.reviews.key import ReviewKey
from streams.reviews.prior import Prior, prior_of

_NOBODY = (0, 0)


class TaughtPrior(NamedTuple):
    """A key's prior, and the judged reports behind it."""

    prior: Prior
    crimes: int
    """Judged reports that disclosed an unrecorded crime."""
    none: int
    """Judged reports that did not."""


class TaughtPriors:
    """Counts by key.

    A report counts under the key that it has now, once, from the midnight after it was judged.
    """

    __slots__ = ("_counts", "_judged", "_policy", "_taught", "_waiting", "changed", "midnight")

    def __init__(self, policy: ReviewPolicy) -> None:
        self._policy = policy
        self._taught: dict[ReviewKey, TaughtPrior] = {}
        """Priors that were asked for, until their counts change."""
        self._judged: dict[Matter, tuple[ReviewKey, Judged]] = {}
        self._waiting: dict[Matter, None] = {}
        """Judged reports that do not count yet."""
        self._counts: dict[ReviewKey, tuple[int, int]] = {}
        self.midnight: int | None = None
        """The last local midnight (ms)."""
        self.changed: dict[ReviewKey, None] = {}
        """Keys whose counts changed since this was last cleared."""

    def of(self, key: ReviewKey) -> TaughtPrior:
        """Return the prior of a key."""
        prior = self._taught.get(key)
        if prior is None:
            crimes, none = self._counts.get(key, _NOBODY)
            prior = self._taught[key] = TaughtPrior(prior_of(key, self._policy).taught(crimes, none), crimes, none)
        return prior

    def learn(self, report: Matter, key: ReviewKey | None, judged: Judged | None) -> None:
        """Replace what a report teaches, under the key that it has now; nothing where it is not judged."""
        before = self._judged.get(report)
        after = None if key is None or judged is None else (key, judged)
        if before == after:
            return
        if before is not None:
            if report in self._waiting:
                del self._waiting[report]
            else:
                self._count(*before, -1)
            del self._judged[report]
        if after is not None:
            self._judged[report] = after
            self._waiting[report] = None
            if self.midnight is not None:
                self._count_waiting(report, self.midnight)

    def pass_midnight(self, midnight: int) -> None:
        """Let what was judged before a local midnight (ms) count."""
        if midnight != self.midnight:
            self.midnight = midnight
            for report in tuple(self._waiting):
                self._count_waiting(report, midnight)

    @property
    def has_learnt(self) -> bool:
        """Whether any report teaches something."""
        return bool(self._judged)

    def has_judged(self, report: Matter) -> bool:
        """Return whether a report teaches something, now or from the next midnight on."""
        return report in self._judged

    def _count_waiting(self, report: Matter, midnight: int) -> None:
        key, judged = self._judged[report]
        if judged.at < midnight:
            del self._waiting[report]
            self._count(key, judged, 1)

    def _count(self, key: ReviewKey, judged: Judged, step: int) -> None:
        crimes, none = self._counts.get(key, _NOBODY)
        self._counts[key] = (crimes + step, none) if judged.disclosed else (crimes, none + step)
        if self._counts[key] == _NOBODY:
            del self._counts[key]
        self._taught.pop(key, None)
        self.changed[key] = None
