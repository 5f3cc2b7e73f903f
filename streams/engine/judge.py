"""From findings to alerts: every rule's answer held against what was said before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from schemas.identifiers import alert_id
from schemas.products import Alert, Certainty
from streams.engine.lifecycle import Standing, next_moment, next_standing, says_nothing
from streams.engine.timers import Deadlines
from streams.facts.completeness import Completeness
from streams.facts.context import Context
from streams.facts.matters import CRIME, FEED, KINDS, THEME, Kind, Matter, StoredAlert
from streams.facts.themes import as_written
from streams.obligations.findings import Condition, Finding, Judgement, Rule

WITHOUT_RECORD = frozenset({CRIME, THEME, FEED})
"""Kinds of matter that may be judged before, or without, a record of their own."""


class Judge:
    """Judges matters by the rules in force, and hands every alert that changed to ``publish``."""

    def __init__(
        self,
        context: Context,
        rules: Sequence[Rule],
        completeness: Completeness,
        deadlines: Deadlines,
        publish: Callable[[Matter, Alert], None],
        *,
        live: bool,
    ) -> None:
        self._context = context
        self._completeness = completeness
        self._deadlines = deadlines
        self._publish = publish
        self._live = live
        named = completeness.named
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules if live or not rule.live_only}
        self._by_kind: dict[Kind, list[tuple[Rule, Callable[[Matter, Context], Judgement]]]] = {
            kind: [] for kind in KINDS
        }
        for rule in self.rules.values():
            for kind, feeds in rule.about.items():
                if feeds <= named:
                    self._by_kind[kind].append((rule, rule.judge))
        self._provisional: dict[str, tuple[Matter, Rule]] = {}

    def judge(self, matter: Matter) -> None:
        """Judge a matter by every rule about its kind."""
        if not matter.record.effective_count and matter.kind not in WITHOUT_RECORD:
            return
        context, spoken = self._context, matter.active_rules()
        for rule, judge_by in self._by_kind[matter.kind]:
            judgement = judge_by(matter, context)
            # Most rules have nothing to say of most matters, and never had: no more is done then.
            if (judgement is not None and not says_nothing(judgement)) or rule.id in spoken:
                self._hear(matter, rule, judgement)

    def judge_by(self, matter: Matter, rule: Rule) -> None:
        """Judge a matter by one rule."""
        self._hear(matter, rule, rule.judge(matter, self._context))

    def _hear(self, matter: Matter, rule: Rule, judgement: Judgement) -> None:
        """Say what follows from a judgement, and set when to judge again if nothing happens."""
        kept = matter.alerts_of_rule(rule.id)
        wake: int | None = None
        if judgement is None:
            if kept or matter.settling:
                self._withdraw(matter, rule, kept)
        elif isinstance(judgement, list):
            wake = self._say_each(matter, rule, kept, judgement)
        else:
            wake = self._say(matter, rule, kept[0] if kept else None, judgement)
        if wake is not None or rule.id in matter.wakes:
            self._deadlines.set(matter, rule.id, wake)

    def _say_each(
        self, matter: Matter, rule: Rule, alerts: Sequence[StoredAlert], findings: Sequence[Finding]
    ) -> int | None:
        """Say what follows from each finding and from each that is gone; return when (ms) to look again."""
        wake: int | None = None
        gone = {kept.alert.discriminator or "": kept for kept in alerts}
        for finding in findings:
            moment = self._say(matter, rule, gone.pop(finding.discriminator, None), finding)
            if moment is not None and (wake is None or moment < wake):
                wake = moment
        if gone or matter.settling:
            self._withdraw(matter, rule, gone.values(), {finding.discriminator for finding in findings})
        return wake

    def adopt(self, matter: Matter, alert: Alert) -> None:
        """Take over an alert that was published before a restart."""
        matter.store(alert)
        rule = self.rules.get(alert.rule_id)
        if rule is not None and alert.certainty == "PROVISIONAL":
            self._provisional[alert.alert_id] = (matter, rule)

    def drop(self, alert: Alert) -> None:
        """Confirm an alert no more: its matter goes."""
        self._provisional.pop(alert.alert_id, None)

    def retell(self, matter: Matter, erased: Collection[str]) -> None:
        """Publish again whatever shows a fact of another's erased snapshot (by event_id), as it is known now."""
        own = {said.event_id for record in (matter.record, *matter.decisions.values()) for said in record.snapshots}
        for kept in matter.alerts:
            rule = self.rules.get(kept.alert.rule_id)
            facts = kept.facts()
            left = tuple(fact for fact in facts if fact.event_id in own or fact.event_id not in erased)
            if rule is None or left == facts:
                continue
            finding = self._finding(matter, rule, kept.alert.discriminator or "")
            if finding is not None:
                left = rule.explain(matter, self._context, finding)
            self._put(matter, rule, msgspec.structs.replace(kept.alert, facts=left))

    def _finding(self, matter: Matter, rule: Rule, discriminator: str) -> Finding | None:
        """Return what a rule finds of a matter under a discriminator, or None if it finds nothing."""
        if not matter.record.effective_count and matter.kind not in WITHOUT_RECORD:
            return None
        judgement = rule.judge(matter, self._context)
        findings: Sequence[Finding] = judgement if isinstance(judgement, list) else [judgement] if judgement else []
        return next((finding for finding in findings if finding.discriminator == discriminator), None)

    def confirm(self) -> None:
        """Confirm what no feed can clear any more (live only)."""
        for name, (matter, rule) in list(self._provisional.items()):
            kept = next(kept for kept in matter.alerts if kept.alert.alert_id == name)
            if self._certainty(matter, rule, kept.alert.due_at, kept.alert.breached_at) == "CONFIRMED":
                confirmed = msgspec.structs.replace(kept.alert, certainty="CONFIRMED", facts=kept.facts())
                self._put(matter, rule, confirmed)

    def _withdraw(self, matter: Matter, rule: Rule, alerts: Iterable[StoredAlert], found: Collection[str] = ()) -> None:
        """Say of alerts that nothing is found for them; forget what was settling, but for what is still found."""
        for kept in list(alerts):
            self._revise(matter, rule, kept, None)
        for rule_id, discriminator in matter.settling:
            if rule_id == rule.id and discriminator not in found:
                matter.settle(rule_id, discriminator, None)

    def _say(self, matter: Matter, rule: Rule, kept: StoredAlert | None, finding: Finding) -> int | None:
        """Publish what a finding changes; return when (ms) to look at it again."""
        if self._live and isinstance(finding, Condition) and matter.kind is not FEED:
            until = self._settles_at(matter, rule, kept, finding)
            if until is not None:
                return until
        self._revise(matter, rule, kept, finding)
        return next_moment(finding, self._context.clock)

    def _settles_at(self, matter: Matter, rule: Rule, kept: StoredAlert | None, condition: Condition) -> int | None:
        """Return until when (ms) a wrong that is new is given time to right itself, or None if it has had it."""
        if not condition.wrong or (kept is not None and kept.alert.status == "BREACHED"):
            if matter.settling:
                matter.settle(rule.id, condition.discriminator, None)
            return None
        since = matter.settling.get((rule.id, condition.discriminator))
        if since is None:
            since = self._context.clock
            matter.settle(rule.id, condition.discriminator, since)
        until = since + self._context.book.settling_time
        return until if self._context.clock < until else None

    def _revise(self, matter: Matter, rule: Rule, kept: StoredAlert | None, finding: Finding | None) -> None:
        clock = self._context.clock
        alert = kept.alert if kept is not None else None
        if alert is not None and alert.updated_at > clock:
            return  # Published before a crash: what led to it has not been read again yet.
        standing = next_standing(alert, finding, clock)
        if standing is None:
            return
        if matter.settling and finding is not None:
            standing = self._settled(matter, rule, alert, finding, standing)
        severity = self._severity(matter, rule, alert, finding)
        certainty = self._certainty(matter, rule, standing.due_at, standing.breached_at)
        if alert is not None and (severity, certainty, *standing) == (
            alert.severity, alert.certainty, alert.status, alert.reason, alert.due_at, alert.breached_at,
            alert.lateness_ms,
        ):  # fmt: skip
            return
        facts = rule.explain(matter, self._context, finding) if finding is not None else kept.facts() if kept else ()
        said = self._alert(matter, rule, alert, finding, standing)
        self._put(matter, rule, msgspec.structs.replace(said, severity=severity, certainty=certainty, facts=facts))

    def _settled(
        self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding, standing: Standing
    ) -> Standing:
        """Return the standing of a wrong that had its time: it is breached since it first stood."""
        since = matter.settling.get((rule.id, finding.discriminator))
        if since is None:
            return standing
        matter.settle(rule.id, finding.discriminator, None)
        return standing._replace(breached_at=since) if alert is None or alert.breached_at is None else standing

    def _severity(self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding | None) -> str:
        """Return the finding's own severity, else that of the policy of the matter's own time, which stays the same."""
        if finding is None and alert is not None:
            return alert.severity
        if finding is not None and finding.severity is not None:
            return finding.severity
        begins = self._context.clock if alert is None else alert.raised_at
        if matter.record.effective_count:
            begins = getattr(matter.record.first, matter.kind.begins)
        return self._context.policy(begins).severity.get(rule.id, rule.severity)

    def _certainty(self, matter: Matter, rule: Rule, due_at: int | None, breached_at: int | None) -> Certainty:
        """Say whether the feeds that could still clear it are complete past the moment it rests on.

        Under the stream clock they always are.  A silent feed is seen, not inferred.
        """
        if not self._live or matter.kind is FEED:
            return "CONFIRMED"
        moment = due_at if due_at is not None else breached_at
        complete = self._completeness
        through = complete.of(rule.about[matter.kind] | (rule.also & complete.named))
        if moment is None or through is None or through <= moment + self._context.book.save_lag:
            return "PROVISIONAL"
        return "CONFIRMED"

    def _alert(
        self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding | None, standing: Standing
    ) -> Alert:
        """Return an alert that says ``standing``, the next in sequence after ``alert``, without its facts."""
        said = matter.newest if matter.record.effective_count else None
        offence_class = getattr(said, "offence_class", None)
        if finding is not None and finding.offence_class is not None:
            offence_class = finding.offence_class
        if alert is None:
            alert = self._new(matter, rule, finding.discriminator if finding is not None else "")
        return msgspec.structs.replace(
            alert,
            policy_version=self._context.book.version,
            team=getattr(said, "team", None),
            beat=getattr(said, "beat", None),
            offence_class=offence_class,
            **standing._asdict(),
        )

    def _new(self, matter: Matter, rule: Rule, discriminator: str) -> Alert:
        written = self._written_ref(matter)
        return Alert(
            alert_id=alert_id(self._context.force, rule.id, matter.kind.system, written, discriminator),
            force=self._context.force,
            rule_id=rule.id,
            policy_version=self._context.book.version,
            subject_system=matter.kind.system,
            subject_ref=written,
            discriminator=discriminator or None,
            severity=rule.severity,
            status="BREACHED",
            certainty="CONFIRMED",
            raised_at=self._context.clock,
            updated_at=self._context.clock,
            sequence=0,
            title=rule.title,
        )

    def _written_ref(self, matter: Matter) -> str:
        """Return the subject as the first snapshot that named it wrote it."""
        if matter.kind is THEME:
            return as_written(matter.ref, (call.record for call in self._context.facts.calls.values()))
        return matter.written_ref()

    def _put(self, matter: Matter, rule: Rule, alert: Alert) -> None:
        alert = msgspec.structs.replace(alert, sequence=alert.sequence + 1, updated_at=self._context.clock)
        matter.store(alert)
        if alert.certainty == "PROVISIONAL":
            self._provisional[alert.alert_id] = (matter, rule)
        else:
            self._provisional.pop(alert.alert_id, None)
        self._publish(matter, alert)
