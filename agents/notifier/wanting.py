"""Who should have been told what of an alert by now: a pure function of it, of what people did, and of who was told."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from agents.notifier.routing import Routing
from schemas.products import Alert
from streams.actions import AlertActions
from streams.policy.handling import LEVELS, OPEN_STATUSES

ESCALATED: Final = "ESCALATED_"
"""The beginning of the kind of a notice that an alert has gone up to a level."""
OPENING: Final = frozenset({"AT_RISK", "BREACHED", *(f"{ESCALATED}{level}" for level in LEVELS)})
CLOSING: Final = frozenset({"CLEARED", "WITHDRAWN", "OVERRIDDEN"})


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell one recipient of one alert."""

    alert_id: str
    recipient: str
    kind: str
    """A status, ``OVERRIDDEN``, or ``ESCALATED_`` and a level."""
    episode: int
    """1, then one more each time the alert is open again after the recipient was told that it closed."""

    @property
    def notice_id(self) -> str:
        """Names it for ever: the same telling is the same message, whoever sends it and however often."""
        name = f"cdi|notice|{self.alert_id}|{self.kind}|{self.episode}|{self.recipient}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass(frozen=True, slots=True)
class Told:
    """What one recipient has been told of one alert, or will be whatever happens: it is on its way."""

    episode: int
    kinds: frozenset[str]
    """In this episode."""
    ever: frozenset[str]
    """In any."""

    @property
    def is_closed(self) -> bool:
        """Whether the last they heard is that the alert closed."""
        return not self.kinds.isdisjoint(CLOSING)


NOTHING_TOLD: Final = Told(1, frozenset(), frozenset())


def told_from(tellings: Collection[Telling]) -> dict[str, Told]:
    """What each recipient was told of one alert, by name."""
    found: dict[str, Told] = {}
    for name in {telling.recipient for telling in tellings}:
        theirs = [telling for telling in tellings if telling.recipient == name]
        episode = max(telling.episode for telling in theirs)
        kinds = frozenset(telling.kind for telling in theirs if telling.episode == episode)
        found[name] = Told(episode, kinds, frozenset(telling.kind for telling in theirs))
    return found


def wanted(
    alert: Alert,
    alert_actions: AlertActions,
    routing: Routing,
    told: Mapping[str, Told],
    *,
    clock: int,
    stale_after: int | None,
) -> set[Telling]:
    """What is still to be told of an alert at ``clock`` (ms), given what was.

    1. Closed (by the evidence or the registrar): whoever was told that it is open is told, silenced or not.
    2. Open, but somebody sees to it: nobody is.
    3. Open: whoever a route names is told its status, a breach only once it is confirmed or if it is critical; whoever
       it was escalated to is told that, once in its life.

    What happened more than ``stale_after`` ms ago (None: however long) is news to nobody.
    """
    handling = alert_actions.handling(clock)
    if alert.status not in OPEN_STATUSES or handling.is_closed:
        kind = "OVERRIDDEN" if alert.status in OPEN_STATUSES else alert.status
        return {
            Telling(alert.alert_id, name, kind, heard.episode)
            for name, heard in told.items()
            if heard.kinds & OPENING and kind not in heard.kinds
        }
    if handling.is_quiet:
        return set()
    since = clock - stale_after if stale_after is not None else 0
    statuses = _statuses(alert, routing, told) if alert.updated_at >= since else set()
    return statuses | _escalations(alert, alert_actions, routing, told, since)


def is_sure_enough(alert: Alert) -> bool:
    """Whether an alert may be told: a breach that the feeds may yet clear waits, unless it is critical."""
    return alert.status == "AT_RISK" or alert.certainty == "CONFIRMED" or alert.severity == "CRITICAL"


def is_urgent(alert: Alert, kind: str) -> bool:
    """Whether a telling goes at once and by itself."""
    return alert.severity == "CRITICAL" or kind.startswith(ESCALATED)


def _statuses(alert: Alert, routing: Routing, told: Mapping[str, Told]) -> set[Telling]:
    if not is_sure_enough(alert):
        return set()
    found: set[Telling] = set()
    for recipient in routing.told_of(alert):
        heard = told.get(recipient.name, NOTHING_TOLD)
        known = frozenset() if heard.is_closed else heard.kinds
        if known & {alert.status, "BREACHED"}:
            continue  # also where a breach is at risk again: they know the worse
        found.add(_telling(alert, recipient.name, alert.status, heard))
    return found


def _escalations(
    alert: Alert, alert_actions: AlertActions, routing: Routing, told: Mapping[str, Told], since: int
) -> set[Telling]:
    return {
        _telling(alert, recipient.name, kind, heard)
        for action in alert_actions.actions
        if action.kind == "ESCALATE" and action.level is not None and action.at >= since
        for kind in (f"{ESCALATED}{action.level}",)
        for recipient in routing.at_level(action.level, alert.force)
        for heard in (told.get(recipient.name, NOTHING_TOLD),)
        if kind not in heard.ever
    }


def _telling(alert: Alert, recipient: str, kind: str, heard: Told) -> Telling:
    return Telling(alert.alert_id, recipient, kind, heard.episode + 1 if heard.is_closed else heard.episode)
