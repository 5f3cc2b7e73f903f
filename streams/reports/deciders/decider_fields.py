"""Shares of decisions and training needs, as reports in JSON and CSV state them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.times import to_rfc3339
from streams.reports.deciders.crime_decisions import DecisionTally
from streams.reports.deciders.decider_shares import DECIDED_BY, DeciderShare, decider_shares
from streams.reports.deciders.training_needs import TrainingNeed
from streams.reports.spreadsheet import csv_table

_SHARE_FIELDS = (
    "force", "kind", "by", "value", "designated", "against", "taken", "share", "low", "high", "force_rate",
    "limit_low", "limit_high", "outside", "at_month_end", "month_end_share", "month_end_expected", "month_end_outside",
)  # fmt: skip


def every_share(tallies: Iterable[DecisionTally]) -> list[DeciderShare]:
    """Return the shares by decider, by team and by month."""
    tallies = list(tallies)
    return [share for by in DECIDED_BY for share in decider_shares(tallies, by)]


def share_fields(share: DeciderShare) -> dict[str, Any]:
    """Return a share's fields: shares between 0 and 1, to four decimals.

    ``low`` and ``high`` are the 95 % Wilson interval, ``limit_low`` and ``limit_high`` the 99.8 % funnel limits.
    """
    values = (
        share.force,
        share.kind,
        share.by.lower(),
        share.value or None,
        share.designated,
        share.against,
        share.taken,
        *map(_rounded, (share.share, *share.interval, share.rate, *share.limits)),
        share.outside,
        share.at_month_end,
        _rounded(share.month_end_share),
        _rounded(share.month_end_rate) if share.against else None,
        share.month_end_outside,
    )
    return dict(zip(_SHARE_FIELDS, values, strict=True))


def shares_as_csv(shares: Iterable[DeciderShare]) -> bytes:
    """Write shares as a table."""
    return csv_table(_SHARE_FIELDS, (share_fields(share).values() for share in shares))


def need_fields(need: TrainingNeed) -> dict[str, Any]:
    """Return a training need's fields."""
    return {
        **need._asdict(),
        "person": need.person or None,
        "first_at": to_rfc3339(need.first_at),
        "last_at": to_rfc3339(need.last_at),
    }


def needs_as_csv(needs: Iterable[TrainingNeed]) -> bytes:
    """Write training needs as a table."""
    return csv_table(TrainingNeed._fields, (need_fields(need).values() for need in needs))


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
