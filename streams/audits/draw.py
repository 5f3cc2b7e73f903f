"""Which records of a stratum are read: those with the smallest digests, which nobody can steer.

The digest is of the audit and the record, and the audit's name is not known before the plan is made.  The largest
digest drawn is the stratum's threshold: a record of the period that comes later is drawn if it lies below it, as it
would have been had it come in time, and none is dropped for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from schemas.identifiers import normalise

NO_THRESHOLD = ""
"""Below every digest: of a stratum of which nothing is drawn."""


class DrawnStratum(NamedTuple):
    """What is drawn of a stratum."""

    digests: tuple[str, ...]
    """The smallest digests, in order."""
    threshold: str
    """The largest of them."""


def record_digest(audit_id: str, system: str, ref: str) -> str:
    """Return a record's digest (SHA-256, hexadecimal) in an audit, however its reference is typed."""
    return sha256(f"{audit_id}/{system}/{normalise(ref)}".encode()).hexdigest()


def draw(digests: Iterable[str], n: int) -> DrawnStratum:
    """Draw the ``n`` records with the smallest digests, or all where there are fewer."""
    drawn = tuple(sorted(digests)[:n])
    return DrawnStratum(drawn, drawn[-1] if drawn else NO_THRESHOLD)


def is_read_twice(audit_id: str, system: str, ref: str, percent: int) -> bool:
    """Return whether a second reader reads a record too: its place from 0 to 99 is below ``percent``."""
    digest = sha256(f"{audit_id}/{system}/{normalise(ref)}/SECOND".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < percent


def audit_name(force: str, frame: str, first_day: str, last_day: str, head: str) -> str:
    """Return the id of an audit: its force, frame and days, and 8 hex digits of the audit log's head.

    ``head`` is the hash of the entry before the plan's own, which nobody chooses and nobody foresees.
    """
    return f"{force}-{frame}-{first_day}-{last_day}-{head[:8]}"
