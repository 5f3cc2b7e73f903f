"""Who reads which entry of the review queue: a lease that ends by itself, whichever board gave it.

A lease is taken in a transaction that waits for other writers, so no two people are given one entry.  It is a
person's, on every page they have open; ``token`` names the page that took it last, so that a page which is left late
does not release what another holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.readmodel import reviews
from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.tables import leases, skips
from streams.policy.calendar import HOUR, MINUTE

LEASE_MS: Final = 20 * MINUTE
"""How long an entry is one person's: as long as it takes to read a long log."""
SKIP_MS: Final = 12 * HOUR
"""How long nobody is given again what they skipped: the rest of their day."""


class Lease(msgspec.Struct, frozen=True):
    """Whose an entry is, and until when (ms)."""

    key: str
    name: str
    token: str
    until: int


def take_next(model: ReadModel, name: str, keys: Iterable[str], now: int) -> str | None:
    """Give a person the first of these entries that is free and not skipped by them; return its key."""
    with model.writing() as connection:
        _end(connection, now)
        others = set(connection.execute(select(leases.c.key).where(leases.c.name != name)).scalars())
        skipped = set(connection.execute(select(skips.c.key).where(skips.c.name == name)).scalars())
        for key in keys:
            if key not in others and key not in skipped and reviews.still_waits(connection, key):
                _put(model, connection, Lease(key, name, str(uuid.uuid4()), now + LEASE_MS))
                return key
    return None


def take(model: ReadModel, name: str, key: str, now: int) -> Lease:
    """Give a person an entry, anew where they have it, unless it is somebody else's; return whose it is."""
    with model.writing() as connection:
        _end(connection, now)
        lease = _of(connection, key)
        if lease is None or lease.name == name:
            lease = Lease(key, name, str(uuid.uuid4()), now + LEASE_MS)
            _put(model, connection, lease)
        return lease


def release(model: ReadModel, name: str, key: str, token: str | None = None) -> None:
    """End a person's lease of an entry; with a token, only of the page that has it."""
    with model.writing() as connection:
        theirs = [leases.c.key == key, leases.c.name == name]
        connection.execute(leases.delete().where(*theirs, *([] if token is None else [leases.c.token == token])))


def release_all(model: ReadModel, name: str) -> None:
    """End every lease of a person, who has gone."""
    with model.writing() as connection:
        connection.execute(leases.delete().where(leases.c.name == name))


def skip(model: ReadModel, name: str, key: str, now: int) -> None:
    """End a person's lease of an entry, and do not give it to them again for a while."""
    with model.writing() as connection:
        connection.execute(leases.delete().where(leases.c.key == key, leases.c.name == name))
        model.put(connection, skips, {"key": key, "name": name, "until": now + SKIP_MS})


def held(connection: Connection, now: int) -> dict[str, Lease]:
    """Return the leases that have not ended, by key."""
    rows = connection.execute(select(leases).where(leases.c.until > now)).mappings()
    return {row["key"]: Lease(**row) for row in rows}


def _of(connection: Connection, key: str) -> Lease | None:
    row = connection.execute(select(leases).where(leases.c.key == key)).mappings().first()
    return None if row is None else Lease(**row)


def _put(model: ReadModel, connection: Connection, lease: Lease) -> None:
    model.put(connection, leases, msgspec.structs.asdict(lease))


def _end(connection: Connection, now: int) -> None:
    """Delete what has ended."""
    for table in (leases, skips):
        connection.execute(table.delete().where(table.c.until <= now))
