"""One force's monitor: snapshots and heartbeats in, alert changes out.

State is a merge of facts and a verdict is a pure function of state, policy and time.  The monitor keeps the answer it
last published for every obligation and publishes the difference.  Under the *stream clock* a snapshot takes effect
when the clock reaches its event_time, and the clock passes through every such moment, and every risk and due moment,
in time order however far it jumps.  *Live*, snapshots take effect on arrival and the wall clock moves time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.identifiers import normalise
from schemas.products import Alert, Candidate, Case, ClockMode, Erasure, ForceClock
from schemas.records import Heartbeat, Snapshot
from streams.engine import cases, state
from streams.engine.erasure import Erased, name_of, take_out
from streams.engine.judge import Judge
from streams.engine.midnights import Midnights
from streams.engine.open_obligations import OpenObligations
from streams.engine.pending import Pending
from streams.engine.retention import Forgetting
from streams.engine.timers import LAPSE, MIDNIGHT, Deadlines
from streams.facts.completeness import Completeness
from streams.facts.context import Context
from streams.facts.facts import RecordKey
from streams.facts.matters import CALL, CRIME, FEED, Matter
from streams.facts.record import Insertion, Record
from streams.facts.references import identity
from streams.obligations.counting import lapses_at
from streams.obligations.findings import Rule
from streams.policy import PolicyBook
from streams.rules import CATALOGUE
from streams.suggestions.tracker import MissedCrimes


@dataclass(slots=True)
class Changes:
    """Everything that became different since the last drain."""

    alerts: list[Alert] = field(default_factory=list)
    """Every change of every alert, in the order they happened."""
    erased: list[str] = field(default_factory=list)
    """Alerts (by alert_id) to delete where they are published, before any of ``alerts``."""
    state: dict[bytes, bytes | None] = field(default_factory=dict)
    """Table entries to write, in this order (None: delete); records first, then alerts, the clock and
    last what was erased."""
    cases: dict[bytes, Case | None] = field(default_factory=dict)
    candidates: dict[bytes, Candidate | None] = field(default_factory=dict)
    """The crime probably missed, by alert_id; None: the alert misses none any more, or none is probable."""
    clock: ForceClock | None = None
    counted: dict[str, int] = field(default_factory=dict)


class Monitor:
    """All that is known of one force, and what follows from it.  Pure: no I/O, reads no clock."""

    def __init__(self, force: str, book: PolicyBook, *, live: bool = False, rules: Sequence[Rule] = CATALOGUE) -> None:
        self.force = force
        self.live = live
        self.caught_up = not live
        self.clock: int | None = None
        self.completeness = Completeness(force, book)
        self.context = Context(force, book, self.completeness)
        self._facts = self.context.facts
        self._deadlines = Deadlines()
        self._midnights = Midnights(self.context, self._deadlines)
        self._forgetting = Forgetting(self.context)
        self._judge = Judge(self.context, rules, self.completeness, self._deadlines, self._published, live=live)
        self._missed = MissedCrimes(self.context)
        self._pending = Pending()
        self._erased = Erased()
        self._alerts: list[Alert] = []
        self._gone: dict[str, None] = {}
        """The alert_ids of what was erased."""
        self._unsuggested: dict[str, None] = {}
        """Alerts, unknown by now, for which what was erased was suggested."""
        self._touched: dict[RecordKey, Record[Snapshot]] = {}
        self._said: dict[bytes, Alert | None] = {}
        """The alerts that changed, by table key; None: forgotten."""
        self._counted: Counter[str] = Counter()
        self._clock_moved = False

    # -- what arrives -------------------------------------------------------------------------------------------

    def take(self, snapshot: Snapshot, arrived_at: int) -> None:
        """Take in one snapshot that arrived at ``arrived_at`` (ingest_time, ms).

        Live it takes effect at once; under the stream clock when the clock reaches its event_time, at once only if
        its feed broke its word and the clock is already there.
        """
        self.completeness.snapshot(snapshot, arrived_at)
        if self._erased and self._erased.covers(snapshot, arrived_at):
            self._counted["erased"] += 1
            return
        if self.live and self.caught_up:
            self._run(arrived_at)
        name = identity(snapshot)
        record = self._facts.record(snapshot, name)
        at_once = self.live or (self.clock is not None and snapshot.event_time <= self.clock)
        before = record.newest if record.effective_count else None
        outcome = record.insert(snapshot, in_effect=at_once)
        if outcome is not Insertion.ADDED:
            self._counted["event_id_conflict" if outcome is Insertion.CONFLICT else "duplicate"] += 1
            if outcome is Insertion.DUPLICATE:
                return
        self._touched[snapshot.TOPIC, name] = record
        if not at_once:
            self._pending.add(snapshot, name, record)
            return
        self._facts.absorb(name, before, record.newest)
        self._forgetting.note(snapshot.event_time)
        if not self.live:
            self._counted["behind_clock"] += 1
        if self.caught_up and self.clock is not None:
            self._judge_concerned()

    def heartbeat(self, topic: str, heartbeat: Heartbeat, arrived_at: int) -> None:
        """Take in a source's word that it is complete."""
        self.completeness.heartbeat(topic, heartbeat, arrived_at)
        self._clock_moved = True

    def erase(self, erasure: Erasure, erased_at: int) -> None:
        """Take records out as if they had never come, and pass over what arrived of them by ``erased_at``.

        That is an ingest_time (ms).  What rested on them is judged anew; once more is a no-op.
        """
        names = self._erased.add(map(name_of, erasure.subjects), erased_at)
        if not names:
            return
        if self.live and self.caught_up:
            self._run(erased_at)
        gone = take_out(self.context.facts, names)
        self._touched.update(dict.fromkeys(gone.records, Record()))
        self._pending.drop_erased()
        for matter in gone.matters:
            self._deadlines.drop(matter)
            self._missed.spoken_of[matter] = None
        for kind, alert in gone.alerts:
            self._judge.drop(alert)
            self._said[state.alert_key(self.force, kind, alert)] = None
        self._take_back({alert.alert_id for _, alert in gone.alerts}, erasure)
        concerned = list(self._facts.concerned)
        if self.caught_up and self.clock is not None:
            self._judge_concerned()
        for matter in concerned:
            self._judge.retell(matter, gone.event_ids)

    def _take_back(self, alert_ids: set[str], erasure: Erasure) -> None:
        """Have alerts deleted where they are published, and suggestions, those too that were forgotten here."""
        others = {kept.alert.alert_id: matter for matter in self._facts.every_matter() for kept in matter.alerts}
        gone = alert_ids | (set(erasure.alert_ids) - others.keys())
        self._alerts = [alert for alert in self._alerts if alert.alert_id not in gone]
        self._gone.update(dict.fromkeys(sorted(gone)))
        for alert_id in erasure.suggested_for:
            if alert_id in others:
                self._missed.spoken_of[others[alert_id]] = None
            else:
                self._unsuggested[alert_id] = None

    # -- time ---------------------------------------------------------------------------------------------------

    def advance(self, until: int | None = None) -> None:
        """Let the stream clock run as far as the feeds' completeness allows, or (backtest) exactly to ``until``."""
        target = self.completeness.gate() if until is None else until
        if target is not None and not self.live and (self.clock is None or target > self.clock):
            self._run(target)

    def tick(self, wall: int) -> None:
        """Let the wall clock (ms) pass to ``wall``: live only, once caught up."""
        if not self.caught_up:
            self._begin_watching(wall)
        self._run(wall)
        for topic in sorted(self.completeness.named):
            self._facts.concern([self._facts.matter(FEED, topic)])
        self._judge_concerned()
        self._judge.confirm()

    def _begin_watching(self, wall: int) -> None:
        """Begin, or begin again, to judge: what is known by now, as of now.

        Nothing is dated to a time at which nobody watched, and a wrong that is new has its settling time from now on.
        """
        away_since = self.clock
        if away_since is None:
            self.completeness.watched_since = wall
        if away_since is None or wall > away_since:
            self._set_clock(wall)
        if away_since is not None:
            self._midnights.catch_up(away_since)
        self.caught_up = True

    def _run(self, target: int) -> None:
        """Pass through every moment up to ``target`` at which anything takes effect or falls due, in time order."""
        if self.clock is not None and self.concerned:
            self._judge_concerned()
        while (moment := self._next_moment()) is not None and moment <= target:
            if self.clock is None or moment > self.clock:
                self._set_clock(moment)
            self._let_take_effect(moment)
            self._wake(moment)
            self._judge_concerned()
            if moment == self._forgetting.next_at:
                self._forget()
        if self.clock is None or target > self.clock:
            self._set_clock(target)

    @property
    def concerned(self) -> bool:
        """Whether a matter waits to be judged."""
        return bool(self._facts.concerned)

    def _next_moment(self) -> int | None:
        moment = self._deadlines.next_at()
        waits = self._pending.next_at()
        if waits is not None and (moment is None or waits < moment):
            moment = waits
        look = self._forgetting.next_at
        return look if look is not None and (moment is None or look < moment) else moment

    def _set_clock(self, clock: int) -> None:
        self.clock = clock
        self.context.clock = clock
        self._clock_moved = True

    def _let_take_effect(self, moment: int) -> None:
        for _, name, record in self._pending.due(moment):
            if self._forgetting.next_at is None:
                self._forgetting.note(moment)
            before = record.newest if record.effective_count else None
            if record.take_effect(moment):
                self._facts.absorb(name, before, record.newest)

    def _wake(self, moment: int) -> None:
        self.context.counted.clear()
        for matter, purpose in self._deadlines.due(moment):
            if purpose == MIDNIGHT:
                self._midnights.strike(moment)
            elif purpose == LAPSE:
                self._facts.concern_crime(matter.ref)
            elif matter not in self._facts.concerned and purpose in self._judge.rules:
                self._judge.judge_by(matter, self._judge.rules[purpose])

    def _judge_concerned(self) -> None:
        concerned = self._facts.concerned
        self.context.counted.clear()
        while concerned:
            matter, _ = concerned.popitem()
            self._judge.judge(matter)
            if matter.kind is CRIME:
                lapses = lapses_at(matter, self.context)
                waits = lapses is not None and lapses >= self.context.clock
                self._deadlines.set(matter, LAPSE, lapses + 1 if lapses is not None and waits else None)
            elif matter.kind is CALL:
                self._midnights.watch()

    def _forget(self) -> None:
        for matter in self._forgetting.forgettable():
            for kept in matter.alerts:
                self._judge.drop(kept.alert)
            self._said.update({state.alert_key(self.force, matter.kind, kept.alert): None for kept in matter.alerts})
            self._missed.spoken_of[matter] = None
            self._touched.update(self._facts.forget(matter))
        self._forgetting.schedule()

    def _published(self, matter: Matter, alert: Alert) -> None:
        self._alerts.append(alert)
        self._said[state.alert_key(self.force, matter.kind, alert)] = alert
        self._missed.spoken_of[matter] = None

    # -- what goes out ------------------------------------------------------------------------------------------

    def drain_alerts(self) -> list[Alert]:
        """Return every alert change since the last drain, and forget what else would be written (backtest)."""
        alerts, self._alerts = self._alerts, []
        self._touched.clear()
        self._said.clear()
        self._gone.clear()
        self._unsuggested.clear()
        self._facts.changed.clear()
        self._facts.unlinked_touched.clear()
        self._missed.spoken_of.clear()
        return alerts

    def drain(self) -> Changes:
        """Return everything that became different since the last drain."""
        entries: dict[bytes, bytes | None] = {}
        for (topic, name), record in self._touched.items():
            entries[state.record_key(self.force, topic, name)] = state.record_value(record)
        for key, alert in self._said.items():
            entries[key] = None if alert is None else state.alert_value(alert)
        clock: ForceClock | None = None
        if self._clock_moved or self._touched:
            entries[state.clock_key(self.force)] = state.clock_value(self.clock, self.completeness)
            clock = self._force_clock()
        for hashed, erased_at in self._erased.drain().items():
            entries[state.erasure_key(self.force, hashed)] = state.erasure_value(erased_at)
        views = cases.views(self.context, self._facts.changed)
        changes = Changes(self._alerts, list(self._gone), entries, views, self._suggested(), clock, dict(self._counted))
        self._alerts, self._touched, self._said, self._clock_moved = [], {}, {}, False
        self._gone, self._unsuggested = {}, {}
        self._facts.changed.clear()
        self._counted.clear()
        return changes

    def _suggested(self) -> dict[bytes, Candidate | None]:
        """Return what is suggested now and was not, and what is no longer."""
        no_longer: dict[bytes, Candidate | None] = {name.encode(): None for name in (*self._gone, *self._unsuggested)}
        return no_longer | self._missed.suggestions(alert for alert in self._said.values() if alert is not None)

    def _force_clock(self) -> ForceClock:
        mode: ClockMode = "LIVE" if self.live else "STREAM"
        return ForceClock(force=self.force, clock=self.clock, mode=mode, feeds=self.completeness.states())

    # -- for whoever watches ------------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many snapshots wait for the clock."""
        return len(self._pending)

    def knows(self, system: str, ref: str) -> bool:
        """Say whether anything is known of a system's subject: its record, or no more than an alert on it."""
        matters = (found for kind, found in self._facts.matters.items() if kind.system == system)
        return any(normalise(ref) in found or ref in found for found in matters)

    def open_obligations(self) -> OpenObligations:
        """Begin to count the obligations that are neither met nor past due."""
        return OpenObligations(self.context, self._judge.rules, self._deadlines.waiting())

    # -- after a restart ----------------------------------------------------------------------------------------

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back one entry of the state table; entries may come in any order."""
        entry = state.read(key, value)
        match entry:
            case state.SavedRecord(snapshots):
                for snapshot in snapshots:
                    name = identity(snapshot)
                    self._facts.record(snapshot, name).insert(snapshot, in_effect=False)
            case state.SavedAlert():
                self._judge.adopt(entry.matter(self._facts), entry.alert)
            case state.SavedErasure(hashed, erased_at):
                self._erased.restore(hashed, erased_at)
            case state.SavedClock():
                if entry.clock is not None:
                    self._set_clock(entry.clock)
                entry.fill(self.completeness)

    def restored(self) -> None:
        """Take stock after the last ``restore``: what is in effect, what waits, what falls due when."""
        in_effect = _ALWAYS if self.live else _NEVER if self.clock is None else self.clock
        for name, record in list(self._facts.everything()):
            record.take_effect(in_effect)
            if record.effective_count:
                self._facts.absorb(name, None, record.newest)
            for snapshot in record.snapshots[record.effective_count :]:
                self._pending.add(snapshot, name, record)
        self._midnights.resume()
        self._missed.resume()
        self._facts.changed.clear()
        self._forgetting.schedule()
        if self.clock is not None and not self.live:
            self._judge_concerned()
            self._midnights.watch()
        elif self.clock is not None:
            self._midnights.resume_settling()


_ALWAYS = 1 << 62
_NEVER = -(1 << 62)
