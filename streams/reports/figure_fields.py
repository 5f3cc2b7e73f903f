"""A figure's fields, as reports in JSON and CSV state them."""

from __future__ import annotations

from typing import Any

from streams.reports.figure import Figure


def figure_fields(figure: Figure) -> dict[str, Any]:
    """Return a figure's fields: shares between 0 and 1, to four decimals, with the 95 % Wilson interval.

    Where too much is not known there is no share, but what it is at least and at most.
    """
    low, high = figure.interval() or (None, None)
    shares = {
        "share": None if low is None else figure.found / figure.of,
        "low": low,
        "high": high,
        "at_least": figure.bounds and figure.bounds.at_least,
        "at_most": figure.bounds and figure.bounds.at_most,
    }
    return {
        "figure": figure.label,
        "found": figure.found,
        "of": figure.of,
        "not_known": figure.not_known,
        **{name: None if share is None else round(share, 4) for name, share in shares.items()},
    }
