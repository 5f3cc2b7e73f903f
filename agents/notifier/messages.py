"""The messages of the outbox: sealed once, tried until they are through or given up, the same at every attempt."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from agents.notifier.contents import Contents
from agents.notifier.sealing import MessageKind

MessageState = Literal["PENDING", "SENDING", "SENT", "GIVEN_UP"]
STATES: Final[tuple[MessageState, ...]] = ("PENDING", "SENDING", "SENT", "GIVEN_UP")


class Told(msgspec.Struct, frozen=True):
    """An alert as a message tells of it."""

    alert_id: str
    sequence: int = 0
    """0: in a message from before it was told."""


class _Payload(msgspec.Struct, frozen=True):
    alerts: list[Told] = []


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message to one recipient."""

    number: int
    message_id: str
    recipient: str
    kind: MessageKind
    sealed_at: int
    subject: str
    text: str
    payload: str
    answers: str | None
    """The message it follows up: what the recipient first heard of the same alert."""
    attempts: int
    next_at: int

    @property
    def tells_of(self) -> list[Told]:
        """The alerts it names, each as it stood when the message was sealed."""
        return msgspec.json.decode(self.payload, type=_Payload).alerts


_FIELDS: Final = ", ".join(OutboxMessage.__slots__)


class Messages:
    """The messages in an outbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(
        self, message_id: str, recipient: str, kind: MessageKind, contents: Contents, sealed_at: int, *,
        urgent: bool, answers: str | None = None,
    ) -> None:  # fmt: skip
        """Keep a new message; one that is there already is left as it is."""
        self._db.execute(
            "INSERT OR IGNORE INTO message "
            "(message_id, recipient, kind, urgent, sealed_at, subject, text, payload, answers, state, next_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'PENDING', ?)",
            (
                message_id, recipient, kind, urgent, sealed_at, contents.subject, contents.text, contents.payload,
                answers, sealed_at,
            ),
        )  # fmt: skip

    def next_to(self, recipient: str, clock: int) -> OutboxMessage | None:
        """The message to try now: the oldest, unless it waits after a failure; then none, for others would fare alike.

        One that was refused for its own sake is passed over until nothing else is open.
        """
        row = self._db.execute(
            f"SELECT {_FIELDS} FROM message WHERE recipient = ? AND state IN ('PENDING', 'SENDING') "  # noqa: S608 - ours
            "ORDER BY refused, CASE WHEN refused THEN next_at ELSE number END LIMIT 1",
            (recipient,),
        ).fetchone()
        return None if row is None or row["next_at"] > clock else OutboxMessage(**dict(row))

    def start(self, message: OutboxMessage) -> None:
        """Note, before anything is sent, that an attempt is made: from now on it may have arrived."""
        self._db.execute(
            "UPDATE message SET state = 'SENDING', attempts = attempts + 1 WHERE number = ?", (message.number,)
        )

    def settle(self, message: OutboxMessage, state: MessageState, clock: int, problem: str | None = None) -> None:
        """Note that a message is through, or given up."""
        self._db.execute(
            "UPDATE message SET state = ?, settled_at = ?, problem = ? WHERE number = ?",
            (state, clock, problem, message.number),
        )

    def postpone(self, message: OutboxMessage, next_at: int, problem: str, *, refused: bool) -> None:
        """Note that an attempt failed, why, and when (ms) to try again; ``refused``: it was the message's own fault."""
        self._db.execute(
            "UPDATE message SET state = 'PENDING', next_at = ?, problem = ?, refused = refused OR ? WHERE number = ?",
            (next_at, problem, refused, message.number),
        )

    def give_up_on_others(self, recipients: set[str], clock: int) -> dict[str, int]:
        """Give up the open messages to anybody but these, and say how many they were to whom."""
        found: dict[str, int] = {}
        for row in self._db.execute(
            "SELECT number, recipient FROM message WHERE state IN ('PENDING', 'SENDING')"
        ).fetchall():  # fmt: skip
            if row["recipient"] not in recipients:
                found[row["recipient"]] = found.get(row["recipient"], 0) + 1
                self._db.execute(
                    "UPDATE message SET state = 'GIVEN_UP', settled_at = ?, problem = 'no such recipient any more' "
                    "WHERE number = ?",
                    (clock, row["number"]),
                )
        return found

    def settled(self) -> Iterator[sqlite3.Row]:
        """What became of every message, for whoever looks: recipient, kind, state and attempts."""
        yield from self._db.execute(
            "SELECT message_id, recipient, kind, state, attempts, problem FROM message ORDER BY number"
        )

    def standing(self) -> tuple[dict[str, int], int | None]:
        """How many messages are in each state, and when (ms) the oldest that is open was sealed."""
        counts: dict[str, int] = dict.fromkeys(STATES, 0)
        for row in self._db.execute("SELECT state, count(*) AS many FROM message GROUP BY state"):
            counts[row["state"]] = row["many"]
        (oldest,) = self._db.execute(
            "SELECT min(sealed_at) FROM message WHERE state IN ('PENDING', 'SENDING')"
        ).fetchone()  # fmt: skip
        return counts, oldest
