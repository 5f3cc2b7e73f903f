"""The differences between the alerts that two policies raise over the same history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import add
from typing import Literal, NamedTuple

from schemas.products import BREACH_STATUSES, Alert
from streams.policy.calendar import local_date

DifferenceKind = Literal["APPEARS", "VANISHES", "MOVES"]


class AlertDifference(NamedTuple):
    """One alert that is not the same under both."""

    kind: DifferenceKind
    rule_id: str
    ours: Alert | None
    """Under the policy in question."""
    theirs: Alert | None
    """Under the one it is compared with."""


class RuleSummary(NamedTuple):
    """What two policies make of one rule."""

    rule_id: str
    ours: int
    """Alerts under the policy in question, whatever became of them."""
    theirs: int
    appear: int
    vanish: int
    move: int
    breached_ours: int
    """Of those, breached: still open, or met late."""
    breached_theirs: int
    cleared_ours: int
    """Of those breached, met since, late."""
    cleared_theirs: int


def compared_fields(alert: Alert) -> tuple[object, ...]:
    """Return what is compared: status, reason, due time, lateness and severity."""
    return (alert.status, alert.reason, alert.due_at, alert.lateness_ms, alert.severity)


def alert_differences(ours: Iterable[Alert], theirs: Iterable[Alert]) -> list[AlertDifference]:
    """Return every difference between the final alerts of two policies, by alert_id."""
    mine, other = ({alert.alert_id: alert for alert in alerts} for alerts in (ours, theirs))
    differences = []
    for alert_id, alert in sorted({**mine, **other}.items()):
        here, there = mine.get(alert_id), other.get(alert_id)
        if here is None or there is None:
            differences.append(AlertDifference("APPEARS" if there is None else "VANISHES", alert.rule_id, here, there))
        elif compared_fields(here) != compared_fields(there):
            differences.append(AlertDifference("MOVES", alert.rule_id, here, there))
    return differences


def summaries_by_rule(ours: Iterable[Alert], theirs: Iterable[Alert]) -> list[RuleSummary]:
    """Return the summary of each rule that either policy raised an alert of, in order of rule ids."""
    ours, theirs = list(ours), list(theirs)
    differences = alert_differences(ours, theirs)

    def line(rule_id: str) -> RuleSummary:
        kinds = [difference.kind for difference in differences if difference.rule_id == rule_id]
        mine, other = ([alert for alert in alerts if alert.rule_id == rule_id] for alerts in (ours, theirs))
        return RuleSummary(
            rule_id,
            len(mine),
            len(other),
            kinds.count("APPEARS"),
            kinds.count("VANISHES"),
            kinds.count("MOVES"),
            sum(map(is_breach, mine)),
            sum(map(is_breach, other)),
            _cleared(mine),
            _cleared(other),
        )

    return [line(rule_id) for rule_id in sorted({alert.rule_id for alert in (*ours, *theirs)})]


def is_breach(alert: Alert) -> bool:
    """Return whether an obligation was breached, whether or not it has been met since."""
    return alert.status in BREACH_STATUSES


def _cleared(alerts: Iterable[Alert]) -> int:
    return sum(alert.status == "CLEARED" for alert in alerts)


def summaries_by_day(
    ours: Iterable[Alert], theirs: Iterable[Alert], began: Mapping[str, int]
) -> dict[str, list[RuleSummary]]:
    """Return the summaries of the matters that began on each local date, by date (ISO 8601).

    ``began`` says when each alert's matter began (ms), by alert_id.
    """
    days: dict[str, tuple[list[Alert], list[Alert]]] = {}
    for side, alerts in enumerate((ours, theirs)):
        for alert in alerts:
            days.setdefault(local_date(began[alert.alert_id]).isoformat(), ([], []))[side].append(alert)
    return {day: summaries_by_rule(*days[day]) for day in sorted(days)}


def sum_by_rule(summaries: Iterable[RuleSummary]) -> list[RuleSummary]:
    """Add up summaries of matters that have nothing in common, by rule."""
    added: dict[str, RuleSummary] = {}
    for line in summaries:
        summed = added.get(line.rule_id)
        numbers = line[1:] if summed is None else map(add, summed[1:], line[1:])
        added[line.rule_id] = RuleSummary(line.rule_id, *numbers)
    return [added[rule_id] for rule_id in sorted(added)]
