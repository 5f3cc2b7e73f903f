"""The prior of a key: Beta counts, begun from the policy's share and taught by what people judged.

Beta(a, b) with a and b counted in judged reports: its mean a / (a + b) is how probable it is that a report of the key
discloses an unrecorded crime.  The policy's own share weighs as much as ``prior_strength`` reports.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.policy.review_policy import ReviewPolicy
from streams.reviews.key import ReviewKey, key_ratios
from streams.reviews.probability import logistic, logit


class Prior(NamedTuple):
    """Beta counts: of reports with and without an unrecorded crime."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The share of reports with an unrecorded crime."""
        return self.a / (self.a + self.b)

    def taught(self, crimes: int, none: int) -> Prior:
        """Return the counts after so many judged reports with and without an unrecorded crime."""
        return Prior(self.a + crimes, self.b + none)


def prior_of(key: ReviewKey, policy: ReviewPolicy) -> Prior:
    """Return the counts with which a key begins: its family's share, and the ratios that the key decides."""
    evidence = sum(map(policy.log_ratio, key_ratios(key, policy.families)))
    return prior(policy.families.named(key.opening).share, evidence, policy.prior_strength)


def prior(share: float, evidence: float, strength: float) -> Prior:
    """Return the counts of a share moved by ``evidence`` (log odds); they add up to ``strength``."""
    mean = logistic(logit(share) + evidence)
    return Prior(strength * mean, strength * (1 - mean))
