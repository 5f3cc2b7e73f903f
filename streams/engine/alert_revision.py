"""How an alert is revised by a finding, the policy and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from schemas.identifiers import alert_id
from schemas.products import Alert
from streams.engine.alert_lifecycle import AlertState, next_state
from streams.engine.bounds import bounded_facts
from streams.engine.clocks import Clock
from streams.facts.context import Context
from streams.facts.matters import THEME, Matter, StoredAlert
from streams.facts.themes import as_written
from streams.obligations.findings import Finding, Rule


class AlertReviser:
    """Revises the alerts of one force, and hands every one that changed to ``publish``."""

    def __init__(self, context: Context, clock: Clock, publish: Callable[[Matter, Alert], None]) -> None:
        self._context = context
        self._clock = clock
        self._publish = publish
        self._provisional: dict[str, tuple[Matter, Rule]] = {}
        """By alert_id."""

    def revise(self, matter: Matter, rule: Rule, stored: StoredAlert | None, finding: Finding | None) -> None:
        """Publish what a rule's finding changes of its alert; ``finding`` None: the matter is out of scope.

        1. Leave an alert alone that was updated after the clock: it was published before a crash, and what led to it
           has not been read again yet.
        2. Look up its next status, reason, due_at, breached_at and lateness
           (:func:`streams.engine.alert_lifecycle.next_state`).  Stop if there is no alert and none is called for.
        3. Date a breach that had time to settle to when it began, and forget that it was settling.
        4. Work out how severe it is, by the policy of the matter's own time, and how certain, by the clock.
        5. Stop if the alert says all of this already.
        6. Explain the finding by facts, each with the snapshot that stated it; keep the old facts if there is none.
        7. Publish the alert with the next sequence number, updated at the clock.
        """
        clock = self._context.clock
        alert = stored.alert if stored is not None else None
        if alert is not None and alert.updated_at > clock:
            return
        state = next_state(alert, finding, clock)
        if state is None:
            return
        if matter.settling and finding is not None:
            state = self._settled(matter, rule, alert, finding, state)
        severity = self._severity(matter, rule, alert, finding)
        certainty = self._clock.certainty(matter, rule, state.due_at if state.due_at is not None else state.breached_at)
        if alert is not None and (severity, certainty, *state) == (
            alert.severity,
            alert.certainty,
            alert.status,
            alert.reason,
            alert.due_at,
            alert.breached_at,
            alert.lateness_ms,
        ):
            return
        facts = bounded_facts(rule.explain(matter, self._context, finding)) if finding is not None else ()
        if finding is None and stored is not None:
            facts = stored.facts()
        draft = self._draft(matter, rule, alert, finding, state)
        self.publish(matter, rule, msgspec.structs.replace(draft, severity=severity, certainty=certainty, facts=facts))

    def publish(self, matter: Matter, rule: Rule | None, alert: Alert) -> None:
        """Store and publish an alert as its next change, updated at the clock.

        ``rule`` None: there is no such rule any more.
        """
        alert = msgspec.structs.replace(alert, sequence=alert.sequence + 1, updated_at=self._context.clock)
        matter.store(alert)
        if rule is not None and alert.certainty == "PROVISIONAL":
            self._provisional[alert.alert_id] = (matter, rule)
        else:
            self._provisional.pop(alert.alert_id, None)
        self._publish(matter, alert)

    def restore(self, matter: Matter, rule: Rule | None, alert: Alert) -> None:
        """Store an alert that was published before a restart; ``rule`` None: there is no such rule any more."""
        matter.store(alert)
        if rule is not None and alert.certainty == "PROVISIONAL":
            self._provisional[alert.alert_id] = (matter, rule)

    def forget(self, alerts: Iterable[StoredAlert]) -> None:
        """Confirm these alerts no more: their matter is forgotten."""
        for stored in alerts:
            self._provisional.pop(stored.alert.alert_id, None)

    def confirm(self) -> None:
        """Publish as CONFIRMED every provisional alert that no feed can change any more."""
        for name, (matter, rule) in list(self._provisional.items()):
            stored = matter.stored(name)
            alert = stored.alert
            moment = alert.due_at if alert.due_at is not None else alert.breached_at
            if self._clock.certainty(matter, rule, moment) == "CONFIRMED":
                self.publish(matter, rule, msgspec.structs.replace(alert, certainty="CONFIRMED", facts=stored.facts()))

    def _settled(
        self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding, state: AlertState
    ) -> AlertState:
        """Return the state of a condition that had its time to settle: breached since it began."""
        since = matter.settling.get((rule.id, finding.discriminator))
        if since is None:
            return state
        matter.settle(rule.id, finding.discriminator, None)
        return state._replace(breached_at=since) if alert is None or alert.breached_at is None else state

    def _severity(self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding | None) -> str:
        """Return the finding's own severity, or else the policy's as of when the matter began."""
        if finding is None and alert is not None:
            return alert.severity
        if finding is not None and finding.severity is not None:
            return finding.severity
        begins = self._context.clock if alert is None else alert.raised_at
        if matter.record.effective_count:
            begins = getattr(matter.record.first, matter.kind.begins)
        return self._context.policy(begins).severity.get(rule.id, rule.severity)

    def _draft(
        self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding | None, state: AlertState
    ) -> Alert:
        """Return an alert in ``state``, the next after ``alert`` or a new one, still without its facts."""
        snapshot = matter.newest if matter.record.effective_count else None
        offence_class = getattr(snapshot, "offence_class", None)
        if finding is not None and finding.offence_class is not None:
            offence_class = finding.offence_class
        if alert is None:
            alert = self._new(matter, rule, finding.discriminator if finding is not None else "")
        return msgspec.structs.replace(
            alert,
            policy_version=self._context.book.version,
            team=getattr(snapshot, "team", None),
            beat=getattr(snapshot, "beat", None),
            offence_class=offence_class,
            **state._asdict(),
        )

    def _new(self, matter: Matter, rule: Rule, discriminator: str) -> Alert:
        written_ref = self._written_ref(matter)
        return Alert(
            alert_id=alert_id(self._context.force, rule.id, matter.kind.system, written_ref, discriminator),
            force=self._context.force,
            rule_id=rule.id,
            policy_version=self._context.book.version,
            subject_system=matter.kind.system,
            subject_ref=written_ref,
            discriminator=discriminator or None,
            severity=rule.severity,
            status="BREACHED",
            certainty="CONFIRMED",
            raised_at=self._context.clock,
            updated_at=self._context.clock,
            sequence=0,
            title=rule.title_on(matter.kind),
        )

    def _written_ref(self, matter: Matter) -> str:
        """Return the subject as the first snapshot that named it wrote it."""
        if matter.kind is THEME:
            return as_written(matter.ref, (call.record for call in self._context.facts.calls.values()))
        return matter.written_ref()
