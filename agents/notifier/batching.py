"""Which notifications go into one message.

An urgent one goes alone, a storm of urgent ones together, the rest in groups.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.policy import NotificationPolicy

MessageKind = Literal["SINGLE", "GROUP", "STORM", "DIGEST"]


@dataclass(frozen=True, slots=True)
class QueuedNotification:
    """A notification that no message holds yet."""

    notification_id: str
    alert_id: str
    kind: str
    urgent: bool
    required_at: int


@dataclass(frozen=True, slots=True)
class MessageBatch:
    """The notifications of one message."""

    kind: MessageKind
    notifications: tuple[QueuedNotification, ...]

    @property
    def message_id(self) -> str:
        """Return the id of the message: its one notification's, or else one made of all their ids."""
        if len(self.notifications) == 1:
            return self.notifications[0].notification_id
        names = "|".join(sorted(queued.notification_id for queued in self.notifications))
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|message|{names}"))


def due_batches(
    queue: Sequence[QueuedNotification],
    recent: Sequence[int],
    storm_at: int | None,
    policy: NotificationPolicy,
    clock: int,
) -> list[MessageBatch]:
    """Return the messages to one recipient that are due at ``clock`` (ms).

    ``recent`` are the moments at which urgent messages were written before, ``storm_at`` that of the last storm.  Until
    a storm is over, urgent notifications are collected for the next message about it.
    """
    urgent = [queued for queued in queue if queued.urgent]
    ordinary = [queued for queued in queue if not queued.urgent]
    batches = _urgent_batches(urgent, recent, storm_at, policy, clock)
    if ordinary and min(queued.required_at for queued in ordinary) + policy.group_wait <= clock:
        batches.append(MessageBatch("GROUP" if len(ordinary) > 1 else "SINGLE", tuple(ordinary)))
    return batches


def _urgent_batches(
    urgent: Sequence[QueuedNotification],
    recent: Sequence[int],
    storm_at: int | None,
    policy: NotificationPolicy,
    clock: int,
) -> list[MessageBatch]:
    if not urgent or min(queued.required_at for queued in urgent) + policy.urgent_wait > clock:
        return []
    if storm_at is not None and clock < storm_at + policy.storm_window:
        return []
    in_window = sum(1 for moment in recent if moment > clock - policy.storm_window)
    if in_window + len(urgent) <= policy.storm_messages:
        return [MessageBatch("SINGLE", (queued,)) for queued in urgent]
    return [MessageBatch("STORM", tuple(urgent))]
