"""The blind share: reports that are read whatever their rank.

Only their assessments teach: what was read because it ranked high would teach itself.
Which they are follows from a digest of the reference alone: nobody can choose it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256


@lru_cache(maxsize=65_536)
def digest_of(force: str, system: str, ref: str) -> bytes:
    """Return the SHA-256 of ``force/system/ref``; ``ref`` is normalised."""
    return sha256(f"{force}/{system}/{ref}".encode()).digest()


def is_blind(digest: bytes, percent: int) -> bool:
    """Return whether a report of this digest is of the blind share.

    The first 8 bytes, big-endian, modulo 100, are below ``percent``.
    """
    return int.from_bytes(digest[:8], "big") % 100 < percent
