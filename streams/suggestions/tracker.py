"""Which crime each open alert probably misses, kept up to date as crimes come, change and go.

A suggestion follows from the facts alone: whether the report or the crime was known first makes no difference.  The
best match of each report is kept, so that a new crime is compared with the open reports around it and not every crime
with every report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.identifiers import CrimeRef
from schemas.products import OPEN_STATUSES, Alert, Candidate
from streams.facts.context import Context
from streams.facts.matters import REPORT_KINDS, Matter
from streams.obligations.recorded_crimes import is_recorded
from streams.suggestions.scoring import (
    DAYS_AFTER,
    DAYS_BEFORE,
    LEAST_PROBABILITY,
    RULES_THAT_MISS_A_CRIME,
    Match,
    compare,
    probability,
)

SUGGESTION: Final = "suggestion"
"""What a report that cannot be compared with crimes is set aside under, in place of a rule's id."""


class MissedCrimes:
    """The reports with an open alert that misses a crime, each with the crime that matches it best."""

    def __init__(self, context: Context, set_aside: Callable[[Matter, str, Exception], None]) -> None:
        """``set_aside`` is given a report that cannot be compared with crimes."""
        self._context = context
        self._set_aside = set_aside
        self._day_by_report: dict[Matter, int] = {}
        self._reports_by_day: dict[int, dict[Matter, None]] = {}
        self._best: dict[Matter, Match | None] = {}
        """By report, where it was worked out; None: there is no crime around the report at all."""
        self._crimes_by_day: dict[int, dict[CrimeRef, None]] = {}
        """The crimes of each day (UTC) that are recorded and that no report is linked to."""
        self._suggested: dict[str, Candidate | None] = {}
        """By alert_id, what was suggested last, of open alerts."""
        self.alerts_changed: dict[Matter, None] = {}
        """Matters whose alerts changed or went since the last time."""

    def resume(self) -> None:
        """Work out after a restart what is open, and which crimes there are; what was suggested is not known."""
        self._update_crimes()
        for kind in REPORT_KINDS:
            for report in self._context.facts.matters[kind].values():
                if report.alerts:
                    self._update_report(report)

    def suggestions(self, alerts: Iterable[Alert]) -> dict[bytes, Candidate | None]:
        """Return what is suggested anew, by alert_id; None: no crime is probable, or none is missed any more.

        ``alerts`` are those that changed since the last time.

        1. Take the reports that changed, or whose alerts did.  Forget their best match; keep those under their day that
           still have an open alert that misses a crime.
        2. Take the unlinked crimes that came, changed or went.  Compare each with the reports around its day: one that
           matches better is the best from now on, and where the best itself changed, it is to be worked out anew.
        3. For each of these reports, find the best match among all crimes around it, if it is not known.
        4. Suggest it for each of the report's open alerts if it is probable enough among so many crimes.
        5. Return it where the alert changed or the suggestion did, and None for each changed alert that is left.
        """
        changed_alerts = {alert.alert_id for alert in alerts if alert.rule_id in RULES_THAT_MISS_A_CRIME}
        suggestions: dict[bytes, Candidate | None] = {}
        for report in self._reports_to_match():
            for alert, candidate in self._candidates(report):
                if alert.alert_id in changed_alerts or self._suggested.get(alert.alert_id, _UNKNOWN) != candidate:
                    suggestions[alert.alert_id.encode()] = candidate
                self._suggested[alert.alert_id] = candidate
        for alert_id in sorted(changed_alerts - {key.decode() for key in suggestions}):
            suggestions[alert_id.encode()] = None
            self._suggested.pop(alert_id, None)
        return suggestions

    def _candidates(self, report: Matter) -> list[tuple[Alert, Candidate | None]]:
        """Return what is suggested for each open alert of a report; nothing where it cannot be compared."""
        try:
            best, crime_count = self._best_match(report), self._crime_count(report)
            return [
                (alert, None if best is None else self._candidate(report, alert, best, crime_count))
                for alert in _missing_a_crime(report)
            ]
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._set_aside(report, SUGGESTION, error)
            return []

    def _reports_to_match(self) -> dict[Matter, None]:
        """Bring reports and crimes up to date; return the reports whose best match may be another."""
        changed = {**self.alerts_changed, **self._context.facts.changed}
        reports = [matter for matter in changed if matter.kind in REPORT_KINDS]
        self.alerts_changed = {}
        changed_crimes = self._update_crimes()
        for report in reports:
            self._best.pop(report, None)
            self._update_report(report)
        to_match = dict.fromkeys(report for report in reports if report in self._day_by_report)
        for day, ref in changed_crimes:
            for report in self._reports_around(day):
                try:
                    self._compare(report, day, ref)
                except Exception:  # noqa: BLE001 - worked out whole below, and set aside there
                    self._best.pop(report, None)
                to_match[report] = None
        return to_match

    def _update_crimes(self) -> list[tuple[int, CrimeRef]]:
        """Take in which unlinked crimes came, changed or went; return them, by day."""
        facts = self._context.facts
        changed = facts.unlinked_crimes.drain_touched()
        for day, ref in changed:
            crime = facts.crimes.get(ref)
            if crime is not None and ref in facts.unlinked_crimes.on(day) and is_recorded(crime):
                self._crimes_by_day.setdefault(day, {})[ref] = None
            elif day in self._crimes_by_day:
                self._crimes_by_day[day].pop(ref, None)
                if not self._crimes_by_day[day]:
                    del self._crimes_by_day[day]
        return changed

    def _update_report(self, report: Matter) -> None:
        """Keep a report under its day while an alert of it is open, and no longer."""
        before = self._day_by_report.pop(report, None)
        if before is not None:
            self._reports_by_day[before].pop(report, None)
            if not self._reports_by_day[before]:
                del self._reports_by_day[before]
        if report.held and any(True for _ in _missing_a_crime(report)):
            day = self._day_by_report[report] = report.begins_on()
            self._reports_by_day.setdefault(day, {})[report] = None
        else:
            self._best.pop(report, None)
            for stored in report.alerts:
                self._suggested.pop(stored.alert.alert_id, None)

    def _reports_around(self, day: int) -> list[Matter]:
        """Return the reports that are compared with the crimes of a day."""
        return [
            report
            for report_day in range(day - DAYS_AFTER, day + DAYS_BEFORE + 1)
            for report in self._reports_by_day.get(report_day, ())
        ]

    def _compare(self, report: Matter, day: int, ref: CrimeRef) -> None:
        """Compare a crime that came, changed or went with the best match of a report so far."""
        if report not in self._best:
            return  # Not compared yet: it is compared with every crime when it is asked for.
        best = self._best[report]
        if best is not None and best.ref == ref:
            del self._best[report]
        elif ref in self._crimes_by_day.get(day, ()):
            match = compare(report.newest, self._context.facts.crimes[ref].newest, ref)
            if best is None or match > best:
                self._best[report] = match

    def _best_match(self, report: Matter) -> Match | None:
        if report not in self._best:
            crimes = self._context.facts.crimes
            matches = (
                compare(report.newest, crimes[ref].newest, ref)
                for day in self._days_around(report)
                for ref in self._crimes_by_day.get(day, ())
            )
            self._best[report] = max(matches, default=None)
        return self._best[report]

    def _crime_count(self, report: Matter) -> int:
        return sum(len(self._crimes_by_day.get(day, ())) for day in self._days_around(report))

    def _days_around(self, report: Matter) -> range:
        return range(self._day_by_report[report] - DAYS_BEFORE, self._day_by_report[report] + DAYS_AFTER + 1)

    def _candidate(self, report: Matter, alert: Alert, best: Match, crime_count: int) -> Candidate | None:
        """Return the best match of a report as a suggestion for its alert, or None where it is not probable."""
        probable = probability(best, crime_count)
        if probable < LEAST_PROBABILITY:
            return None
        return Candidate(
            alert_id=alert.alert_id,
            force=self._context.force,
            subject_system=report.kind.system,
            subject_ref=report.written_ref(),
            crime_ref=self._context.facts.crimes[best.ref].written_ref(),
            probability=round(probable, 4),
            reasons=best.reasons,
        )


def _missing_a_crime(report: Matter) -> Iterator[Alert]:
    """Yield the open alerts of a report that miss a crime."""
    for stored in report.alerts:
        if stored.alert.rule_id in RULES_THAT_MISS_A_CRIME and stored.alert.status in OPEN_STATUSES:
            yield stored.alert


_UNKNOWN = object()
