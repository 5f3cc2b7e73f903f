"""Messages of our own topics that could not be read when they came, kept as they are for a board that can.

Boards of two releases may share a database, and either moves the position on which both go; so what the older one
cannot read it must not throw away.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.tables import unread
from schemas.codec import Codec
from schemas.products import AlertAction

_UNKNOWN_SCHEMA: Final = "UNKNOWN_SCHEMA"
_MAY_BE_NEWER: Final = frozenset({_UNKNOWN_SCHEMA, "UNKNOWN_VALUE"})
"""Why a newer release's message is refused; for any other reason no release could read it."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, from a topic named without the installation's prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    """None: forget what stands under the key."""


class Backlog:
    """What a batch adds to those messages, and takes from them: under one key only the newest counts."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], dict[str, Any]] = {}
        self._superseded: set[tuple[str, str]] = set()

    @property
    def size(self) -> int:
        """How many there are to keep."""
        return len(self._refused)

    def refused(self, message: Arrived, reason: str) -> None:
        """Note a message that could not be read."""
        if reason not in _MAY_BE_NEWER or message.value is None:
            return
        topic, key = name = _name(message)
        self._superseded.add(name)
        place = {"topic": topic, "partition": message.partition, "offset": message.offset}
        schema_id = int.from_bytes(message.value[1:5], "big")
        what = {"value": message.value, "schema_id": schema_id, "reason": reason}
        self._refused[name] = {**place, "key": key, **what}

    def read(self, message: Arrived) -> None:
        """Note a message that was: what waits under its key is of the past."""
        name = _name(message)
        self._superseded.add(name)
        self._refused.pop(name, None)

    def write(self, model: ReadModel, connection: Connection) -> None:
        """Write it down."""
        if connection.execute(select(unread.c.key).limit(1)).first() is not None:
            for topic, key in self._superseded:
                connection.execute(unread.delete().where(unread.c.topic == topic, unread.c.key == key))
        model.put(connection, unread, *self._refused.values())


def waiting(connection: Connection, codec: Codec, *, since_start: bool) -> list[Arrived]:
    """Give the messages worth another try; ``since_start``: only those whose schema has become known."""
    about = [unread.c.reason == _UNKNOWN_SCHEMA] if since_start else []
    known = []
    for schema_id in connection.execute(select(unread.c.schema_id).where(*about).distinct()).scalars().all():
        one = connection.execute(select(unread.c.value).where(unread.c.schema_id == schema_id).limit(1)).scalar_one()
        if codec.knows(one):
            known.append(schema_id)
    if not known:
        return []
    rows = select(unread).where(unread.c.schema_id.in_(known), *about)
    in_order = rows.order_by(unread.c.topic, unread.c.partition, unread.c.offset)
    return [
        Arrived(row.topic, row.partition, row.offset, _key(row.key, row.topic), row.value)
        for row in connection.execute(in_order)
    ]


def forget(connection: Connection, messages: Collection[Arrived]) -> None:
    """Take messages out."""
    for each in messages:
        place = (unread.c.topic == each.topic, unread.c.partition == each.partition, unread.c.offset == each.offset)
        connection.execute(unread.delete().where(*place))


def _name(message: Arrived) -> tuple[str, str]:
    """Under what the newest message counts: of what people did, each counts for itself."""
    key = message.key.decode(errors="replace")
    if message.topic == AlertAction.TOPIC:
        key = f"{key}\t{message.partition}\t{message.offset}"
    return message.topic, key


def _key(name: str, topic: str) -> bytes:
    return (name.partition("\t")[0] if topic == AlertAction.TOPIC else name).encode()
