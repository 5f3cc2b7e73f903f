"""Messages of our own topics that this release cannot read or store, kept until one can.

Two releases may share a database and a position in a topic, so what the older release cannot read it must not lose.
The board and the notifier each store such messages in a table of their own; what goes into it is decided here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas.products import AlertAction, Erasure
from schemas.records import Assessment, Link
from streams.topology.messages import TopicMessage

UNKNOWN_SCHEMA: Final = "UNKNOWN_SCHEMA"
NOT_STORABLE: Final = "NOT_STORABLE"
"""The message can be read, and the database, or a fault of this release, does not take it."""
_MAY_BE_TAKEN_LATER: Final = frozenset({UNKNOWN_SCHEMA, "UNKNOWN_VALUE", NOT_STORABLE})
"""Why a message is refused that another release may take; for any other reason none could."""
_EACH_COUNTS: Final = frozenset({AlertAction.TOPIC, Erasure.TOPIC, Assessment.TOPIC, Link.TOPIC})
"""Topics on which every message counts; on the others it is the newest under a key."""


class UnreadMessage(NamedTuple):
    """A message to store until this release can read it."""

    message: TopicMessage
    schema_id: int
    reason: str
    """Why it was refused."""


class UnreadChanges:
    """What one batch of messages changes in the stored ones."""

    def __init__(self) -> None:
        self.replaced: set[tuple[str, bytes]] = set()
        """Topic and key: what is stored under these is out of date."""
        self._added: dict[tuple[object, ...], UnreadMessage] = {}

    @property
    def added(self) -> list[UnreadMessage]:
        """The messages to store, once what was replaced is deleted."""
        return list(self._added.values())

    def refused(self, message: TopicMessage, reason: str) -> None:
        """Note a message that could not be taken: with the reason of its BadRecordError, or ``NOT_STORABLE``."""
        if reason in _MAY_BE_TAKEN_LATER and message.value is not None:
            schema_id = int.from_bytes(message.value[1:5], "big")
            self._added[self._replace(message)] = UnreadMessage(message, schema_id, reason)

    def read(self, message: TopicMessage) -> None:
        """Note a message that was read: older ones under its key are out of date."""
        self._added.pop(self._replace(message), None)

    def _replace(self, message: TopicMessage) -> tuple[object, ...]:
        if message.topic in _EACH_COUNTS:
            return message.topic, message.partition, message.offset
        name = message.topic, message.key or b""
        self.replaced.add(name)
        return name
