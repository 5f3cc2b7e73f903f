"""Why a message was refused.

Bad data is neither a breach nor a bug: it is set aside with one of these reasons and a sentence that names the field
and what was expected of it.  The sentence never repeats a value, since any field may hold free text by mistake.
"""

from __future__ import annotations

from typing import Literal, get_args

Reason = Literal[
    "EMPTY_VALUE",
    "TOO_LARGE",
    "NOT_AVRO",
    "NOT_JSON",
    "TRAILING_BYTES",
    "UNKNOWN_SCHEMA",
    "WRONG_RECORD",
    "MISSING_FIELD",
    "WRONG_TYPE",
    "OUT_OF_RANGE",
    "UNKNOWN_VALUE",
    "IMPOSSIBLE_DATE",
    "EMPTY_EVENT_ID",
    "EMPTY_FORCE",
    "EMPTY_REFERENCE",
    "WRONG_KEY",
    "FAR_FUTURE",
    "TOO_MANY_SOURCES",
    "UNJUDGEABLE",
]
"""A closed set: metrics are labelled with it and people filter dead letters by it."""

REASONS: frozenset[str] = frozenset(get_args(Reason))


class BadRecordError(ValueError):
    """A message that cannot be taken as a record of its topic."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """State the reason and, without the value, a sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.event_id: str | None = None
        """The record's own event_id, if it could be read; no part of the sentence."""
