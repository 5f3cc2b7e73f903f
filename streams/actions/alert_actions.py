"""The actions known about one alert: a set that grows, the same whatever order it was learnt in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from schemas.products import AlertAction
from streams.actions.handling import Handling, handling_of
from streams.actions.shape import fault_in


@dataclass(frozen=True, slots=True)
class AlertActions:
    """What people did about one alert (or one force's shifts), in order of time, each action once.

    A merge: :meth:`merge` is commutative, associative and idempotent.  Where two bodies go by one action_id (two
    notifiers escalate at once), the earlier stands, and of two of one moment the lesser in bytes.
    """

    actions: tuple[AlertAction, ...] = ()
    """By ``(at, action_id)``; without those that stand for nothing (:func:`streams.actions.shape.fault_in`)."""

    @classmethod
    def of(cls, actions: Iterable[AlertAction]) -> AlertActions:
        """Those of these actions that are whole."""
        return cls().merge(*actions)

    def merge(self, *actions: AlertAction) -> AlertActions:
        """These and more; itself where nothing is new."""
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
        """What stands at a moment (ms): what has expired by then does not."""
        return handling_of(self.actions, clock)


def _order(action: AlertAction) -> tuple[int, str]:
    return action.at, action.action_id


def _precedence(action: AlertAction) -> tuple[int, bytes]:
    return action.at, msgspec.json.encode(action)
