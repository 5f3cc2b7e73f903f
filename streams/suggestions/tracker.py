"""Which crimes each open alert probably misses, kept up to date as crimes come, change and go.

A suggestion follows from the facts alone: whether the report or the crime was known first makes no difference.  What
changed is compared with the few records that have something in common with it, not every crime with every report.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schemas.identifiers import CrimeRef
from schemas.products import Alert, Candidate
from streams.facts.context import Context
from streams.facts.linkage import ReportKey
from streams.facts.matters import CRIME, REPORT_KINDS, Matter
from streams.suggestions.model import built_in
from streams.suggestions.pools import SUGGESTION, Pools, SetAside, missing_a_crime
from streams.suggestions.scoring import (
    RULES_THAT_MISS_A_CRIME,
    ProbablePair,
    most_probable,
    probable_record,
)
from streams.suggestions.unreported import UnreportedCrimes


class MissedCrimes:
    """The reports with an open alert that misses a crime, each with the crimes that match it best."""

    def __init__(self, context: Context, set_aside: SetAside) -> None:
        """``set_aside`` is given a report or a crime that cannot be compared."""
        self._context = context
        self._set_aside = set_aside
        self._pools = Pools(context, set_aside)
        self._unreported = UnreportedCrimes(context, self._pools, set_aside)
        self._suggested: dict[str, Candidate | None] = {}
        """By alert_id, what was suggested last, of open alerts."""
        self.alerts_changed: dict[Matter, None] = {}
        """Matters whose alerts changed or went since the last time."""

    def resume(self) -> None:
        """Work out after a restart what is compared; what was suggested is not known."""
        facts = self._context.facts
        for kind in (*REPORT_KINDS, CRIME):
            self._pools.update(facts.matters[kind].values())
        self._unreported.resume()

    def suggestions(self, alerts: Iterable[Alert]) -> dict[bytes, Candidate | None]:
        """Return what is suggested anew, by alert_id; None: no crime is probable, or none is missed any more.

        ``alerts`` are those that changed since the last time.

        1. Take in what changed, and whose alerts did.
        2. For each report that may have other pairs than before, find its best ones, and suggest them for each of its
           open alerts that misses a crime.
        3. Return them where the alert changed or the suggestion did, and None for each changed alert that is left.
        4. Do the same for crimes that nobody reported.
        """
        changed_alerts = {alert.alert_id for alert in alerts if alert.rule_id in RULES_THAT_MISS_A_CRIME}
        pools = self._pools
        pools.update({**self.alerts_changed, **self._context.facts.changed})
        self.alerts_changed = {}
        suggestions: dict[bytes, Candidate | None] = {}
        for key in pools.touched_reports:
            report = self._context.facts.report(key)
            for alert, candidate in () if report is None else self._candidates(key, report):
                if alert.alert_id in changed_alerts or self._suggested.get(alert.alert_id, _UNKNOWN) != candidate:
                    suggestions[alert.alert_id.encode()] = candidate
                self._suggested[alert.alert_id] = candidate
        pools.touched_reports = {}
        for alert_id in sorted(changed_alerts - {key.decode() for key in suggestions}):
            suggestions[alert_id.encode()] = None
            self._suggested.pop(alert_id, None)
        touched = {**pools.touched_crimes, **dict.fromkeys(self._unreported.settled())}
        pools.touched_crimes = {}
        return suggestions | self._unreported.suggestions(touched)

    def _candidates(self, key: ReportKey, report: Matter) -> list[tuple[Alert, Candidate | None]]:
        """Return what is suggested for each open alert of a report; nothing where it cannot be compared."""
        alerts = list(missing_a_crime(report))
        if not alerts:
            return []
        try:
            pairs, competing = self._pools.pairs_of_report(key)
            best = most_probable(pairs, competing, built_in().reports)
            return [(alert, self._candidate(report, alert, best)) for alert in alerts]
        except Exception as error:  # noqa: BLE001 - whatever a record makes it raise
            self._set_aside(report, SUGGESTION, error)
            return []

    def _candidate(self, report: Matter, alert: Alert, best: list[ProbablePair[CrimeRef]]) -> Candidate | None:
        """Return the best matches of a report as a suggestion for its alert, or None where there is none."""
        if not best:
            return None
        crimes = self._context.facts.crimes
        probable = tuple(probable_record(CRIME.system, crimes[pair.other].written_ref(), pair) for pair in best)
        return Candidate(
            alert_id=alert.alert_id,
            force=self._context.force,
            subject_system=report.kind.system,
            subject_ref=report.written_ref(),
            crime_ref=probable[0].ref,
            probability=probable[0].probability,
            reasons=probable[0].reasons,
            probable=probable,
            model=built_in().version,
        )


_UNKNOWN: Final = object()
