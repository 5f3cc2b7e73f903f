"""Draw a share over time: a point a month with its interval, on an axis from 0 to 100 %.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from dashboards.board.domain.indicators import Proportion

WIDTH: Final = 720
HEIGHT: Final = 230
LEFT: Final = 52
_RIGHT: Final = 12
TOP: Final = 14
BOTTOM: Final = 196
_MOST_LABELS: Final = 7


class Point(msgspec.Struct, frozen=True):
    """One month: where its share is drawn, and its interval."""

    x: float
    y: float
    high_y: float
    low_y: float
    title: str


class BoundsBar(msgspec.Struct, frozen=True):
    """One month whose share is not known: between what it lies."""

    x: float
    high_y: float
    low_y: float
    title: str


class Plot(msgspec.Struct, frozen=True):
    """A drawing."""

    points: tuple[Point, ...]
    spans: tuple[BoundsBar, ...]
    path: str
    labels: tuple[tuple[float, str], ...]
    grid: tuple[tuple[float, str], ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - _RIGHT
    bottom: float = BOTTOM


def plot(months: Sequence[Proportion]) -> Plot:
    """Draw each month's share, or between what it lies where it is not known; others leave a gap."""
    step = (WIDTH - LEFT - _RIGHT) / max(1, len(months))
    points: list[Point] = []
    spans: list[BoundsBar] = []
    path, joined = "", False
    for index, month in enumerate(months):
        share, interval = month.share, month.interval
        x = round(LEFT + step * (index + 0.5), 1)
        if month.bounds is not None:
            least, most = month.bounds
            title = f"{month.label}: between {least:.0%} and {most:.0%}: {month.not_known} not known"
            spans.append(BoundsBar(x, _y(most), _y(least), title))
        if share is None or interval is None:
            joined = False
            continue
        counted = f"{share:.0%} ({month.count} of {month.total})"
        title = f"{month.label}: {counted}, 95 % interval {interval[0]:.0%} to {interval[1]:.0%}"
        points.append(Point(x, _y(share), _y(interval[1]), _y(interval[0]), title))
        path += f"{'L' if joined else 'M'}{x} {_y(share)}"
        joined = True
    every = -(-len(months) // _MOST_LABELS) or 1
    return Plot(
        points=tuple(points),
        spans=tuple(spans),
        path=path,
        labels=tuple(
            (round(LEFT + step * (index + 0.5), 1), month.label)
            for index, month in enumerate(months)
            if index % every == 0
        ),
        grid=tuple((_y(share), f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )


def _y(share: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * share, 1)
