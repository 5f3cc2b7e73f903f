"""The format of entries in the state table, and how those of former releases are migrated to today's.

An entry begins with a byte that MessagePack never uses and the number of its format; the body follows.  One without
this head is of format 1.  Each entry is migrated when it is read and written in today's format when it next changes, so
a table may hold several formats for any time.

Whoever changes what an entry holds so that the release before cannot read it (another key, another kind of entry,
another meaning, a new value of a closed set) raises FORMAT, adds the migration from the one before, and keeps entries
of the former format under tests/streams/golden.  A new field of a record or an alert needs none of that: rows name
their columns by the id of a schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

FORMAT: Final = 5
"""The format this program writes, and the newest that it reads."""

_MARK: Final = 0xC1
"""The one byte with which no MessagePack value begins."""
_HEAD: Final = bytes([_MARK, FORMAT])

Migration: TypeAlias = Callable[[bytes, bytes], bytes]
"""From a key and its body, the body in the next format."""


class NewerStateError(ValueError):
    """State that a newer release wrote: this one can neither judge by it nor write over it."""

    def __init__(self, version: str, newest: str) -> None:
        """Take what was read, and the newest of its kind that this program knows."""
        super().__init__(f"{version}, and this program knows {newest}")
        self.version = version
        self.newest = newest


def _unchanged(_key: bytes, body: bytes) -> bytes:
    """Return the body, to which the next format only adds.

    Format 2 is format 1 with a head; 3 adds the entries of erasures; 4 those of single snapshots and of what a sweep
    forgets, and to records and clocks through when they are forgotten; 5 those of protection reports, of what people
    say of records and of reviews, and to some fields of records that they may be empty.
    """
    return body


MIGRATIONS: Final[Mapping[int, Migration]] = {1: _unchanged, 2: _unchanged, 3: _unchanged, 4: _unchanged}
"""By the format from which each leads to the next."""


def stamped(body: bytes) -> bytes:
    """Return an entry in this program's format."""
    return _HEAD + body


def format_of(value: bytes) -> int:
    """Return the number of the format that an entry is in."""
    return value[1] if value[0] == _MARK else 1


def migrated(key: bytes, value: bytes, migrations: Mapping[int, Migration] = MIGRATIONS) -> bytes:
    """Return an entry's body in the format that ``migrations`` lead to.  Raises NewerStateError."""
    newest = max(migrations) + 1
    number = format_of(value)
    if number > newest:
        raise NewerStateError(f"state of format {number}", f"format {newest}")
    body = value[2:] if value[0] == _MARK else value
    for step in range(number, newest):
        body = migrations[step](key, body)
    return body
