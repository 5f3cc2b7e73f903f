"""Which notices go into one message: one each for what is urgent, a storm of it in one, the rest in groups."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.policy import NotificationPolicy

MessageKind = Literal["SINGLE", "GROUP", "STORM", "DIGEST"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that no message holds yet."""

    notice_id: str
    alert_id: str
    kind: str
    urgent: bool
    wanted_at: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The notices of one message."""

    kind: MessageKind
    notices: tuple[Waiting, ...]

    @property
    def message_id(self) -> str:
        """Names the message after what it tells: alone, after its one notice."""
        if len(self.notices) == 1:
            return self.notices[0].notice_id
        names = "|".join(sorted(notice.notice_id for notice in self.notices))
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|message|{names}"))


def seal(
    waiting: Sequence[Waiting], recent: Sequence[int], storm_at: int | None, policy: NotificationPolicy, clock: int
) -> list[Batch]:
    """The messages to one recipient that are due at ``clock`` (ms).

    ``recent`` are the moments at which urgent messages were sealed before, ``storm_at`` that of the last storm.
    While a storm lasts, what is urgent gathers for the next message about it.
    """
    urgent = [notice for notice in waiting if notice.urgent]
    ordinary = [notice for notice in waiting if not notice.urgent]
    sealed = _urgent(urgent, recent, storm_at, policy, clock)
    if ordinary and min(notice.wanted_at for notice in ordinary) + policy.group_wait <= clock:
        sealed.append(Batch("GROUP" if len(ordinary) > 1 else "SINGLE", tuple(ordinary)))
    return sealed


def _urgent(
    urgent: Sequence[Waiting], recent: Sequence[int], storm_at: int | None, policy: NotificationPolicy, clock: int
) -> list[Batch]:
    if not urgent or min(notice.wanted_at for notice in urgent) + policy.urgent_wait > clock:
        return []
    if storm_at is not None and clock < storm_at + policy.storm_window:
        return []
    within = sum(1 for moment in recent if moment > clock - policy.storm_window)
    if within + len(urgent) <= policy.storm_messages:
        return [Batch("SINGLE", (notice,)) for notice in urgent]
    return [Batch("STORM", tuple(urgent))]
