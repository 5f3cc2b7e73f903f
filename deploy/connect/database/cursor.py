"""How far a feed has read its database, as it is kept between runs.

Everything that was visible when a look began is delivered once the look is at its end, so the next one begins
``overlap`` before that: what became visible since has a later watermark.  A look that was cut off goes on where it was.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from deploy.connect.database.clocks import ClockReading
from deploy.connect.database.watermarks import WatermarkKind, rank
from deploy.connect.sources import SourceUnavailableError

VERSION: Final = 1
MOST_SEEN: Final = 20_000
"""Rows that are known again when they are read again; more of them are sent again, which changes nothing."""
_SAMPLES: Final = 50
"""How finely an overlap is divided, for watermarks that are numbers."""
_DIGEST_BYTES: Final = 16


class DatabaseLook(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A look at the database that is not at its end."""

    clocks: ClockReading
    """What the clocks showed when it began."""
    settled: int
    """Rows saved earlier (ms, by the database's clock) are delivered at its end."""
    greatest: str | None
    """The greatest watermark then."""
    least: str | None
    """Rows with a smaller watermark are not read; None where all are."""
    is_whole: bool = True
    """Whether everything that was visible then is delivered at its end."""


class DatabaseCursor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a feed has read."""

    version: int = VERSION
    reading: bytes = b""
    """A digest of the query and the mapping: with others everything is read again."""
    kind: WatermarkKind | None = None
    settled: int | None = None
    """Rows saved earlier (ms, by the database's clock) are delivered; None before the first look is at its end."""
    floor: str | None = None
    """Where watermarks are numbers: rows with a smaller one are delivered."""
    samples: tuple[tuple[int, str], ...] = ()
    """The greatest number at the beginning of looks (ms)."""
    greatest: str | None = None
    """The greatest watermark at the beginning of the last look."""
    clocks: ClockReading | None = None
    """What the clocks showed when the last look began."""
    look: DatabaseLook | None = None
    seen: dict[bytes, str] = {}
    """Rows that are read again, each a digest of its cells, with its watermark."""

    def encode(self) -> bytes:
        """Return it as it is kept."""
        return msgspec.msgpack.encode(self)

    def with_seen(self, rows: dict[bytes, str], least: str | None, kind: WatermarkKind) -> dict[bytes, str]:
        """Return the rows that may be read again, from a watermark on, with some more."""
        together = self.seen | rows
        if least is not None:
            bound = rank(least, kind)
            together = {digest: mark for digest, mark in together.items() if rank(mark, kind) >= bound}
        if len(together) > MOST_SEEN:
            newest = sorted(together, key=lambda digest: rank(together[digest], kind))[-MOST_SEEN:]
            together = {digest: together[digest] for digest in newest}
        return together

    def next_samples(self, look: DatabaseLook, overlap: int) -> tuple[str | None, tuple[tuple[int, str], ...]]:
        """Return the number from which on is read after a look, and the samples of later ones."""
        samples = self.samples
        began = look.clocks.database
        if look.greatest is not None and (not samples or began - samples[-1][0] >= overlap // _SAMPLES):
            samples = (*samples, (began, look.greatest))
        settled = [sample for sample in samples if sample[0] <= look.settled]
        if not settled or not look.is_whole:
            return self.floor, samples
        return settled[-1][1], samples[len(settled) :]


def decode_cursor(encoded: bytes | None, reading: bytes) -> DatabaseCursor:
    """Return a kept cursor; a new one where there is none, or it is another reading's.

    Raises SourceUnavailableError where a newer release wrote it.
    """
    if encoded is None:
        return DatabaseCursor(reading=reading)
    try:
        cursor = msgspec.msgpack.decode(encoded, type=DatabaseCursor)
    except msgspec.DecodeError:
        raise SourceUnavailableError("the feed's cursor cannot be read: was the feed of another kind before?") from None
    if cursor.version > VERSION:
        raise SourceUnavailableError("a newer release wrote the feed's cursor: run that, or a newer one")
    return cursor if cursor.reading == reading else DatabaseCursor(reading=reading)


def row_digest(cells: dict[str, str]) -> bytes:
    """Return what a row is known again by."""
    return hashlib.blake2b(msgspec.msgpack.encode(cells), digest_size=_DIGEST_BYTES).digest()
