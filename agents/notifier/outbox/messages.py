"""The messages in the outbox: written once, and tried until they are sent or given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import msgspec
from sqlalchemy import Connection, case, func, insert, select, update

from agents.notifier.batching import MessageKind
from agents.notifier.contents import Contents
from agents.notifier.outbox.tables import OPEN_STATES, messages

MessageState = Literal["PENDING", "SENDING", "SENT", "GIVEN_UP"]
STATES: Final[tuple[MessageState, ...]] = get_args(MessageState)
_IS_OPEN: Final = messages.c.state.in_(OPEN_STATES)


class AlertReference(msgspec.Struct, frozen=True):
    """An alert that a message is about, as it was when the message was written."""

    alert_id: str
    sequence: int = 0
    """0: in a message of a release that did not write it down."""


class _Payload(msgspec.Struct, frozen=True):
    alerts: list[AlertReference] = []


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message to one recipient."""

    number: int
    message_id: str
    recipient: str
    kind: MessageKind
    created_at: int
    subject: str
    text: str
    payload: str
    in_reply_to: str | None
    """The id of the first message to the recipient about the same alert."""
    attempts: int
    next_at: int

    @property
    def alerts(self) -> list[AlertReference]:
        """The alerts it names."""
        return msgspec.json.decode(self.payload, type=_Payload).alerts


_FIELDS: Final = tuple(messages.c[name] for name in OutboxMessage.__slots__)


def add(
    connection: Connection,
    message_id: str,
    recipient: str,
    kind: MessageKind,
    contents: Contents,
    created_at: int,
    *,
    urgent: bool,
    in_reply_to: str | None = None,
) -> None:
    """Store a new message; one that is there already is left as it is."""
    row = {
        "message_id": message_id,
        "recipient": recipient,
        "kind": kind,
        "urgent": urgent,
        "created_at": created_at,
        "subject": contents.subject,
        "text": contents.text,
        "payload": contents.payload,
        "in_reply_to": in_reply_to,
        "state": "PENDING",
        "next_at": created_at,
    }
    connection.execute(insert(messages).prefix_with("OR IGNORE"), row)


def next_to(connection: Connection, recipient: str, clock: int) -> OutboxMessage | None:
    """Return the message to try at ``clock`` (ms), if there is one.

    It is the oldest that is open.  While that waits after a failure none is tried, since the others would fail alike;
    but one that the other side refused for its own sake is passed over until nothing else is open.
    """
    waits = case((messages.c.refused, messages.c.next_at), else_=messages.c.number)
    query = select(*_FIELDS).where(messages.c.recipient == recipient, _IS_OPEN).order_by(messages.c.refused, waits)
    row = connection.execute(query.limit(1)).mappings().first()
    return None if row is None or row["next_at"] > clock else OutboxMessage(**row)


def start(connection: Connection, message: OutboxMessage) -> None:
    """Store, before anything is sent, that an attempt begins: from now on the message may have arrived."""
    _set(connection, message.number, state="SENDING", attempts=messages.c.attempts + 1)


def settle(
    connection: Connection, message: OutboxMessage, state: MessageState, clock: int, problem: str | None = None
) -> None:
    """Store that a message is sent, or given up."""
    _set(connection, message.number, state=state, settled_at=clock, problem=problem)


def postpone(connection: Connection, message: OutboxMessage, next_at: int, problem: str, *, refused: bool) -> None:
    """Store that an attempt failed, why, and when (ms) to try again.

    ``refused``: the other side refuses this very message.
    """
    reason = {"refused": True} if refused else {}
    _set(connection, message.number, state="PENDING", next_at=next_at, problem=problem, **reason)


def give_up_on_others(connection: Connection, recipients: Collection[str], clock: int) -> Counter[str]:
    """Give up the open messages to anybody but these recipients; return how many they were, by recipient."""
    strangers = _IS_OPEN & messages.c.recipient.not_in(recipients)
    counts = Counter(connection.execute(select(messages.c.recipient).where(strangers)).scalars())
    problem = "no such recipient any more"
    connection.execute(update(messages).where(strangers).values(state="GIVEN_UP", settled_at=clock, problem=problem))
    return counts


def counts_by_state(connection: Connection) -> dict[str, int]:
    """Return how many messages are in each state."""
    query = select(messages.c.state, func.count()).group_by(messages.c.state)
    counts = {str(row[0]): int(row[1]) for row in connection.execute(query)}
    return dict.fromkeys(STATES, 0) | counts


def oldest_open(connection: Connection) -> int | None:
    """Return when (ms) the oldest open message was written; None where none is open."""
    return connection.execute(select(func.min(messages.c.created_at)).where(_IS_OPEN)).scalar()


def recent_urgent(connection: Connection, recipient: str, since: int) -> tuple[Sequence[int], int | None]:
    """Return when (ms) a recipient's urgent messages since a moment were written, and the last storm."""
    query = select(messages.c.kind, messages.c.created_at).where(
        messages.c.recipient == recipient, messages.c.created_at > since, messages.c.urgent
    )
    rows = connection.execute(query).all()
    storms = [row.created_at for row in rows if row.kind == "STORM"]
    return [row.created_at for row in rows], max(storms, default=None)


def _set(connection: Connection, number: int, **values: Any) -> None:  # noqa: ANN401 - values or SQL expressions
    connection.execute(update(messages).where(messages.c.number == number).values(**values))
