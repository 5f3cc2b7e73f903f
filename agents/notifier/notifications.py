"""Which notifications an alert requires.

That follows from the alert, from what people did about it, and from earlier notifications.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from agents.notifier.routing import Routing
from schemas.products import OPEN_STATUSES, Alert
from streams.actions import AlertActions, is_certain_enough
from streams.policy.action_policy import LEVELS

ESCALATED: Final = "ESCALATED_"
"""The beginning of the kind of a notification that an alert was escalated; a level follows."""
ASSIGNED: Final = "ASSIGNED_"
"""The beginning of the kind of a notification that an alert was assigned; what names the action follows."""
OPENING: Final = frozenset({*OPEN_STATUSES, *(f"{ESCALATED}{level}" for level in LEVELS)})
_ASSIGNING: Final = frozenset({"ASSIGN", "HANDOVER"})
CLOSING: Final = frozenset({"CLEARED", "WITHDRAWN", "OVERRIDDEN"})


@dataclass(frozen=True, slots=True)
class Notification:
    """What one recipient is notified of about one alert."""

    alert_id: str
    recipient: str
    kind: str
    """A status, ``OVERRIDDEN``, ``ESCALATED_`` and a level, or ``ASSIGNED_`` and which assignment it is."""
    episode: int
    """From 1; one more each time the alert is open again after the recipient was notified that it closed."""

    @property
    def notification_id(self) -> str:
        """Return its id: the same notification has the same one, whoever sends it and however often."""
        name = f"cdi|notice|{self.alert_id}|{self.kind}|{self.episode}|{self.recipient}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass(frozen=True, slots=True)
class NotificationHistory:
    """What one recipient was notified of about one alert, or certainly will be: a message holds it."""

    episode: int
    kinds: frozenset[str]
    """Those of this episode."""
    all_kinds: frozenset[str]
    """Those of every episode."""

    @property
    def is_opened(self) -> bool:
        """Return whether the recipient was notified that the alert is open."""
        return any(kind in OPENING or kind.startswith(ASSIGNED) for kind in self.kinds)

    @property
    def is_closed(self) -> bool:
        """Return whether the recipient was notified that the alert closed."""
        return not self.kinds.isdisjoint(CLOSING)


NO_HISTORY: Final = NotificationHistory(1, frozenset(), frozenset())


def histories_of(notifications: Collection[Notification]) -> dict[str, NotificationHistory]:
    """Return the history of each recipient, by name, from the notifications of one alert."""
    histories: dict[str, NotificationHistory] = {}
    for name in {notification.recipient for notification in notifications}:
        theirs = [notification for notification in notifications if notification.recipient == name]
        episode = max(notification.episode for notification in theirs)
        kinds = frozenset(notification.kind for notification in theirs if notification.episode == episode)
        histories[name] = NotificationHistory(episode, kinds, frozenset(notification.kind for notification in theirs))
    return histories


def required_notifications(
    alert: Alert,
    alert_actions: AlertActions,
    routing: Routing,
    histories: Mapping[str, NotificationHistory],
    *,
    clock: int,
    stale_after: int | None,
) -> set[Notification]:
    """Return the notifications of an alert that are still to be sent at ``clock`` (ms).

    1. The alert is closed, by the evidence or by the registrar: whoever was notified that it is open is notified that
       it closed, even while it is silenced.
    2. It is open, and assigned: whom it is assigned to, unless they did that themselves, and a team's route are
       notified of that, once for each assignment, unless it is silenced.
    3. It is open, but acknowledged or silenced: nobody is notified of anything else.
    4. It is open: whoever a route names is notified of its status, of a breach only once it is confirmed or if the
       alert is critical; whoever it was escalated to is notified of that, once in the life of the alert.

    Nobody is notified of what happened more than ``stale_after`` ms ago (None: there is no such limit).
    """
    handling = alert_actions.handling(clock)
    if alert.status not in OPEN_STATUSES or handling.is_closed:
        kind = "OVERRIDDEN" if alert.status in OPEN_STATUSES else alert.status
        return {
            Notification(alert.alert_id, name, kind, history.episode)
            for name, history in histories.items()
            if history.is_opened and kind not in history.kinds
        }
    since = clock - stale_after if stale_after is not None else 0
    assignments = (
        set() if handling.silenced else _assignment_notifications(alert, alert_actions, routing, histories, since)
    )
    if handling.is_quiet:
        return assignments
    statuses = _status_notifications(alert, routing, histories) if alert.updated_at >= since else set()
    return assignments | statuses | _escalation_notifications(alert, alert_actions, routing, histories, since)


def is_urgent(alert: Alert, kind: str) -> bool:
    """Return whether a notification goes at once, in a message of its own."""
    return alert.severity == "CRITICAL" or kind.startswith(ESCALATED)


def _status_notifications(
    alert: Alert, routing: Routing, histories: Mapping[str, NotificationHistory]
) -> set[Notification]:
    if not is_certain_enough(alert):
        return set()
    required: set[Notification] = set()
    for recipient in routing.recipients_of(alert):
        history = histories.get(recipient.name, NO_HISTORY)
        kinds = frozenset() if history.is_closed else history.kinds
        if kinds & {alert.status, "BREACHED"}:
            continue  # also where a breached alert is at risk again: they know of the breach
        required.add(_notification(alert, recipient.name, alert.status, history))
    return required


def _assignment_notifications(
    alert: Alert,
    alert_actions: AlertActions,
    routing: Routing,
    histories: Mapping[str, NotificationHistory],
    since: int,
) -> set[Notification]:
    """Return the notifications of the assignment that stands; who assigns to themselves knows of it."""
    newest = next((action for action in reversed(alert_actions.actions) if action.kind in _ASSIGNING), None)
    if newest is None or newest.kind != "ASSIGN" or newest.assignee is None or newest.at < since:
        return set()
    kind = f"{ASSIGNED}{uuid.uuid5(uuid.NAMESPACE_URL, f'cdi|assignment|{newest.action_id}')}"
    return {
        _notification(alert, recipient.name, kind, history)
        for recipient in routing.reached_by_assignment(alert, newest.assignee)
        if recipient.user != newest.by
        for history in (histories.get(recipient.name, NO_HISTORY),)
        if kind not in history.all_kinds
    }


def _escalation_notifications(
    alert: Alert,
    alert_actions: AlertActions,
    routing: Routing,
    histories: Mapping[str, NotificationHistory],
    since: int,
) -> set[Notification]:
    return {
        _notification(alert, recipient.name, kind, history)
        for action in alert_actions.actions
        if action.kind == "ESCALATE" and action.level is not None and action.at >= since
        for kind in (f"{ESCALATED}{action.level}",)
        for recipient in routing.at_level(action.level, alert.force)
        for history in (histories.get(recipient.name, NO_HISTORY),)
        if kind not in history.all_kinds
    }


def _notification(alert: Alert, recipient: str, kind: str, history: NotificationHistory) -> Notification:
    episode = history.episode + 1 if history.is_closed else history.episode
    return Notification(alert.alert_id, recipient, kind, episode)
