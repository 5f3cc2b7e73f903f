"""How an alert is being handled at a moment: what the actions on it come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.products import AlertAction
from streams.policy.handling import LEVELS, Level


@dataclass(frozen=True, slots=True)
class Held:
    """Something one person decided that stands: an acknowledgement, a silence, a handover, an override, an audit."""

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
    """What stands for one alert at one moment."""

    acknowledged: Held | None = None
    assignee: str | None = None
    silenced: Held | None = None
    level: Level | None = None
    """The highest it was escalated to."""
    escalated_at: int | None = None
    """When it was first escalated to that level."""
    handover: Held | None = None
    override: Held | None = None
    """The registrar's decision that the alert needs nothing more, unless taken back."""
    audit: Held | None = None
    notes: tuple[Note, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether the registrar has decided that the alert needs nothing more."""
        return self.override is not None

    @property
    def is_quiet(self) -> bool:
        """Whether nobody is to be told of it now: somebody sees to it, silenced it, or the registrar closed it."""
        return self.acknowledged is not None or self.silenced is not None or self.is_closed

    @property
    def changes_at(self) -> int | None:
        """The first moment (ms) at which something that stands now no longer will; None if nothing ends by itself."""
        ends = [held.until + 1 for held in (self.acknowledged, self.silenced) if held is not None and held.until]
        return min(ends, default=None)


def rank(level: str | None) -> int:
    """How high a level is: 0 for none, then one more with each."""
    return LEVELS.index(level) + 1 if level in LEVELS else 0


def handling_of(actions: Sequence[AlertAction], clock: int) -> Handling:
    """What whole actions, in order, come to at ``clock`` (ms).

    The last word stands (acknowledgement, assignment, silence, handover, override, audit); levels only rise and notes
    only gather.  An action stands as soon as it is known: two machines' clocks may differ a little, and whoever acted
    must be seen.  With a shift goes what was acknowledged in it, until the same time: it is nobody's who has gone home.
    """
    standing = Handling()
    for action in actions:
        standing = _after(standing, action)
    return replace(
        standing,
        acknowledged=_if_holding(standing.acknowledged, clock),
        silenced=_if_holding(standing.silenced, clock),
    )


def _after(standing: Handling, action: AlertAction) -> Handling:
    """What stands once one more action, later than all before, is known."""
    held = Held(action.by, action.role, action.at, action.expires_at, action.text, action.assignee, action.outcome)
    changed: dict[str, Any] = {}
    match action.kind:
        case "ACK":
            changed = {"acknowledged": held}
        case "ASSIGN":
            changed = {"assignee": action.assignee}
        case "NOTE":
            note = Note(action.by, action.role, action.at, action.text or "")
            changed = {"notes": (*standing.notes, note)}
        case "SILENCE" | "UNSILENCE":
            changed = {"silenced": held if action.kind == "SILENCE" else None}
        case "ESCALATE" if rank(action.level) > rank(standing.level):
            changed = {"level": action.level, "escalated_at": action.at}
        case "HANDOVER":
            changed = {"handover": held, "assignee": action.assignee}
            if standing.acknowledged is not None and standing.acknowledged.by == action.by and action.assignee:
                changed["acknowledged"] = replace(standing.acknowledged, by=action.assignee)
        case "OVERRIDE":
            changed = {"override": None if action.outcome == "REOPEN" else held}
        case "AUDIT":
            changed = {"audit": held}
    return replace(standing, **changed)


def _if_holding(held: Held | None, clock: int) -> Held | None:
    return held if held is not None and held.until is not None and clock <= held.until else None
