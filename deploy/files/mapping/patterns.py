"""Regular expressions of a mapping."""

from __future__ import annotations

import re


def compiled(place: str, pattern: str) -> re.Pattern[str]:
    """Return a regular expression, compiled.  Raises ValueError, which names ``place``."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as refusal:
        raise ValueError(f"{place}: not a regular expression: {refusal}") from None
