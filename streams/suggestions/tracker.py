"""Which crime each open alert probably misses, kept up with as crimes come, change, are linked and go.

A suggestion follows from the facts alone: whether the report or the crime was known first makes no difference.  What
is kept is the likest crime of each report, so that a crime that comes is held against the open reports around it and
not every crime against every report.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.identifiers import CrimeRef
from schemas.products import OPEN_STATUSES, Alert, Candidate
from streams.facts.context import Context
from streams.facts.matters import ASB_REPORT, INCIDENT, REFERRAL, Matter
from streams.obligations.recorded_crimes import is_recorded
from streams.suggestions.likelihood import (
    DAYS_AFTER,
    DAYS_BEFORE,
    RULES_THAT_MISS_A_CRIME,
    Likest,
    likeness,
    suggestion,
)

REPORTS = frozenset({INCIDENT, REFERRAL, ASB_REPORT})


class MissedCrimes:
    """The reports with an open alert that misses a crime, each with the crime likest to be its own."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._day_of: dict[Matter, int] = {}
        self._of_day: dict[int, dict[Matter, None]] = {}
        self._likest: dict[Matter, Likest | None] = {}
        """Where it was worked out; None: there is no crime around the report at all."""
        self._standing: dict[int, dict[CrimeRef, None]] = {}
        """The crimes of each day (UTC) that stand recorded and that no report is linked to."""
        self._said: dict[str, Candidate | None] = {}
        """By alert_id, what was suggested last, of open alerts."""
        self.alerts_changed: dict[Matter, None] = {}
        """Matters whose alerts changed or went since the last time."""

    def resume(self) -> None:
        """Take stock after a restart: what is open, and which crimes stand; what was suggested is not known."""
        facts = self._context.facts
        self._restand()
        for kind in REPORTS:
            for matter in facts.matters[kind].values():
                if matter.alerts:
                    self._place(matter)

    def suggestions(self, alerts: Iterable[Alert]) -> dict[bytes, Candidate | None]:
        """Return what is to be said, by alert_id (None: nothing is probable, or nothing is missed).

        That is: of each of these alerts, which have changed, and of every other open one what is now another.
        """
        facts = self._context.facts
        said = {alert.alert_id: alert for alert in alerts if alert.rule_id in RULES_THAT_MISS_A_CRIME}
        anew = [matter for matter in {**self.alerts_changed, **facts.changed} if matter.kind in REPORTS]
        self.alerts_changed = {}
        touched = self._restand()
        for matter in anew:
            self._likest.pop(matter, None)
            self._place(matter)
        concerned = dict.fromkeys(matter for matter in anew if matter in self._day_of)
        for day, ref in touched:
            for matter in self._around(day):
                self._weigh(matter, day, ref)
                concerned[matter] = None
        found: dict[bytes, Candidate | None] = {}
        for matter in concerned:
            likest, count = self._likest_of(matter), self._count(matter)
            for alert in _missing(matter):
                suggested = None if likest is None else suggestion(matter, alert, likest, count, self._context)
                if alert.alert_id in said or self._said.get(alert.alert_id, _NEVER) != suggested:
                    found[alert.alert_id.encode()] = suggested
                self._said[alert.alert_id] = suggested
        for alert_id in said.keys() - {key.decode() for key in found}:
            found[alert_id.encode()] = None
            self._said.pop(alert_id, None)
        return found

    def _restand(self) -> list[tuple[int, CrimeRef]]:
        """Take in which unlinked crimes came, changed or went; return them, by day."""
        facts = self._context.facts
        touched = facts.unlinked_crimes.drain_touched()
        for day, ref in touched:
            crime = facts.crimes.get(ref)
            if crime is not None and ref in facts.unlinked_crimes.on(day) and is_recorded(crime):
                self._standing.setdefault(day, {})[ref] = None
            elif day in self._standing:
                self._standing[day].pop(ref, None)
                if not self._standing[day]:
                    del self._standing[day]
        return touched

    def _place(self, matter: Matter) -> None:
        """Keep a report under its day while an alert of it is open, and no longer."""
        before = self._day_of.pop(matter, None)
        if before is not None:
            self._of_day[before].pop(matter, None)
            if not self._of_day[before]:
                del self._of_day[before]
        if matter.held and any(True for _ in _missing(matter)):
            day = self._day_of[matter] = matter.begins_on()
            self._of_day.setdefault(day, {})[matter] = None
        else:
            self._likest.pop(matter, None)
            for kept in matter.alerts:
                self._said.pop(kept.alert.alert_id, None)

    def _around(self, day: int) -> list[Matter]:
        """Return the reports that look at the crimes of a day."""
        return [
            matter
            for report_day in range(day - DAYS_AFTER, day + DAYS_BEFORE + 1)
            for matter in self._of_day.get(report_day, ())
        ]

    def _weigh(self, matter: Matter, day: int, ref: CrimeRef) -> None:
        """Hold a crime that came, changed or went against what is the likest so far."""
        if matter not in self._likest:
            return  # it is worked out whole when it is asked for
        likest = self._likest[matter]
        if likest is not None and likest.ref == ref:
            del self._likest[matter]
        elif ref in self._standing.get(day, ()):
            odds, reasons = likeness(matter.newest, self._context.facts.crimes[ref].newest)
            if likest is None or (odds, ref) > (likest.odds, likest.ref):
                self._likest[matter] = Likest(odds, ref, tuple(reasons))

    def _likest_of(self, matter: Matter) -> Likest | None:
        if matter not in self._likest:
            best: Likest | None = None
            for day in self._window(matter):
                for ref in self._standing.get(day, ()):
                    odds, reasons = likeness(matter.newest, self._context.facts.crimes[ref].newest)
                    if best is None or (odds, ref) > (best.odds, best.ref):
                        best = Likest(odds, ref, tuple(reasons))
            self._likest[matter] = best
        return self._likest[matter]

    def _count(self, matter: Matter) -> int:
        return sum(len(self._standing.get(day, ())) for day in self._window(matter))

    def _window(self, matter: Matter) -> range:
        return range(self._day_of[matter] - DAYS_BEFORE, self._day_of[matter] + DAYS_AFTER + 1)


def _missing(matter: Matter) -> Iterable[Alert]:
    """Yield the open alerts of a report that miss a crime."""
    for kept in matter.alerts:
        if kept.alert.rule_id in RULES_THAT_MISS_A_CRIME and kept.alert.status in OPEN_STATUSES:
            yield kept.alert


_NEVER = object()
