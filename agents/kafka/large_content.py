"""Keys and values that are too large for a record, cut before they fill the memory."""

from __future__ import annotations

import hashlib
from typing import Final

from schemas.codec import MAX_BYTES

KEPT_BYTES: Final = 256 * 1024
"""The most of a key, and of a value, that is kept of what is too large; a dead letter holds no more either."""


class OversizedBatch(bytes):
    """A batch that was not decompressed, as the broker has it."""

    detail: str
    """What it is, as a sentence."""


class CutContent(bytes):
    """The beginning of a key or a value that is too large, with the length and SHA-256 of the whole."""

    whole_length: int
    whole_sha256: str


def cut(content: bytes | None, most: int = MAX_BYTES) -> bytes | None:
    """Return a key or a value, or its beginning where it is larger than ``most`` bytes."""
    if content is None or len(content) <= most:
        return content
    beginning = CutContent(memoryview(content)[:KEPT_BYTES])
    beginning.whole_length = len(content)
    beginning.whole_sha256 = hashlib.sha256(content).hexdigest()
    return beginning
