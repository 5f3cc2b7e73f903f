"""Whether a field of free text says anything."""

from __future__ import annotations


def has_text(text: str | None) -> bool:
    """Return whether a field is filled in; white space alone fills in nothing."""
    return bool(text and not text.isspace())
