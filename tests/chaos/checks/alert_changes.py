"""The alerts topic, change by change, against what the rules alone make of the same records.

At least once allows the same bytes again; it allows neither another content under the same sequence, nor a sequence
that is missing, nor an older change as the last word under a key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from schemas.products import Alert
from tests.chaos.findings import Verdict

Changes = Mapping[str, list[Alert]]
"""Every message about an alert in the order of the topic, or every change of it, by alert_id."""


def by_alert(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    """Group alerts by their id, each group in the order given."""
    changes: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        changes[alert.alert_id].append(alert)
    return dict(changes)


def distinct(messages: Iterable[Alert]) -> list[Alert]:
    """Return the changes that messages about one alert tell of: the first content of each sequence, in order."""
    first: dict[int, Alert] = {}
    for alert in messages:
        first.setdefault(alert.sequence, alert)
    return [first[sequence] for sequence in sorted(first)]


def check_alert_changes(published: Changes, expected: Changes) -> Verdict:
    """Compare what was published with what should have been, and each alert's messages with one another."""
    verdict = Verdict("alerts equal the rules' own over the same records")
    for alert_id in sorted(published.keys() | expected.keys()):
        messages = published.get(alert_id, [])
        _check_sequence(alert_id, messages, verdict)
        _check_contents(alert_id, distinct(messages), expected.get(alert_id, []), verdict)
    return verdict


def _check_sequence(alert_id: str, messages: list[Alert], verdict: Verdict) -> None:
    """Look at one alert's messages alone: what they say of one another needs nothing to be compared with."""
    if not messages:
        return
    contents = set(messages)
    verdict.compared["messages"] += len(messages)
    verdict.compared["repeated with the same content"] += len(messages) - len(contents)
    sequences = {alert.sequence for alert in messages}
    for sequence in sorted(sequences):
        under_it = [alert for alert in contents if alert.sequence == sequence]
        if len(under_it) > 1:
            verdict.find("CONTRADICTED", alert_id, **place_of(under_it[0]), fields=_differences(*under_it[:2]))
    missing = sorted(set(range(1, max(sequences) + 1)) - sequences)
    if missing:
        verdict.find("GAP", alert_id, **place_of(messages[-1]), missing=missing)
    if messages[-1].sequence != max(sequences):
        verdict.find("WENT_BACK", alert_id, **place_of(messages[-1]), newest=max(sequences))


def _check_contents(alert_id: str, said: list[Alert], expected: list[Alert], verdict: Verdict) -> None:
    verdict.compared["alerts"] += 1
    verdict.compared["changes"] += len(expected)
    said_by_sequence = {alert.sequence: alert for alert in said}
    for alert in expected:
        if alert.sequence not in said_by_sequence:
            verdict.find("LOST", alert_id, **place_of(alert), status=alert.status)
        elif said_by_sequence[alert.sequence] != alert:
            other = said_by_sequence[alert.sequence]
            verdict.find("DIFFERENT", alert_id, **place_of(alert), fields=_differences(other, alert))
    for sequence in sorted(said_by_sequence.keys() - {alert.sequence for alert in expected}):
        alert = said_by_sequence[sequence]
        verdict.find("UNEXPECTED", alert_id, **place_of(alert), status=alert.status, clock=alert.updated_at)


def place_of(alert: Alert) -> dict[str, Any]:
    """Return what leads from a change of an alert to its story."""
    return {"rule": alert.rule_id, "subject": alert.subject_ref[-60:], "sequence": alert.sequence}


def _differences(one: Alert, other: Alert) -> dict[str, tuple[str, str]]:
    """Return the fields in which two changes differ, each value cut short."""
    first, second = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
    return {name: (repr(first[name])[:200], repr(second[name])[:200]) for name in first if first[name] != second[name]}
