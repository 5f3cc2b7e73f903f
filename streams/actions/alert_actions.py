"""The actions known about one alert: a set that grows, the same whatever order they arrive in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from schemas.products import AlertAction
from streams.actions.faults import fault_in
from streams.actions.handling import Handling, handling_of


@dataclass(frozen=True, slots=True)
class AlertActions:
    """What people did about one alert (or one force's shifts), in order of time, each action once.

    :meth:`merge` is commutative, associative and idempotent.  Of two actions under one action_id (two notifiers
    escalate at once) the earlier counts; of two at one moment, the one whose bytes sort first.
    """

    actions: tuple[AlertAction, ...] = ()
    """In order of ``(at, action_id)``, without invalid ones (:func:`streams.actions.faults.fault_in`)."""

    @classmethod
    def of(cls, actions: Iterable[AlertAction]) -> AlertActions:
        """Return the valid ones of these actions."""
        return cls().merge(*actions)

    def merge(self, *actions: AlertAction) -> AlertActions:
        """Return these with more added, or itself where none is new."""
        known = {action.action_id: action for action in self.actions}
        changed = False
        for action in actions:
            if fault_in(action) is not None:
                continue
            before = known.get(action.action_id)
            if before is None or (before != action and _precedence(action) < _precedence(before)):
                known[action.action_id] = action
                changed = True
        return AlertActions(tuple(sorted(known.values(), key=_order))) if changed else self

    def handling(self, clock: int) -> Handling:
        """Return how the alert is handled at a moment (ms); what has expired by then no longer counts."""
        return handling_of(self.actions, clock)


def _order(action: AlertAction) -> tuple[int, str]:
    return action.at, action.action_id


def _precedence(action: AlertAction) -> tuple[int, bytes]:
    return action.at, msgspec.json.encode(action)
