"""What a recipient was told, against how the alerts ended: everything once, and nothing left out.

A message is one Idempotency-Key, however often it is posted: a notifier that is killed between the receiver's answer
and its own note must post again.  Two keys that say the same are a notification sent twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.notifier.notifications import CLOSING, OPENING
from schemas.products import OPEN_STATUSES, Alert
from tests.chaos.checks.alert_changes import Changes, distinct
from tests.chaos.findings import Verdict

Post = tuple[dict[str, str], bytes]
"""The headers and the body of what was posted."""


@dataclass(slots=True)
class Told:
    """What the messages to one recipient say."""

    posts: int = 0
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    """How many different messages tell of each kind, by alert_id."""
    unnamed: int = 0
    """How many alerts messages count without naming them, as the policy has them do with very many."""
    contradicted: set[str] = field(default_factory=set)
    """Keys under which two different bodies came."""


def told_in(posts: Iterable[Post]) -> Told:
    """Read what was posted, each key once."""
    told, bodies = Told(), dict[str, bytes]()
    for headers, body in list(posts):
        told.posts += 1
        key = headers["idempotency-key"]
        if key in bodies:
            if bodies[key] != body:
                told.contradicted.add(key)
            continue
        bodies[key] = body
        message = json.loads(body)
        told.unnamed += message["count"] - len(message["alerts"])
        for item in message["alerts"]:
            told.kinds.setdefault(item["alert_id"], Counter())[item["told"]] += 1
    return told


def untold(told: Told, final: Mapping[str, Alert]) -> list[Alert]:
    """Return the alerts whose end the recipient has not heard of yet."""
    return [alert for alert in final.values() if not _heard(told.kinds.get(alert.alert_id, Counter()), alert.status)]


def _heard(kinds: Counter[str], status: str) -> bool:
    if status not in OPEN_STATUSES:  # what closed before anybody heard of it is nobody's news
        return not kinds.keys() & OPENING or bool(kinds.keys() & CLOSING)
    return bool(kinds.keys() & {status, "BREACHED"})


def check_notifications(told: Told, published: Changes) -> Verdict:
    """Compare what was told with how each alert stands at the end, and how often it opened on the way."""
    verdict = Verdict("each notification once")
    final = {alert_id: alerts[-1] for alert_id, alerts in published.items()}
    verdict.compared.update(
        {
            "alerts told of": len(told.kinds),
            "notifications": sum(kinds.total() for kinds in told.kinds.values()),
            "posts": told.posts,
        }
    )
    for key in sorted(told.contradicted):
        verdict.find("CONTRADICTED", f"message {key}")
    for alert in untold(told, final)[told.unnamed :]:
        verdict.find("LOST", alert.alert_id, rule=alert.rule_id, status=alert.status, sequence=alert.sequence)
    for alert_id, kinds in sorted(told.kinds.items()):
        if alert_id not in final:
            verdict.find("UNEXPECTED", alert_id, told=dict(kinds))
            continue
        most = times_open(distinct(published[alert_id]))
        for kind, count in kinds.items():
            if count > most:
                verdict.find("DOUBLED", alert_id, told=dict(kinds), twice=kind, open=most)
    return verdict


def times_open(changes: Sequence[Alert]) -> int:
    """Return how often an alert became open."""
    is_open = [alert.status in OPEN_STATUSES for alert in changes]
    return sum(now and not before for before, now in zip([False, *is_open], is_open, strict=False))
