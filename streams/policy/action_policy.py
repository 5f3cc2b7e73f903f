"""The policy of actions, escalations and notifications.

None of it is effective-dated: it is about those who look at alerts today, not about the time of a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from schemas.products import OPEN_STATUSES, Severity, Status
from streams.policy.reading import PolicyError, WrittenAs
from streams.policy.value_types import Duration, DurationOrZero, DurationText, TimeOfDay, milliseconds, whole_number

Level = Literal["SUPERVISOR", "DUTY_INSPECTOR", "FCR"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""Who is asked about an alert that nobody acknowledges, one after another."""

OpenStatus = Annotated[str, Meta(pattern=rf"\A({'|'.join(OPEN_STATUSES)})\Z", description=" or ".join(OPEN_STATUSES))]


def _waits(written: Mapping[Level, str]) -> dict[Level, int]:
    """Return how long (ms) each level waits.  Raises ValueError unless they grow with the level."""
    waits = {level: milliseconds(written[level]) for level in LEVELS if level in written}
    if list(waits.values()) != sorted(set(waits.values())):
        raise ValueError
    return waits


Escalation = Annotated[
    Mapping[Level, int],
    Meta(description=f"durations for some of {', '.join(LEVELS)}, each longer than that of the level before"),
    WrittenAs(Mapping[Level, DurationText], _waits),
]
"""How long after an alert began, in ms, each level is asked; a level that is missing never is."""


class ActionPolicy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How long what people do may hold, in ms, and when doing nothing escalates."""

    acknowledgement: Duration
    """How long an acknowledgement holds unless whoever gives it says otherwise."""
    acknowledgement_longest: Duration
    silence_longest: Duration
    text_longest: Annotated[int, whole_number(1, 100_000)]
    """Characters of a note, a reason or a rationale."""
    escalation: Mapping[OpenStatus, Mapping[Severity, Escalation]]
    """By status and severity; missing where nothing escalates."""

    def __post_init__(self) -> None:
        """Raise PolicyError where two settings contradict one another."""
        if self.acknowledgement > self.acknowledgement_longest:
            raise PolicyError(
                f'policy: actions.acknowledgement = "{self.acknowledgement}ms": allowed is at most '
                f'acknowledgement_longest, "{self.acknowledgement_longest}ms"'
            )

    def escalation_of(self, status: Status, severity: Severity) -> Escalation:
        """Return when each level is asked about an alert of this status and severity."""
        return self.escalation.get(status, {}).get(severity, {})


class NotificationPolicy(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """How notifications are gathered, repeated and given up; lengths of time in ms."""

    urgent_wait: DurationOrZero
    """How long what is urgent waits to see whether it comes alone."""
    group_wait: DurationOrZero
    """How long what is not urgent waits for more of its kind."""
    storm_messages: Annotated[int, whole_number(1, 10_000)]
    """More urgent messages to one recipient within ``storm_window`` become one with a count."""
    storm_window: Duration
    listed_longest: Annotated[int, whole_number(1, 1_000)]
    """How many alerts one message names; the rest are counted."""
    digest_at: TimeOfDay
    """Local time of the daily digest, minutes since midnight."""
    retry_first: Duration
    retry_longest: Duration
    give_up_after: Duration
    stale_after: Duration
    """An alert that last changed longer ago is left to the digest."""

    def __post_init__(self) -> None:
        """Raise PolicyError where two settings contradict one another."""
        if self.retry_first > self.retry_longest:
            raise PolicyError(
                f'policy: notifications.retry_first = "{self.retry_first}ms": allowed is at most retry_longest, '
                f'"{self.retry_longest}ms"'
            )
