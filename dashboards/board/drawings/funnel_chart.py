"""Draw shares by how many they are of, inside the funnel that chance alone would keep them in.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from streams.reports.deciders.decider_shares import DeciderShare
from streams.reports.deciders.funnel import funnel_limits

WIDTH: Final = 860
HEIGHT: Final = 340
_LEFT: Final = 62
_RIGHT: Final = 20
_TOP: Final = 14
_BOTTOM: Final = HEIGHT - 46
_STEPS: Final = 60
"""How many points a limit is drawn through."""
_MARKS: Final = 4
_HEADROOM: Final = 1.1


class FunnelPoint(msgspec.Struct, frozen=True):
    """One share as it is drawn."""

    x: float
    y: float
    outside: bool
    title: str


class FunnelChart(msgspec.Struct, frozen=True):
    """A drawing."""

    points: tuple[FunnelPoint, ...]
    upper: str
    lower: str
    """The limits as paths."""
    rate_y: float
    grid: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...]
    """Along the axis of numbers."""
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = _BOTTOM


def funnel_chart(shares: Sequence[DeciderShare]) -> FunnelChart | None:
    """Draw shares that are compared with one rate; None where all or none are against."""
    rate = shares[0].rate if shares else 0.0
    if not 0 < rate < 1:
        return None
    most = max(share.taken for share in shares)
    top = min(1.0, _HEADROOM * max(*(share.share for share in shares), funnel_limits(most, rate)[1]))
    numbers = sorted({max(1, round(most * (step / _STEPS) ** 2)) for step in range(1, _STEPS + 1)})
    limits = [(number, *funnel_limits(number, rate)) for number in numbers]

    def x(number: float) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * number / most, 1)

    def y(share: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * min(share, top) / top, 1)

    return FunnelChart(
        points=tuple(FunnelPoint(x(one.taken), y(one.share), one.outside is not None, _title(one)) for one in shares),
        upper=_path([(x(number), y(high)) for number, _, high in limits]),
        lower=_path([(x(number), y(low)) for number, low, _ in limits]),
        rate_y=y(rate),
        grid=tuple((y(top * mark / _MARKS), f"{top * mark / _MARKS:.0%}") for mark in range(_MARKS + 1)),
        marks=tuple((x(number), f"{number:,}") for number in _numbers(most)),
    )


def _numbers(most: int) -> list[int]:
    return sorted({0, *(most * mark // _MARKS for mark in range(1, _MARKS + 1))})


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places)


def _title(share: DeciderShare) -> str:
    low, high = share.limits
    side = {"ABOVE": ", above", "BELOW": ", below", None: ""}[share.outside]
    name = share.value or "not stated"
    counted = f"{share.against} of {share.taken} ({share.share:.1%})"
    return f"{name}: {counted}, limits {low:.1%} to {high:.1%}{side}"
