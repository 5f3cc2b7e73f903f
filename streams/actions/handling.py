"""How an alert is handled at a moment, by the actions on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from schemas.products import AlertAction
from streams.policy.action_policy import LEVELS, Level


@dataclass(frozen=True, slots=True)
class ActionInForce:
    """A person's action that counts now: an acknowledgement, silence, handover, override or audit."""

    by: str
    role: str
    at: int
    until: int | None = None
    """Through when it holds (ms); None for what does not end by itself."""
    text: str | None = None
    to: str | None = None
    """Of a handover: who took over."""
    outcome: str | None = None
    """Of an override or an audit."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote, and when."""

    by: str
    role: str
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Handling:
    """How one alert is handled at one moment."""

    acknowledged: ActionInForce | None = None
    assignee: str | None = None
    silenced: ActionInForce | None = None
    level: Level | None = None
    """The highest it was escalated to."""
    escalated_at: int | None = None
    """When it was first escalated to that level."""
    handover: ActionInForce | None = None
    override: ActionInForce | None = None
    """The registrar's decision that the alert needs nothing more, unless taken back."""
    audit: ActionInForce | None = None
    notes: tuple[Note, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether the registrar has decided that the alert needs nothing more."""
        return self.override is not None

    @property
    def is_quiet(self) -> bool:
        """Whether nobody needs telling now: it is acknowledged or silenced, or the registrar closed it."""
        return self.acknowledged is not None or self.silenced is not None or self.is_closed

    @property
    def changes_at(self) -> int | None:
        """The first moment (ms) after an acknowledgement or a silence expires; None if there is neither."""
        ends = [action.until + 1 for action in (self.acknowledged, self.silenced) if action and action.until]
        return min(ends, default=None)


class _HandlingChanges(TypedDict, total=False):
    """Fields of :class:`Handling` that an action changes."""

    acknowledged: ActionInForce | None
    assignee: str | None
    silenced: ActionInForce | None
    level: Level | None
    escalated_at: int | None
    handover: ActionInForce | None
    override: ActionInForce | None
    audit: ActionInForce | None
    notes: tuple[Note, ...]


def rank(level: str | None) -> int:
    """Return how high a level is: 0 for none, then one more with each."""
    return LEVELS.index(level) + 1 if level in LEVELS else 0


def handling_of(actions: Sequence[AlertAction], clock: int) -> Handling:
    """Return how an alert is handled at ``clock`` (ms), given its valid actions in order.

    1. Of acknowledgement, assignment, silence, handover, override and audit, the last one counts.
    2. Levels only rise, and notes only gather.
    3. Whoever hands a shift over hands over what they acknowledged too, until the same time.
    4. An acknowledgement or a silence that has expired no longer counts.

    An action counts as soon as it is known, even one a little ahead of ``clock``: two machines' clocks may differ, and
    whoever acted must be seen.
    """
    handling = Handling()
    for action in actions:
        handling = replace(handling, **_changes(handling, action))
    return replace(
        handling,
        acknowledged=_unless_expired(handling.acknowledged, clock),
        silenced=_unless_expired(handling.silenced, clock),
    )


def _changes(handling: Handling, action: AlertAction) -> _HandlingChanges:
    """Return what one more action, later than all before, changes."""
    last = ActionInForce(
        action.by, action.role, action.at, action.expires_at, action.text, action.assignee, action.outcome
    )
    changes: _HandlingChanges = {}
    match action.kind:
        case "ACK":
            changes = {"acknowledged": last}
        case "ASSIGN":
            changes = {"assignee": action.assignee}
        case "NOTE":
            changes = {"notes": (*handling.notes, Note(action.by, action.role, action.at, action.text or ""))}
        case "SILENCE":
            changes = {"silenced": last}
        case "UNSILENCE":
            changes = {"silenced": None}
        case "ESCALATE" if rank(action.level) > rank(handling.level):
            changes = {"level": LEVELS[rank(action.level) - 1], "escalated_at": action.at}
        case "HANDOVER":
            changes = _handed_over(handling, action, last)
        case "OVERRIDE":
            changes = {"override": None if action.outcome == "REOPEN" else last}
        case "AUDIT":
            changes = {"audit": last}
    return changes


def _handed_over(handling: Handling, action: AlertAction, last: ActionInForce) -> _HandlingChanges:
    changes: _HandlingChanges = {"handover": last, "assignee": action.assignee}
    if handling.acknowledged is not None and handling.acknowledged.by == action.by and action.assignee:
        changes["acknowledged"] = replace(handling.acknowledged, by=action.assignee)
    return changes


def _unless_expired(action: ActionInForce | None, clock: int) -> ActionInForce | None:
    return action if action is not None and action.until is not None and clock <= action.until else None
