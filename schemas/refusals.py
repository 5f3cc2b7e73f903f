"""Why a message was refused.

Bad data is not a breach and not a bug: it is set aside with one of these reasons and a sentence that names the field
and what was expected of it.  The sentence never repeats a value, since free text may stand in any field by mistake.
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
]
"""A closed set: metrics are labelled with it and people filter dead letters by it."""

REASONS: frozenset[str] = frozenset(get_args(Reason))


class BadRecordError(ValueError):
    """A message that cannot be taken as a record of its topic."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Say why, as one of the closed reasons and as a sentence without the value."""
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.event_id: str | None = None
        """What the record calls itself, where so much of it could be read; no part of the sentence."""
