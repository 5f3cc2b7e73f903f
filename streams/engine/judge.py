"""From findings to alerts: every rule's answer held against the alerts that there are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import msgspec

from schemas.products import Alert
from streams.engine.alert_lifecycle import changes_nothing, next_moment
from streams.engine.alert_revision import AlertReviser
from streams.engine.bounds import bounded_facts
from streams.engine.clocks import Clock
from streams.engine.erasure import event_hash
from streams.engine.timers import Deadlines
from streams.engine.unjudgeable import SetAside
from streams.facts.context import Context
from streams.facts.matters import CRIME, FEED, KINDS, THEME, Kind, Matter, StoredAlert
from streams.obligations.findings import Finding, Judgement, Postponed, Rule
from streams.obligations.switched_off import is_on, judge_switched_on, own_time

JudgedBy: TypeAlias = Callable[[Matter, Context], Judgement]
WITHOUT_RECORD = frozenset({CRIME, THEME, FEED})
"""Kinds of matter that may be judged before, or without, a record of their own."""


class Judge:
    """Judges matters by rules, has their alerts revised, and sets when they are due to be judged again."""

    def __init__(
        self,
        context: Context,
        clock: Clock,
        rules: Sequence[Rule],
        deadlines: Deadlines,
        set_aside: SetAside,
        publish: Callable[[Matter, Alert], None],
    ) -> None:
        self._context = context
        self._clock = clock
        self._deadlines = deadlines
        self._set_aside = set_aside
        self._alerts = AlertReviser(context, clock, publish)
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules if clock.runs(rule)}
        self._judgements = {rule.id: self._judgement(rule) for rule in self.rules.values()}
        self._by_kind: Mapping[Kind, list[Rule]] = {}
        self._by_span: dict[tuple[Kind, int], list[tuple[Rule, JudgedBy]]] = {}
        """By kind, and by after how many of the moments at which rules are switched on or off."""
        self.name_feeds()

    def name_feeds(self) -> None:
        """Judge by the rules that need no other feeds than those that the force is known to have."""
        named, rules = self._context.completeness.named, self.rules.values()
        self._by_kind = {
            kind: [rule for rule in rules if kind in rule.about and rule.about[kind] <= named] for kind in KINDS
        }
        self._by_span.clear()

    def _judgement(self, rule: Rule) -> JudgedBy:
        """Return how a rule is judged: most leave nothing unknown, and are judged at any time."""
        judgement = rule.judgement if self._context.book.lacks_anything else rule.judge
        return partial(judge_switched_on, rule, judgement) if self._is_switched(rule) else judgement

    def _is_switched(self, rule: Rule) -> bool:
        book = self._context.book
        return book.judges_nothing_before or rule.id in book.switches_off or rule.id in book.judges_from

    def _rules_about(self, matter: Matter) -> list[tuple[Rule, JudgedBy]]:
        """Return the rules about a matter, each with how it is judged on what is of the matter's own time."""
        moment = own_time(matter, self._context)
        span = matter.kind, bisect_right(self._context.book.switches_at, moment)
        if span not in self._by_span:
            self._by_span[span] = [(rule, self._judgement_at(rule, moment)) for rule in self._by_kind[matter.kind]]
        return self._by_span[span]

    def _judgement_at(self, rule: Rule, moment: int) -> JudgedBy:
        """Return how a rule is judged on a matter of a time (ms); what it finds may have times of its own."""
        if rule.dated is not None or not self._is_switched(rule):
            return self._judgements[rule.id]
        if not is_on(rule, moment, self._context):
            return _find_nothing
        return rule.judgement if self._context.book.lacks_anything else rule.judge

    def judge(self, matter: Matter, *, by_all_rules: bool = True) -> None:
        """Judge a matter by every rule about its kind, or only by those that ask about a crime's reports."""
        if not matter.record.effective_count and matter.kind not in WITHOUT_RECORD:
            return
        context, active = self._context, matter.active_rules()
        for rule, judge_by in self._rules_about(matter):
            if not (by_all_rules or rule.asks_reports):
                continue
            try:
                judgement = judge_by(matter, context)
                # Most rules have nothing to say of most matters, and never had: no more is done then.
                if (judgement is not None and not changes_nothing(judgement)) or rule.id in active:
                    self._apply(matter, rule, judgement)
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._leave(matter, rule, error)

    def judge_by(self, matter: Matter, rule: Rule) -> None:
        """Judge a matter by one rule."""
        try:
            self._apply(matter, rule, self._judgements[rule.id](matter, self._context))
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._leave(matter, rule, error)

    def republish_without(self, matter: Matter, erased: Collection[str]) -> None:
        """Publish again each alert that shows a fact of another matter's erased snapshot (by event_id)."""
        own = _event_ids_of(matter)
        for stored in tuple(matter.alerts):
            rule = self.rules.get(stored.alert.rule_id)
            facts = stored.facts()
            remaining = tuple(fact for fact in facts if fact.event_id in own or fact.event_id not in erased)
            if remaining == facts:
                continue
            try:
                finding = self._finding(matter, rule, stored.alert.discriminator or "") if rule is not None else None
                if rule is not None and finding is not None:
                    remaining = bounded_facts(rule.explain(matter, self._context, finding))
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._set_aside.add_matter(matter, stored.alert.rule_id, error)
            self._alerts.publish(matter, rule, msgspec.structs.replace(stored.alert, facts=remaining))

    def cited_in_alerts(self, erased: Collection[str], hashes: Collection[bytes]) -> set[str]:
        """Return the event_ids of other matters' erased snapshots that alerts show.

        ``hashes`` are those of snapshots that were erased before a crash.
        """
        cited: set[str] = set()
        for matter in self._context.facts.every_matter():
            if matter.alerts:
                facts = (fact for stored in matter.alerts for fact in stored.facts())
                others = {fact.event_id for fact in facts if fact.event_id is not None} - _event_ids_of(matter)
                cited.update(name for name in others if name in erased or (hashes and event_hash(name) in hashes))
        return cited

    def restore(self, matter: Matter, alert: Alert) -> None:
        """Store an alert that was published before a restart."""
        self._alerts.restore(matter, self.rules.get(alert.rule_id), alert)

    def forget(self, alerts: Iterable[StoredAlert]) -> None:
        """Confirm these alerts no more: their matter is forgotten."""
        self._alerts.forget(alerts)

    def confirm(self) -> None:
        """Publish as CONFIRMED every provisional alert that no feed can change any more."""
        self._alerts.confirm()

    def _leave(self, matter: Matter, rule: Rule, error: Exception) -> None:
        """Leave a rule's alerts on a matter as they are until the matter is judged again: the rule raised."""
        self._set_aside.add_matter(matter, rule.id, error)
        self._deadlines.set(matter, rule.id, None)

    def _apply(self, matter: Matter, rule: Rule, judgement: Judgement) -> None:
        """Revise a rule's alerts by its judgement, and set when to judge again if nothing else happens."""
        alerts = matter.alerts_of_rule(rule.id)
        wake: int | None = None
        if judgement is None:
            if alerts or matter.settling:
                self._put_out_of_scope(matter, rule, alerts)
        elif isinstance(judgement, Postponed):
            if alerts:
                self._put_out_of_scope(matter, rule, alerts)
            wake = judgement.until
        elif isinstance(judgement, list):
            wake = self._apply_all(matter, rule, alerts, judgement)
        else:
            wake = self._apply_one(matter, rule, alerts[0] if alerts else None, judgement)
        if wake is not None or rule.id in matter.wakes:
            self._deadlines.set(matter, rule.id, wake)

    def _apply_all(
        self, matter: Matter, rule: Rule, alerts: Sequence[StoredAlert], findings: Sequence[Finding]
    ) -> int | None:
        """Revise the alert of each finding, and those without one; return when (ms) to judge again."""
        wake: int | None = None
        without_finding = {stored.alert.discriminator or "": stored for stored in alerts}
        for finding in findings:
            stored = without_finding.pop(finding.discriminator, None)
            try:
                moment = self._apply_one(matter, rule, stored, finding)
            except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
                self._set_aside.add_matter(matter, rule.id, error)
                continue
            if moment is not None and (wake is None or moment < wake):
                wake = moment
        if without_finding or matter.settling:
            remaining = {finding.discriminator for finding in findings}
            self._put_out_of_scope(matter, rule, list(without_finding.values()), remaining)
        return wake

    def _apply_one(self, matter: Matter, rule: Rule, stored: StoredAlert | None, finding: Finding) -> int | None:
        """Revise the alert of a finding, unless it may still settle; return when (ms) to judge again."""
        until = self._clock.settles_at(matter, rule, stored.alert if stored is not None else None, finding)
        if until is not None:
            return until
        self._alerts.revise(matter, rule, stored, finding)
        return next_moment(finding, self._context.clock)

    def _put_out_of_scope(
        self, matter: Matter, rule: Rule, alerts: Sequence[StoredAlert], remaining: Collection[str] = ()
    ) -> None:
        """Revise alerts without a finding, and drop what was settling but for ``remaining`` discriminators."""
        for stored in alerts:
            self._alerts.revise(matter, rule, stored, None)
        for rule_id, discriminator in tuple(matter.settling):
            if rule_id == rule.id and discriminator not in remaining:
                matter.settle(rule_id, discriminator, None)

    def _finding(self, matter: Matter, rule: Rule, discriminator: str) -> Finding | None:
        """Return what a rule finds of a matter under a discriminator, or None if it finds nothing."""
        if not matter.record.effective_count and matter.kind not in WITHOUT_RECORD:
            return None
        judgement = self._judgements[rule.id](matter, self._context)
        if judgement is None or isinstance(judgement, Postponed):
            return None
        findings: Sequence[Finding] = judgement if isinstance(judgement, list) else [judgement]
        return next((finding for finding in findings if finding.discriminator == discriminator), None)


def _find_nothing(_matter: Matter, _context: Context) -> None:
    """Judge by a rule that is off, or before its date."""


def _event_ids_of(matter: Matter) -> set[str]:
    """Return the event_ids of a matter's own snapshots."""
    records = (matter.record, *matter.decisions.values())
    return {snapshot.event_id for record in records for snapshot in record.snapshots}
