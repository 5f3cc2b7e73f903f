"""Where the clock of a force runs, from one moment at which anything happens to the next."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop
from typing import Any

from schemas.records import Crime, Snapshot
from streams.engine.changes import ChangeCollector
from streams.engine.clocks import Clock
from streams.engine.judge import Judge
from streams.engine.midnights import Midnights
from streams.engine.pending import Pending
from streams.engine.retention import MatterRetention
from streams.engine.timers import LAPSE, MIDNIGHT, Deadlines
from streams.engine.unjudgeable import SetAside
from streams.facts.context import Context
from streams.facts.matters import CALL, CRIME, FEED, Matter, is_kind
from streams.facts.record import Record
from streams.facts.store import RecordKey
from streams.obligations.counting import lapses_at
from streams.reviews.tracker import ReviewQueue


class ClockRunner:
    """Runs the clock of one force, and judges whatever the passing of time or a new fact concerns."""

    def __init__(
        self,
        context: Context,
        clock: Clock,
        judge: Judge,
        deadlines: Deadlines,
        pending: Pending,
        changes: ChangeCollector,
        queue: ReviewQueue,
        set_aside: SetAside,
        *,
        forgets: bool,
    ) -> None:
        self._context = context
        self._facts = context.facts
        self._clock = clock
        self._judge = judge
        self._deadlines = deadlines
        self._pending = pending
        self._changes = changes
        self._queue = queue
        self._set_aside = set_aside
        self._midnights = Midnights(context, deadlines, set_aside)
        self._ahead: list[tuple[int, int, Matter]] = []
        """A heap of the moments (ms) at which alerts ahead of the clock were published, a number, and their matters."""
        self.retention = MatterRetention(context, forgets=forgets)

    def set_clock(self, moment: int) -> None:
        """Set the clock to ``moment`` (ms), past whatever lies between."""
        self._clock.set(moment)
        self._changes.state.clock_changed = True

    def run(self, until: int) -> None:
        """Let the clock pass to ``until`` (ms), stopping wherever anything takes effect or falls due.

        1. Judge what is still to be judged, as of where the clock stands.
        2. Find the next moment: the first deadline, the first event_time that a snapshot waits for, the first moment at
           which an alert ahead of the clock was published, the first at which a report is too old to be reviewed, or
           the next sweep for matters to forget, whichever is earliest.  If it lies after ``until``, go to 7.
        3. Set the clock to it.  A moment that the clock has passed leaves it where it is.
        4. Let the snapshots that wait for it take effect.  Each change names the matters that it concerns.
        5. Wake what is due: judge a matter by the rule that asked for it, or name the matters that a lapsed crime or a
           local midnight concerns.  Then judge every matter named, by all of its rules; judging sets new deadlines.
        6. Review for the last time what is too old now.  If it is time for a sweep, forget what is old enough.  Go
           to 2.
        7. Set the clock to ``until``, unless it is past that.
        """
        if self._clock.moment is not None and self._facts.concerned:
            self.judge_concerned()
        while (moment := self._next_moment()) is not None and moment <= until:
            self._move_to(moment)
            self._let_take_effect(moment)
            self._catch_up_with_alerts(moment)
            self._wake(moment)
            self.judge_concerned()
            self._queue.lapse(moment)
            if moment == self.retention.next_sweep_at:
                self._forget()
        self._move_to(until)

    def judge_concerned(self) -> None:
        """Judge every matter that a change concerns, until none is left."""
        concerned = self._facts.concerned
        self._context.clear_caches()
        while concerned:
            matter, by_all_rules = concerned.popitem()
            self._judge.judge(matter, by_all_rules=by_all_rules)
            self._queue.update(matter)
            if is_kind(matter, CRIME):
                self._set_lapse(matter)
            elif matter.kind is CALL:
                self._midnights.schedule()

    def _set_lapse(self, crime: Matter[Crime]) -> None:
        """Set when the reports of a cancelled crime are to be judged again, since it then counts no longer."""
        try:
            lapses = lapses_at(crime, self._context)
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._set_aside.add_matter(crime, LAPSE, error)
            lapses = None
        waits = lapses is not None and lapses >= self._context.clock
        self._deadlines.set(crime, LAPSE, lapses + 1 if lapses is not None and waits else None)

    def begin_judging(self, wall: int) -> None:
        """Begin, or begin again, to judge by the wall clock: what is known by now, as of ``wall`` (ms).

        Nothing is dated to a time at which nobody judged, and a new condition has its settling time from now on.
        """
        stopped_at = self._clock.moment
        if stopped_at is None:
            self._context.completeness.watched_since = wall
        self._move_to(wall)
        if stopped_at is not None:
            self._midnights.catch_up(stopped_at)
        self._clock.begin_judging()

    def name_feeds(self) -> None:
        """Have every matter judged by the rules that need a feed which was now heard for the first time."""
        self._judge.name_feeds()
        self._facts.concern(self._facts.every_matter())

    def judge_feeds(self) -> None:
        """Judge every named feed by its silence, and confirm the alerts that no feed can change any more."""
        for topic in sorted(self._context.completeness.named):
            self._facts.concern([self._facts.matter(FEED, topic)])
        self.judge_concerned()
        self._judge.confirm()

    def resume(self) -> None:
        """Work out after a restart what falls due when, once all facts and alerts are back."""
        self._judge.name_feeds()
        self._midnights.resume()
        self._facts.changed.clear()
        self.retention.reschedule()
        self._ahead = [(at, number, matter) for number, (at, matter) in enumerate(self._alerts_ahead())]
        heapify(self._ahead)
        if self._clock.judging:
            self.judge_concerned()
            self._midnights.schedule()
        elif self._clock.moment is not None:
            self._midnights.judge_unsettled()

    def _next_moment(self) -> int | None:
        first = self._deadlines.next_at()
        ahead = self._ahead[0][0] if self._ahead else None
        for moment in (self._pending.next_at(), self._queue.next_lapse(), self.retention.next_sweep_at, ahead):
            if moment is not None and (first is None or moment < first):
                first = moment
        return first

    def _move_to(self, moment: int) -> None:
        if self._clock.moment is None or moment > self._clock.moment:
            self.set_clock(moment)

    def _let_take_effect(self, moment: int) -> None:
        for _, name, record in self._pending.pop_due(moment):
            if self.retention.next_sweep_at is None:
                self.retention.add(moment)
            before = record.newest if record.effective_count else None
            if record.take_effect(moment):
                self.absorb(name, record, before)

    def _alerts_ahead(self) -> Iterator[tuple[int, Matter]]:
        """Yield when (ms) each alert that is ahead of the clock was published, and its matter."""
        moment = self._clock.moment
        for matter in self._facts.every_matter():
            for stored in matter.alerts:
                if moment is None or stored.alert.updated_at > moment:
                    yield stored.alert.updated_at, matter

    def _catch_up_with_alerts(self, moment: int) -> None:
        """Have matters judged whose alerts were ahead of the clock, and left alone, until now."""
        while self._ahead and self._ahead[0][0] <= moment:
            _, _, matter = heappop(self._ahead)
            if self._facts.matters[matter.kind].get(matter.ref) is matter:
                self._facts.concern([matter])

    def absorb(self, name: str, record: Record[Any], before: Snapshot | None) -> None:
        """Have the facts take in a record that has another newest snapshot than ``before``, or another past."""
        try:
            self._facts.absorb(name, record, before)
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._set_aside.add_snapshot(record.newest, error)

    def _wake(self, moment: int) -> None:
        self._context.clear_caches()
        for matter, purpose in self._deadlines.pop_due(moment):
            if purpose == MIDNIGHT:
                self._midnights.judge_themes(moment)
            elif purpose == LAPSE:
                self._facts.concern_crime(matter.ref)
            elif not self._facts.concerned.get(matter) and purpose in self._judge.rules:
                self._judge.judge_by(matter, self._judge.rules[purpose])

    def _forget(self) -> None:
        matters = {matter: tuple(matter.alerts) for matter in self.retention.forgettable()}
        if matters:
            self._changes.collect_reviews()
            through = self._facts.forgotten_through
            self._facts.forgotten_through = max(self.retention.through, through or self.retention.through)
            records: dict[RecordKey, Record[Any]] = {}
            for matter, alerts in matters.items():
                self._judge.forget(alerts)
                records.update(self._facts.forget(matter))
            records.update(self._facts.forget_scores())
            self._changes.forget(matters, records, self._queue.forget(matters))
        self.retention.reschedule()
