"""Which reading of a database this is: by what decides what its rows say.

A mapping or a query that was corrected says something else of the same rows.  So everything is read again, and the
records' revisions are higher by one, for them to take the place of those before.  The number outlives the cursor.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from deploy.connect.database.definition import DatabaseFeed
    from deploy.connect.definition import ConnectedFeed

READINGS: Final = 1_000
"""So many readings are told apart within a microsecond."""
_DIGEST_BYTES: Final = 16


class DatabaseReading(msgspec.Struct, frozen=True, array_like=True):
    """One reading of a database."""

    digest: bytes
    number: int
    """How many there were before."""


def this_reading(feed: ConnectedFeed, definition: DatabaseFeed) -> DatabaseReading:
    """Return the reading that a feed is of now.  Raises CursorsUnavailableError."""
    stated = (
        " ".join(definition.statement.split()),
        definition.watermark,
        definition.keys,
        definition.time_zone,
        _stated(feed.mappings[0].reading),
    )
    encoded = msgspec.json.encode(stated, order="deterministic")
    digest = hashlib.blake2b(encoded, digest_size=_DIGEST_BYTES).digest()
    before = _last_reading(feed)
    if before is None:
        return DatabaseReading(digest, 0)
    return before if before.digest == digest else DatabaseReading(digest, before.number + 1)


def keep_reading(feed: ConnectedFeed, reading: DatabaseReading) -> None:
    """Keep the reading, so that another one is known to be another.  Raises CursorsUnavailableError."""
    if _last_reading(feed) != reading:
        feed.cursors.write(_key(feed), msgspec.msgpack.encode(reading))


def revision_of(reading: DatabaseReading, place: int) -> int:
    """Return the revision of a row, by its place in the source: in microseconds, or its number."""
    return place * READINGS + reading.number % READINGS


def _stated(reading: object) -> object:
    """Return what a mapping states without what it leaves out.

    A key that a release adds changes nothing.
    """
    if isinstance(reading, dict):
        return {
            key: _stated(value) for key, value in reading.items() if value not in (None, [], {}) and value is not False
        }
    return [_stated(item) for item in reading] if isinstance(reading, list) else reading


def _last_reading(feed: ConnectedFeed) -> DatabaseReading | None:
    encoded = feed.cursors.read(_key(feed))
    return None if encoded is None else msgspec.msgpack.decode(encoded, type=DatabaseReading)


def _key(feed: ConnectedFeed) -> str:
    return f"{feed.name}/reading"
