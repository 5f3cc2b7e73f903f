"""The part of a period of which nothing is forgotten; :mod:`streams.facts.memory` says why."""

from __future__ import annotations

from collections.abc import Iterable

from streams.facts.context import Context
from streams.facts.memory import is_whole_since, whole_since
from streams.reports.figure import Period


def is_whole(context: Context, period: Period) -> bool:
    """Return whether everything that began in a period is known."""
    return is_whole_since(context, period.start)


def whole_part(contexts: Iterable[Context], period: Period) -> Period:
    """Return the part of a period of which everything is known for each force; it may be empty."""
    moments = (whole_since(context) for context in contexts)
    start = max((moment for moment in moments if moment is not None), default=period.start)
    return Period(min(max(start, period.start), period.end), period.end)
