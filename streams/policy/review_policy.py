"""The policy of the review queue: by what its order is worked out, and how many can be read a day.

None of it is effective-dated: it is about what people look at next, not about the time of a report.  It raises and
clears no alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, log
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from streams.policy.code_families import CodeFamilies, Families
from streams.policy.reading import PolicyError, WrittenAs
from streams.policy.value_types import Codes, Duration, OffenceCodes, Probability, whole_number

RatioName = Literal[
    "crime_closed_as_none",
    "report_closed_as_no_report",
    "unverified",
    "vulnerable",
    "reporter",
    "no_officer",
    "repeat_pair",
    "repeat_victim",
]
"""What evidence there is for an unrecorded crime: each has a likelihood ratio."""
RATIO_NAMES: Final[tuple[RatioName, ...]] = get_args(RatioName)


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError
    return number


Ratio = Annotated[
    float, Meta(ge=0.01, le=100, description="a number from 0.01 to 100, such as 1.5"), WrittenAs(float, _finite)
]
Strength = Annotated[
    float, Meta(gt=0, le=1_000_000, description="a number above 0, such as 20"), WrittenAs(float, _finite)
]
Cap = Annotated[float, Meta(ge=0, le=100, description="a number from 0 to 100, such as 2.5"), WrittenAs(float, _finite)]
Factor = Annotated[
    float, Meta(ge=1, le=100, description="a number from 1 to 100, such as 2"), WrittenAs(float, _finite)
]
Weight = Annotated[float, Meta(ge=0, le=0.5, description="a number from 0 to 0.5"), WrittenAs(float, _finite)]


class ReviewPolicy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The settings of the review queue."""

    queue_age: Duration
    """How long after it was received (ms) a report is listed."""
    daily_number: Annotated[int, whole_number(1, 100_000)]
    """How many reports a force can read a day."""
    blind_share: Annotated[int, whole_number(0, 100)]
    """Percent of the reports whose assessments teach, whatever their rank."""
    before_due: Factor
    """How much more a report counts while its recording limit is ahead."""
    prior_strength: Strength
    """How many judged reports the policy's own share weighs as much as."""
    evidence_cap: Cap
    """The most that a report's own ratios count together, as log odds."""
    score_weight: Weight
    """How much of the way to a model's score a report goes; 0: scores are ignored."""
    score_cap: Cap
    """The most that a score counts, as log odds."""
    repeat_days: Annotated[int, whole_number(1, 366)]
    repeat_least: Annotated[int, whole_number(2, 1_000)]
    """So many reports or crimes of one victim in ``repeat_days`` are a repeat."""
    stalking_codes: OffenceCodes
    """Offence codes of stalking, harassment and coercive control: with one of these a repeat is recorded as such."""
    vulnerable_qualifiers: Codes
    ratios: Mapping[RatioName, Ratio]
    code_families: Families
    other_share: Probability
    """The share of the family OTHER."""
    families: CodeFamilies = msgspec.field(default_factory=lambda: CodeFamilies((), 0.5))
    """Worked out: ``code_families`` with OTHER."""

    def __post_init__(self) -> None:
        """Work out ``families``.  Raises PolicyError where a ratio is missing."""
        for name in RATIO_NAMES:
            if name not in self.ratios:
                raise PolicyError(f"policy: reviews.ratios.{name} is missing: allowed is a number from 0.01 to 100")
        msgspec.structs.force_setattr(self, "families", CodeFamilies(self.code_families, self.other_share))

    def log_ratio(self, name: RatioName) -> float:
        """Return the logarithm of a likelihood ratio."""
        return log(self.ratios[name])
