"""What became different since the last drain: for the worker to write into its state and to publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.products import Alert, Candidate, Case, ForceClock, Review
from schemas.records import Snapshot
from streams.engine import cases
from streams.engine.cases import subject_key
from streams.engine.clocks import Clock
from streams.engine.erasure import ErasedNames
from streams.engine.persistence.record_entries import StateWrite
from streams.engine.persistence.state_writes import StateWriter
from streams.engine.unjudgeable import SetAside, Unjudgeable
from streams.facts.context import Context
from streams.facts.matters import Matter, StoredAlert
from streams.facts.record import Record
from streams.facts.store import RecordKey
from streams.obligations.fixed_times import Correction
from streams.reviews.tracker import ReviewQueue
from streams.suggestions.tracker import MissedCrimes


@dataclass(slots=True)
class Changes:
    """Everything that became different since the last drain."""

    alerts: list[Alert] = field(default_factory=list)
    """Every change of every alert, in the order they happened."""
    erased: list[str] = field(default_factory=list)
    """Alerts (by alert_id) to delete where they are published, before any of ``alerts``."""
    state: list[StateWrite] = field(default_factory=list)
    """Table entries to write, in this order (:mod:`streams.engine.persistence`); a key may come more than once."""
    cases: dict[bytes, Case | None] = field(default_factory=dict)
    candidates: dict[bytes, Candidate | None] = field(default_factory=dict)
    """The crime probably missed, by alert_id; None: the alert misses none any more, or none is probable."""
    reviews: dict[bytes, Review | None] = field(default_factory=dict)
    """Entries of the review queue, by key; None: the report is forgotten or erased."""
    clock: ForceClock | None = None
    counted: dict[str, int] = field(default_factory=dict)
    unjudgeable: list[Unjudgeable] = field(default_factory=list)
    """What was set aside, in the order in which it was found."""
    corrections: list[Correction] = field(default_factory=list)
    """Times that sources corrected within one moment."""


class ChangeCollector:
    """Collects changes between two drains, each record and each alert once, as it is last.

    Records, alerts and counts are handed to it.  Which cases, suggestions and reviews changed it works out when
    drained, from the matters that the facts name as changed.
    """

    def __init__(
        self,
        context: Context,
        clock: Clock,
        erased: ErasedNames,
        missed: MissedCrimes,
        queue: ReviewQueue,
        set_aside: SetAside,
        *,
        keeps_state: bool,
    ) -> None:
        self._context = context
        self._clock = clock
        self._erased = erased
        self._missed = missed
        self._queue = queue
        self._set_aside = set_aside
        self.state = StateWriter(context, clock, keeps_state=keeps_state)
        self.counted: Counter[str] = Counter()
        self._alerts: list[Alert] = []
        self._corrections: list[Correction] = []
        self._reviews: dict[bytes, Review | None] = {}
        self._changed_alerts: dict[str, Alert | None] = {}
        """By alert_id; None: forgotten or erased."""
        self._erased_alerts: dict[str, None] = {}
        """By alert_id."""
        self._dropped_suggestions: dict[str, None] = {}
        """Of alerts that are no longer stored, by alert_id."""

    def publish(self, matter: Matter, alert: Alert) -> None:
        """Collect a change of an alert on a matter."""
        self._alerts.append(alert)
        self._changed_alerts[alert.alert_id] = alert
        self.state.add_alert(matter, alert)
        self._missed.alerts_changed[matter] = None

    def correct(self, corrections: Iterable[Correction]) -> None:
        """Collect and count that times were corrected."""
        for correction in corrections:
            self._corrections.append(correction)
            self.counted["time_corrected"] += 1

    def forget(
        self,
        matters: Mapping[Matter, Sequence[StoredAlert]],
        records: Mapping[RecordKey, Record[Snapshot]],
        reviewed: Sequence[Matter],
    ) -> None:
        """Collect that a sweep forgets matters with the alerts on them, and their records.

        ``reviewed`` are those of the matters that the review queue listed.
        """
        self.state.forget(matters, records, reviewed)
        for matter, alerts in matters.items():
            self._gone(matter, alerts)

    def erase_matter(self, matter: Matter, alerts: Sequence[StoredAlert]) -> None:
        """Collect that a matter and the alerts on it are erased."""
        self.state.delete_alerts(matter, alerts)
        self._gone(matter, alerts)

    def _gone(self, matter: Matter, alerts: Sequence[StoredAlert]) -> None:
        self._changed_alerts.update(dict.fromkeys(stored.alert.alert_id for stored in alerts))
        self._missed.alerts_changed[matter] = None

    def erase(self, alert_ids: Collection[str], suggested_for: Iterable[str], stored: Mapping[str, Matter]) -> None:
        """Collect which published alerts and suggestions are to be deleted, those of forgotten matters too.

        ``stored`` has the matter of each alert in state, by alert_id: what is suggested for those is worked out anew.
        """
        self._alerts = [alert for alert in self._alerts if alert.alert_id not in alert_ids]
        self._erased_alerts.update(dict.fromkeys(sorted(alert_ids)))
        for alert_id in suggested_for:
            if alert_id in stored:
                self._missed.alerts_changed[stored[alert_id]] = None
            else:
                self._dropped_suggestions[alert_id] = None

    def collect_reviews(self) -> None:
        """Collect the reviews that became different.

        Before a clock is written too: whoever reads that clock after a crash lists no report that is too old by it, and
        would never delete a review of which the state says nothing.
        """
        self._queue.facts_changed(self._context.facts.changed)
        for kind, ref, review in self._queue.drain():
            self._reviews[subject_key(self._context.force, kind, ref)] = review
            self.state.add_review(kind, ref, review)

    def drain_alerts(self) -> list[Alert]:
        """Return the changes of alerts, and drop all others but for the counts and what was set aside."""
        alerts = self._alerts
        self._queue.facts_changed(self._context.facts.changed)
        self._missed.alerts_changed.clear()
        self.state.drop()
        self._clear()
        return alerts

    def drain(self) -> Changes:
        """Return the changes, and begin to collect anew."""
        clock = self._force_clock() if self.state.clock_changed or self.state.records else None
        self.collect_reviews()
        changes = Changes(
            self._alerts,
            list(self._erased_alerts),
            self.state.drain(self._erased.drain()),
            cases.changed_cases(self._context, self._context.facts.changed, self._set_aside),
            self._candidates(),
            self._reviews,
            clock,
            dict(self.counted),
        )
        changes.unjudgeable = self._set_aside.drain()
        changes.corrections = self._corrections
        self._clear()
        self.counted = Counter()
        return changes

    def _candidates(self) -> dict[bytes, Candidate | None]:
        dropped = (*self._erased_alerts, *self._dropped_suggestions)
        changed = (alert for alert in self._changed_alerts.values() if alert is not None)
        return {alert_id.encode(): None for alert_id in dropped} | self._missed.suggestions(changed)

    def _force_clock(self) -> ForceClock:
        context = self._context
        return ForceClock(
            force=context.force,
            clock=self._clock.moment,
            mode=self._clock.mode,
            feeds=context.completeness.states(),
        )

    def _clear(self) -> None:
        self._context.facts.changed.clear()
        self._alerts, self._changed_alerts, self._corrections, self._reviews = [], {}, [], {}
        self._erased_alerts, self._dropped_suggestions = {}, {}
