"""The key of a report: what it has in common with the reports whose judgements teach its prior."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from streams.policy.code_families import REPORT_KINDS, CodeFamilies, CodeFamily
from streams.policy.review_policy import RatioName

NONE: Final = "NONE"
"""No closing code, or no disposition or decision."""
UNVERIFIED: Final = "?"
"""Ends a disposition or decision that is unverified."""


class ReviewKey(NamedTuple):
    """The families of a report's codes, and its disposition or decision."""

    opening: str
    closing: str
    disposition: str
    """With ``?`` added where it is unverified."""


@lru_cache(maxsize=4096)
def review_key(
    families: CodeFamilies,
    opening_code: str | None,
    closing_code: str | None,
    disposition: str | None,
    *,
    unverified: bool,
) -> ReviewKey:
    """Return the key of a report by its codes, as the source wrote them, and its disposition or decision.

    Very many reports share one.
    """
    stated = disposition or NONE
    return ReviewKey(
        families.of(opening_code).name,
        families.of(closing_code).name if closing_code else NONE,
        f"{stated}{UNVERIFIED}" if unverified else stated,
    )


def key_ratios(key: ReviewKey, families: CodeFamilies) -> tuple[RatioName, ...]:
    """Return the likelihood ratios that a key alone decides."""
    names: list[RatioName] = []
    opening = families.named(key.opening)
    closing: CodeFamily | None = None if key.closing == NONE else families.named(key.closing)
    if closing is not None and opening.kind == "CRIME" and closing.kind != "CRIME":
        names.append("crime_closed_as_none")
    if closing is not None and opening.kind in REPORT_KINDS and closing.kind == "NO_REPORT":
        names.append("report_closed_as_no_report")
    if key.disposition.endswith(UNVERIFIED):
        names.append("unverified")
    return tuple(names)
