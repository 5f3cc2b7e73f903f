"""What is suggested on a force's records, against what is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from schemas.products import Candidate
from schemas.records import Incident
from schemas.vocabularies import Millis
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.policy.calendar import DAY, HOUR
from tests.bench.links.force import FORCE, START, Force, TrueLink

SURE: Final = 0.5
"""From this probability on a first candidate is expected to be right."""
SETTLED: Final = 3
"""Days at the end whose reports are not counted: their crimes may not be there yet."""
DAYS_AFTER: Final = 7
"""How long the records are watched after the last report."""


class Suggested(NamedTuple):
    """What is suggested for a report with an open alert, or for a crime that nobody reported."""

    ref: str
    how: str
    """How the two are cited; ``unrecorded`` and ``no log`` where there is nothing to find."""
    true_ref: str | None
    candidates: tuple[tuple[str, float], ...]
    """Records and their probabilities, the most probable first."""

    @property
    def is_sure(self) -> bool:
        """Whether the first candidate is stated to be right rather than wrong."""
        return bool(self.candidates) and self.candidates[0][1] >= SURE

    @property
    def is_found(self) -> bool:
        """Whether the first candidate is sure, and right."""
        return self.is_sure and self.candidates[0][0] == self.true_ref


class Outcome(NamedTuple):
    """What is suggested at the end."""

    monitor: Monitor
    reports: list[Suggested]
    crimes: list[Suggested]
    nearest: list[Suggested]
    """What would be by time alone: for each report the crime that was recorded next, as if it were sure."""


def outcome(force: Force, days: int) -> Outcome:
    """Judge so many days of reports, an hour at a time."""
    monitor = Monitor(FORCE, PolicyBook.built_in(), keeps_state=False, keeps_reviews=False)
    suggested: dict[bytes, Candidate] = {}
    snapshots = sorted(force.days(days), key=lambda snapshot: snapshot.event_time)
    position = 0
    for moment in range(START, START + (days + DAYS_AFTER) * DAY, HOUR):
        while position < len(snapshots) and snapshots[position].event_time <= moment:
            monitor.apply(snapshots[position], moment)
            position += 1
        monitor.advance(moment)
        merge(suggested, monitor.drain().candidates)
    last = START + max(days - SETTLED, 1) * DAY
    links, found = force.link_by_report, {one.subject_ref: one for one in suggested.values() if _is_of_log(one)}
    reports = [_of_report(ref, links.get(ref), found.get(ref)) for ref, _ in _reports_with_alert(monitor, last)]
    return Outcome(monitor, reports, list(_of_crimes(monitor, force, suggested, last)), _nearest(monitor, force, last))


def merge(suggested: dict[bytes, Candidate], changes: dict[bytes, Candidate | None]) -> None:
    """Take changes in, as a compacted topic does."""
    for key, candidate in changes.items():
        if candidate is None:
            suggested.pop(key, None)
        else:
            suggested[key] = candidate


def _is_of_log(candidate: Candidate) -> bool:
    return candidate.subject_system == "STORM"


def _of_report(ref: str, truth: TrueLink | None, candidate: Candidate | None) -> Suggested:
    how = "unrecorded" if truth is None else truth.how
    return Suggested(ref, how, truth and truth.crime_ref, _ranked(candidate))


def _of_crimes(monitor: Monitor, force: Force, suggested: dict[bytes, Candidate], last: Millis) -> Iterator[Suggested]:
    found = {one.subject_ref: one for one in suggested.values() if one.subject_system == "CIS"}
    links = force.link_by_crime
    for ref, compared in monitor._missed._pools.crimes.items():
        crime_ref = monitor.context.facts.crimes[ref].written_ref()
        if compared.recorded_at < last:
            truth = links[crime_ref]
            yield Suggested(crime_ref, truth.how, truth.incident_ref, _ranked(found.get(crime_ref)))


def _nearest(monitor: Monitor, force: Force, last: Millis) -> list[Suggested]:
    crimes = sorted((crime.recorded_at, ref) for ref, crime in monitor._missed._pools.crimes.items())
    results, links = [], force.link_by_report
    for ref, reported_at in _reports_with_alert(monitor, last):
        truth = links.get(ref)
        after = (crime for recorded_at, crime in crimes if recorded_at >= reported_at)
        first = next(after, None)
        nearest = () if first is None else ((monitor.context.facts.crimes[first].written_ref(), 1.0),)
        how = "unrecorded" if truth is None else truth.how
        results.append(Suggested(ref, how, truth and truth.crime_ref, nearest))
    return results


def _ranked(candidate: Candidate | None) -> tuple[tuple[str, float], ...]:
    return () if candidate is None else tuple((record.ref, record.probability) for record in candidate.probable)


def _reports_with_alert(monitor: Monitor, last: Millis) -> Iterator[tuple[str, Millis]]:
    for incident in monitor.context.facts.incidents.values():
        newest: Incident = incident.newest
        rules = {stored.alert.rule_id for stored in incident.alerts if stored.alert.status == "BREACHED"}
        if "crime-not-recorded" in rules and newest.reported_at < last:
            yield newest.incident_ref, newest.reported_at


def precision(results: Iterable[Suggested]) -> tuple[int, int]:
    """Return how many first candidates that are stated to be sure are right, and of how many."""
    sure = [one for one in results if one.is_sure]
    return sum(one.is_found for one in sure), len(sure)


def recall(results: Iterable[Suggested]) -> tuple[int, int]:
    """Return for how many the true record is the first candidate and stated to be sure, and of how many."""
    missed = [one for one in results if one.true_ref is not None]
    return sum(one.is_found for one in missed), len(missed)


def calibration_error(results: Iterable[Suggested]) -> float:
    """Return the expected calibration error of every stated probability, in ten bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for one in results:
        for ref, probability in one.candidates:
            bins.setdefault(min(int(probability * 10), 9), []).append((probability, ref == one.true_ref))
    number = sum(map(len, bins.values()))
    gaps = (abs(sum(p for p, _ in held) - sum(right for _, right in held)) for held in bins.values())
    return sum(gaps) / number if number else 0.0
