"""Draw the shares that audits estimate, with what was read and what is open.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from streams.audits.estimation import ShareEstimate

WIDTH: Final = 860
_LEFT: Final = 210
_RIGHT: Final = 190
_TOP: Final = 10
_ROW: Final = 54
_AXIS: Final = 30
_READ_WIDTH: Final = 120
"""The width of a bar of records, all of them read."""


class ChartedShare(msgspec.Struct, frozen=True):
    """A share to be drawn, with the records that were drawn for it."""

    label: str
    estimate: ShareEstimate
    drawn: int


class ChartRow(msgspec.Struct, frozen=True, kw_only=True):
    """One share as it is drawn; the x are None where there is nothing to tell yet."""

    label: str
    y: float
    x: float | None
    low_x: float | None
    high_x: float | None
    read_width: float
    """Of the bar of records, the part that was read."""
    read: str
    open: str
    title: str


class EstimateChart(msgspec.Struct, frozen=True):
    """A drawing."""

    rows: tuple[ChartRow, ...]
    grid: tuple[tuple[float, str], ...]
    height: float
    bottom: float
    width: float = WIDTH
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bar_x: float = WIDTH - _READ_WIDTH - 40
    bar_width: float = _READ_WIDTH


def estimate_chart(shares: Sequence[ChartedShare]) -> EstimateChart:
    """Draw shares in the order given, on an axis from 0 to 100 %."""
    rows = tuple(_row(share, _TOP + _ROW * (number + 0.5)) for number, share in enumerate(shares))
    bottom = _TOP + _ROW * max(1, len(rows))
    grid = tuple((_x(share), f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    return EstimateChart(rows, grid, bottom + _AXIS, bottom)


def _row(share: ChartedShare, y: float) -> ChartRow:
    estimate, drawn = share.estimate, share.drawn
    open_ = max(0, drawn - estimate.readings)
    progress = f"{estimate.readings} of {drawn} read, {open_} open"
    if estimate.share is None or estimate.low is None or estimate.high is None:
        words = "nothing to tell yet"
        x = low_x = high_x = None
    else:
        words = f"{estimate.share:.1%}, 95 % interval {estimate.low:.1%} to {estimate.high:.1%}"
        x, low_x, high_x = map(_x, (estimate.share, estimate.low, estimate.high))
    return ChartRow(
        label=share.label,
        y=y,
        x=x,
        low_x=low_x,
        high_x=high_x,
        read_width=round(_READ_WIDTH * estimate.readings / drawn, 1) if drawn else 0.0,
        read=f"{estimate.readings} read",
        open=f"{open_} open",
        title=f"{share.label}: {words}; {progress}",
    )


def _x(share: float) -> float:
    return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * share, 1)
