"""One force's monitor: snapshots and heartbeats in, alert changes out.

State is a merge of facts and a verdict is a pure function of state, policy and time.  The monitor keeps the answer it
last published for every obligation and publishes the difference.  How time passes is the clock's
(:mod:`streams.engine.clocks`), through which moments it passes the runner's (:mod:`streams.engine.clock_runner`).
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.identifiers import normalise
from schemas.products import Alert, ClockMode, Erasure, Review
from schemas.records import Crime, Heartbeat, Snapshot
from streams.engine import state
from streams.engine.changes import ChangeCollector, Changes
from streams.engine.clock_runner import ClockRunner
from streams.engine.clocks import Clock, StreamClock
from streams.engine.erasure import ErasedNames, erase, name_of
from streams.engine.judge import Judge
from streams.engine.open_obligations import OpenObligations
from streams.engine.pending import Pending
from streams.engine.persistence.restoration import Restoration
from streams.engine.timers import Deadlines
from streams.engine.unjudgeable import SetAside
from streams.facts.completeness import Completeness
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.facts.record import Insertion, Record
from streams.facts.references import identity
from streams.obligations.findings import Rule
from streams.obligations.fixed_times import corrections_with
from streams.policy import PolicyBook
from streams.reviews.tracker import ReviewQueue
from streams.reviews.waiting import WaitingReviews
from streams.rules import CATALOGUE
from streams.suggestions.tracker import MissedCrimes


class Monitor:
    """All that is known of one force, and what follows from it.  Pure: no I/O, reads no clock."""

    def __init__(
        self,
        force: str,
        book: PolicyBook,
        *,
        clock: type[Clock] = StreamClock,
        rules: Sequence[Rule] = CATALOGUE,
        keeps_state: bool = True,
        keeps_reviews: bool = True,
        forgets: bool = True,
        named: frozenset[str] | None = None,
    ) -> None:
        """Make the monitor of a force.

        Without ``keeps_state`` no drain has table entries, without ``keeps_reviews`` none has reviews: for whoever
        needs none.  Without ``forgets`` no settled matter is ever forgotten: for figures of any time.
        ``named`` are the feeds that the force has, where it is not for the policy and the snapshots to say.
        """
        self.force = force
        self.completeness = Completeness(force, book, awaits_feeds=clock is StreamClock, named=named)
        self.context = Context(force, book, self.completeness)
        self._facts = self.context.facts
        self._clock = clock(self.context)
        self._erased = ErasedNames()
        self._set_aside = SetAside(force)
        self._missed = MissedCrimes(self.context, self._set_aside.add_matter)
        self._queue = ReviewQueue(self.context, self._set_aside.add_matter, is_kept=keeps_reviews)
        self._changes = ChangeCollector(
            self.context,
            self._clock,
            self._erased,
            self._missed,
            self._queue,
            self._set_aside,
            keeps_state=keeps_state,
        )
        self._deadlines = Deadlines()
        self._pending = Pending()
        self._judge = Judge(self.context, self._clock, rules, self._deadlines, self._set_aside, self._changes.publish)
        self._restoration = Restoration(self._facts, self._changes.state, self._name_of, self._forget_again)
        self._forgotten_through: int | None = None
        """The low-water mark as state has it."""
        self._runner = ClockRunner(
            self.context,
            self._clock,
            self._judge,
            self._deadlines,
            self._pending,
            self._changes,
            self._queue,
            self._set_aside,
            forgets=forgets,
        )

    # -- what arrives -------------------------------------------------------------------------------------------

    def apply(self, snapshot: Snapshot, ingest_time: int) -> None:
        """Apply one snapshot that arrived at ``ingest_time`` (ms).

        It takes effect at once where its event_time is one that the clock lets through, and waits for it otherwise.
        """
        if self.completeness.snapshot(snapshot, ingest_time):
            self._runner.name_feeds()
        name = self._name_of(snapshot)
        if name is None:
            return
        if self._erased and self._erased.covers(snapshot, ingest_time):
            self._changes.counted["erased"] += 1
            return
        self._run_to_arrival(ingest_time)
        if self._facts.is_forgotten(snapshot, name):
            self._changes.counted["forgotten"] += 1
            return
        record = self._facts.record(snapshot, name)
        before = record.newest if record.effective_count else None
        first = None if before is None else record.first.event_time
        in_effect = snapshot.event_time <= self._clock.effective_through
        outcome = record.insert(snapshot, in_effect=in_effect)
        if outcome is not Insertion.ADDED:
            self._changes.counted["event_id_conflict" if outcome is Insertion.CONFLICT else "duplicate"] += 1
            if outcome is Insertion.DUPLICATE:
                return
        self._changes.state.records[snapshot.TOPIC, name] = record
        self._changes.correct(corrections_with(snapshot, record, name))
        if not in_effect:
            self._pending.add(snapshot, name, record)
            return
        self._note_shown(name, snapshot, first)
        self._runner.absorb(name, record, before)
        self._runner.retention.add(snapshot.event_time)
        if self._clock.is_late(snapshot.event_time):
            self._changes.counted["behind_clock"] += 1
        if self._clock.judging:
            self._runner.judge_concerned()

    def _note_shown(self, name: str, snapshot: Snapshot, first: int | None) -> None:
        """Note where the clock first showed a crime that comes behind it; ``first`` was its first event_time.

        Whatever arrives of it later shows nothing for the first time.
        """
        if not isinstance(snapshot, Crime):
            return
        crime = self._facts.matter(CRIME, name)
        shown_at = self._clock.moment if first is None else first
        if crime.shown_at is None and shown_at is not None and snapshot.event_time < shown_at:
            crime.shown_at = shown_at

    def _name_of(self, snapshot: Snapshot) -> str | None:
        """Return the name of a snapshot's record; None if the facts cannot take it in: it is set aside."""
        try:
            name = identity(snapshot)
            self._facts.check(snapshot)
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._set_aside.add_snapshot(snapshot, error)
            return None
        return name

    def heartbeat(self, topic: str, heartbeat: Heartbeat, ingest_time: int) -> None:
        """Take in a source's word that its feed is complete.  Raises BadRecordError for one source too many."""
        if self.completeness.heartbeat(topic, heartbeat, ingest_time):
            self._runner.name_feeds()
        self._changes.state.clock_changed = True

    def erase(self, erasure: Erasure, ingest_time: int) -> None:
        """Take records out as if they had never come.

        What arrived of them by ``ingest_time`` (ms) is passed over from now on.  What rested on them is judged anew,
        and alerts that show them are published again.  A second time changes nothing.
        """
        names = self._erased.add(map(name_of, erasure.subjects), ingest_time)
        if not names:
            return
        self._run_to_arrival(ingest_time)
        state_writer = self._changes.state
        self._changes.collect_reviews()
        state_writer.flush()
        erased = erase(self._facts, names)
        cited = self._judge.cited_in_alerts(erased.event_ids, state_writer.erasing)
        state_writer.begin_erasure(cited)
        erased.event_ids |= cited
        state_writer.records.update(dict.fromkeys(erased.records, Record()))
        self._pending.drop_erased()
        for matter, alerts in erased.matters.items():
            self._deadlines.clear(matter)
            self._judge.forget(alerts)
            self._changes.erase_matter(matter, alerts)
        self._queue.forget(erased.matters)
        self._queue.erase(names)
        stored = {item.alert.alert_id: matter for matter in self._facts.every_matter() for item in matter.alerts}
        alert_ids = {item.alert.alert_id for alerts in erased.matters.values() for item in alerts}
        forgotten = set(erasure.alert_ids) - stored.keys()
        self._changes.erase(alert_ids | forgotten, erasure.suggested_for, stored)
        if self._clock.judging:
            self._runner.judge_concerned()
        for matter in self._facts.every_matter():
            self._judge.republish_without(matter, erased.event_ids)
        state_writer.end_erasure()

    def _run_to_arrival(self, ingest_time: int) -> None:
        until = self._clock.after_arrival(ingest_time)
        if until is not None:
            self._runner.run(until)

    # -- time ---------------------------------------------------------------------------------------------------

    @property
    def clock(self) -> int | None:
        """Where the clock stands (ms), or None before it has first moved."""
        return self._clock.moment

    @property
    def mode(self) -> ClockMode:
        """Which clock it is."""
        return self._clock.mode

    def advance(self, until: int | None = None) -> None:
        """Let the stream clock run as far as the feeds are complete, or (backtest) exactly to ``until`` (ms)."""
        target = self._clock.after_completeness(self.completeness.gate() if until is None else until)
        if target is not None:
            self._runner.run(target)

    def tick(self, wall: int) -> None:
        """Let the wall clock pass to ``wall`` (ms).  The first tick says that the backlog has been read."""
        if not self._clock.judging:
            self._runner.begin_judging(wall)
        self._runner.run(wall)
        self._runner.judge_feeds()

    # -- what goes out ------------------------------------------------------------------------------------------

    def drain_alerts(self) -> list[Alert]:
        """Return every alert change since the last drain, and drop what else would be written (backtest)."""
        return self._changes.drain_alerts()

    def drain(self) -> Changes:
        """Return everything that became different since the last drain."""
        return self._changes.drain()

    def reviews(self) -> list[Review]:
        """Return every entry of the review queue as it was drained last, by system and reference."""
        return sorted(self._queue.reviews(), key=lambda review: (review.system, review.normalised_ref))

    def waiting_reviews(self) -> WaitingReviews:
        """Begin to count the entries of the review queue that wait."""
        return self._queue.waiting()

    # -- what there is ------------------------------------------------------------------------------------------

    @property
    def pending(self) -> int:
        """How many snapshots wait for the clock."""
        return len(self._pending)

    def knows(self, system: str, ref: str) -> bool:
        """Return whether anything is known of a system's subject: its record, or no more than an alert on it."""
        by_ref = (matters for kind, matters in self._facts.matters.items() if kind.system == system)
        return any(normalise(ref) in matters or ref in matters for matters in by_ref)

    def open_obligations(self) -> OpenObligations:
        """Begin to count the obligations that are neither met nor past due."""
        return OpenObligations(self.context, self._judge.rules, self._deadlines.scheduled())

    # -- after a restart ----------------------------------------------------------------------------------------

    def restore(self, key: bytes, value: bytes) -> None:
        """Take back one entry of the state table; entries may come in any order."""
        entry = state.read(key, value)
        match entry:
            case state.SavedRecord():
                self._restoration.record(entry)
            case state.SavedSnapshot(snapshot):
                self._restoration.snapshot(key, snapshot)
            case state.SavedForgetting():
                self._restoration.forgetting(key, entry)
            case state.SavedAlert():
                self._judge.restore(entry.matter(self._facts), entry.alert)
            case state.SavedReview(kind, review):
                self._queue.restore(kind, review)
            case state.SavedErasure(hashed, erased_at):
                self._erased.restore(hashed, erased_at)
            case state.SavedClock():
                if entry.clock is not None:
                    self._runner.set_clock(entry.clock)
                entry.fill(self.completeness)
                self._changes.state.erasing = frozenset(entry.erasing or ())
                self._forgotten_through = entry.forgotten_through

    def _forget_again(self, matter: Matter) -> None:
        """Forget what is kept of a matter that was being forgotten before a restart."""
        self._judge.forget(matter.alerts)
        self._queue.forget([matter])

    def restored(self) -> None:
        """Work out, after the last ``restore``, what is in effect, what waits, and what falls due when."""
        self._restoration.complete(self.clock, self._forgotten_through)
        for name, record in list(self._facts.every_record()):
            record.take_effect(self._clock.effective_through)
            if record.effective_count:
                self._runner.absorb(name, record, None)
            for snapshot in record.snapshots[record.effective_count :]:
                self._pending.add(snapshot, name, record)
        self._missed.resume()
        self._queue.resume(is_whole=self.clock is not None)
        self._runner.resume()
