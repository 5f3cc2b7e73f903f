"""From what was read to what is sent: looks at alerts whose time has come, and seals messages that are due."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import structlog

from agents.notifier.contents import Item, contents_of, digest_of
from agents.notifier.messages import Messages
from agents.notifier.routing import Routing
from agents.notifier.sealing import Batch, seal
from agents.notifier.store import Store, recent_urgent
from agents.notifier.wanting import is_urgent, told_from, wanted
from agents.observability.log_levels import debugging
from schemas.products import Alert, AlertAction
from streams.actions import Handling, escalations_due, next_escalation
from streams.policy import ActionPolicy, PolicyBook
from streams.policy.calendar import HOUR, local_date, local_time_on_day_of
from streams.topology.headers import event_names

_log: Final = structlog.get_logger("cdi.notifier")
_is_debugged: Final = debugging("cdi.notifier")

AT_A_TIME: Final = 200
"""Alerts looked at in one change of the outbox."""
LATEST_DIGEST: Final = 4 * HOUR
"""How late, in ms, a notifier that was not running still writes a digest."""
TRY_AGAIN: Final = 15_000
"""How long after an escalation that the broker may not have taken the alert is looked at again, in ms."""


class Planner:
    """Decides what is to be told and escalated; does nothing but change the outbox."""

    def __init__(self, store: Store, routing: Routing, book: PolicyBook, board: str, *, live: bool) -> None:
        """Without ``live`` (under the stream clock) nothing is old news and nothing escalates.

        That clock's time is not that of the people who look.
        """
        self._store = store
        self._messages = Messages(store.connection)
        self._routing = routing
        self._recipients = routing.recipients()
        self._policy = book.notifications
        self._actions: ActionPolicy | None = book.actions if live else None
        self._stale_after = book.notifications.stale_after if live else None
        self._board = board.rstrip("/")

    def begin(self) -> None:
        """Look at everything that is open anew: since the last start, recipients and policy may have changed."""
        with self._store.change():
            for alert in self._store.open_alerts():
                self._store.look_at(alert.alert_id, 0)

    def look(self, clock: int) -> tuple[int, list[AlertAction]]:
        """Look at some of the alerts whose time has come (ms): how many, and the escalations they have come to."""
        escalations: list[AlertAction] = []
        with self._store.change():
            alerts = self._store.alerts_to_look_at(clock, AT_A_TIME)
            for alert in alerts:
                escalations += self._look_at(alert, clock)
        return len(alerts), escalations

    def escalated(self, actions: Sequence[AlertAction]) -> None:
        """Note that these escalations are with the broker, without waiting to read them back."""
        with self._store.change():
            for action in actions:
                self._store.put_action(action)
                self._store.put_audit(
                    action.action_id, "ESCALATE", action.alert_id, None, {"level": action.level or ""}
                )

    def seal(self, clock: int) -> None:
        """Put the notices whose time has come into messages."""
        with self._store.change():
            for name, waiting in self._store.waiting().items():
                recent, storm_at = recent_urgent(self._store.connection, name, clock - self._policy.storm_window)
                for batch in seal(waiting, recent, storm_at, self._policy, clock):
                    self._seal(name, batch, clock)

    def digest(self, clock: int) -> None:
        """Write each reader's digest of the day, once its time has come and while the day is still young."""
        hour, minute = divmod(self._policy.digest_at, 60)
        if not 0 <= clock - local_time_on_day_of(clock, hour, minute) <= LATEST_DIGEST:
            return
        day = local_date(clock).isoformat()
        readers = [each for each in self._routing.digest_readers() if not self._store.has_digest(each.name, day)]
        if not readers:
            return
        alerts = [alert for alert in self._store.open_alerts() if not self._is_hushed(alert, clock)]
        with self._store.change():
            for reader in readers:
                message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"cdi|digest|{reader.name}|{day}"))
                theirs = [alert for alert in alerts if reader in self._routing.digest_of(alert)]
                contents = digest_of(message_id, theirs, self._board, self._policy.listed_longest, day)
                self._messages.add(message_id, reader.name, "DIGEST", contents, clock, urgent=False)
                self._store.set_digest(reader.name, day)

    def _look_at(self, alert: Alert, clock: int) -> tuple[AlertAction, ...]:
        alert_actions = self._store.alert_actions(alert.alert_id)
        told = told_from(self._store.sealed_tellings(alert.alert_id))
        telling = wanted(alert, alert_actions, self._routing, told, clock=clock, stale_after=self._stale_after)
        known = [each for each in telling if each.recipient in self._recipients]
        self._store.set_waiting(alert.alert_id, [(each, is_urgent(alert, each.kind)) for each in known], clock)
        handling = alert_actions.handling(clock)
        due = () if self._actions is None else escalations_due(alert, handling, self._actions, clock)
        self._store.look_at(alert.alert_id, clock + TRY_AGAIN if due else self._next_look(alert, handling))
        return due

    def _next_look(self, alert: Alert, handling: Handling) -> int | None:
        """When (ms) time alone will next change what is to be done about an alert."""
        escalates_at = None if self._actions is None else next_escalation(alert, handling, self._actions)
        return min((moment for moment in (handling.changes_at, escalates_at) if moment is not None), default=None)

    def _seal(self, name: str, batch: Batch, clock: int) -> None:
        alerts = self._store.alerts(notice.alert_id for notice in batch.notices)
        items = [Item(alerts[notice.alert_id], notice.kind) for notice in batch.notices]
        answers = self._store.first_message_of(name, batch)
        contents = contents_of(batch.kind, batch.message_id, items, self._board, self._policy.listed_longest)
        urgent = any(notice.urgent for notice in batch.notices)
        self._messages.add(batch.message_id, name, batch.kind, contents, clock, urgent=urgent, answers=answers)
        if _is_debugged():
            for item in items:
                _log.debug(
                    "sealed", message_id=batch.message_id, recipient=name, told=item.kind, alert_id=item.alert.alert_id,
                    sequence=item.alert.sequence, event_ids=event_names(fact.event_id for fact in item.alert.facts),
                )  # fmt: skip
        self._store.assign(batch, batch.message_id)

    def _is_hushed(self, alert: Alert, clock: int) -> bool:
        handling = self._store.alert_actions(alert.alert_id).handling(clock)
        return handling.silenced is not None or handling.is_closed
