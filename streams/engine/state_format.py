"""Which format the entries of the state table are in, and how those of former releases are brought to today's.

An entry says of itself what it is: a byte that MessagePack never uses, the number of its format, and the body.  One
that says nothing is of format 1, which was written before entries said it.  Each entry is brought up to date when it is
read and written anew when it next changes, so that a table may hold several formats for as long as it likes.

Whoever changes what an entry holds so that the release before cannot read it (another key, another kind of entry,
another meaning, a new value of a closed set) raises FORMAT, adds the migration from the one before, and keeps entries
of the former format under tests/streams/golden.  A new field of a record or an alert needs none of that: rows name
their columns by the id of a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

FORMAT: Final = 3
"""The format this program writes, and the newest that it reads."""

_SAYS: Final = 0xC1
"""The one byte that never begins, or stands in, a MessagePack value's head."""
_HEAD: Final = bytes([_SAYS, FORMAT])

Migration: TypeAlias = Callable[[bytes, bytes], bytes]
"""Makes the body under a key into what the next format has there."""


class NewerStateError(ValueError):
    """State that a newer release wrote: this one can neither judge by it nor write over it."""

    def __init__(self, found: str, known: str) -> None:
        """Say what was found, and the newest of it that this program knows."""
        super().__init__(f"{found}, and this program knows {known}")
        self.found = found
        self.known = known


def _as_it_is(_key: bytes, body: bytes) -> bytes:
    """Format 2 is 1 with its number before it; format 3 has a kind of entry more, of what was erased."""
    return body


MIGRATIONS: Final[Mapping[int, Migration]] = {1: _as_it_is, 2: _as_it_is}
"""By the format they begin with, each leads to the next; together, from the first format to this program's."""


def stamped(body: bytes) -> bytes:
    """Let an entry say that it is in this program's format."""
    return _HEAD + body


def format_of(value: bytes) -> int:
    """Tell which format an entry is in."""
    return value[1] if value[0] == _SAYS else 1


def brought_up_to_date(key: bytes, value: bytes) -> bytes:
    """Give an entry's body as this program's format has it.  Raises NewerStateError."""
    found = format_of(value)
    if found > FORMAT:
        raise NewerStateError(f"state of format {found}", f"format {FORMAT}")
    body = value[2:] if value[0] == _SAYS else value
    for number in range(found, FORMAT):
        body = MIGRATIONS[number](key, body)
    return body
