"""What a message says: each alert's id, rule, force, deadline and link; no person, no free text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import msgspec

from agents.notifier.batching import MessageKind
from agents.notifier.notifications import ASSIGNED
from schemas.products import SEVERITIES, Alert
from schemas.quantities import counted
from schemas.times import to_rfc3339
from streams.policy.calendar import LONDON
from streams.rules import RULES

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NAME: Final = 64
_KINDS: Final = {
    "AT_RISK": "About to breach",
    "BREACHED": "Breached",
    "CLEARED": "Cleared",
    "WITHDRAWN": "Withdrawn",
    "OVERRIDDEN": "Closed by the Force Crime Registrar",
    "ASSIGNED": "Assigned to you or your team",
    "ESCALATED_SUPERVISOR": "Escalated to the supervisor",
    "ESCALATED_DUTY_INSPECTOR": "Escalated to the duty inspector",
    "ESCALATED_FCR": "Escalated to the Force Crime Registrar",
}
PROVISIONAL: Final = "provisional: a feed that could still clear it is not complete"


@dataclass(frozen=True, slots=True)
class AlertItem:
    """One alert in a message, and the kind of its notification."""

    alert: Alert
    kind: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a message says, the same at every attempt."""

    subject: str
    text: str
    payload: str
    """JSON, for a webhook."""


def contents_of(kind: MessageKind, message_id: str, items: Sequence[AlertItem], board: str, longest: int) -> Contents:
    """Write a message about these alerts, the most severe first, naming ``longest`` of them at most."""
    ordered = sorted(items, key=_severity_order)
    listed, rest = ordered[:longest], len(ordered) - longest
    subject = _subject(kind, ordered)
    blocks = [_block(item, board) for item in listed]
    opening = [] if kind == "SINGLE" else [f"{counted(len(ordered), 'alert')}.", *_by_rule(ordered)]
    if rest > 0:
        blocks.append(f"And {rest} more: {board}/")
    text = "\n".join([*opening, *([""] if opening else []), "\n\n".join(blocks), "", f"The board: {board}/", ""])
    payload = {
        "message_id": message_id,
        "kind": kind,
        "count": len(ordered),
        "alerts": [_as_json(item, board) for item in listed],
    }
    return Contents(subject, text, msgspec.json.encode(payload).decode())


def digest_of(message_id: str, alerts: Sequence[Alert], board: str, longest: int, day: str) -> Contents:
    """Write a daily digest of open alerts; ``day`` is a date as its subject shows it."""
    items = [AlertItem(alert, alert.status) for alert in alerts]
    contents = contents_of("DIGEST", message_id, items, board, longest)
    breached = sum(1 for alert in alerts if alert.status == "BREACHED")
    subject = f"Crime data integrity, {day}: {breached} breached, {len(alerts) - breached} about to breach"
    text = contents.text if alerts else f"Nothing is open.\n\nThe board: {board}/\n"
    return Contents(subject, text, contents.payload)


def _subject(kind: MessageKind, items: Sequence[AlertItem]) -> str:
    if kind == "SINGLE":
        (item,) = items
        provisional = " (provisional)" if _is_provisional(item) else ""
        alert = item.alert
        return f"[{alert.severity}] {_label(item.kind)}{provisional}: {title_of(alert)}, {_force_name(alert)}"
    critical = sum(1 for item in items if item.alert.severity == "CRITICAL")
    storm = "Many alerts at once: " if kind == "STORM" else ""
    return f"{storm}{counted(len(items), 'alert')}{f', {critical} of them critical' if critical else ''}"


def _block(item: AlertItem, board: str) -> str:
    alert = item.alert
    lines = [
        f"{_label(item.kind)}: {title_of(alert)}",
        f"Alert: {alert.alert_id}",
        f"Rule: {_one_line(alert.rule_id)}",
        f"Force: {_force_name(alert)}",
        f"Severity: {alert.severity}",
    ]
    if alert.due_at is not None:
        lines.append(f"Due: {local(alert.due_at)}")
    if _is_provisional(item):
        lines.append(f"Certainty: {PROVISIONAL}")
    return "\n".join([*lines, f"Open it: {link(board, alert)}"])


def _as_json(item: AlertItem, board: str) -> dict[str, Any]:
    alert = item.alert
    return {
        "alert_id": alert.alert_id,
        "sequence": alert.sequence,
        "told": _public_kind(item.kind),
        "rule_id": _one_line(alert.rule_id),
        "title": title_of(alert),
        "force": _force_name(alert),
        "severity": alert.severity,
        "status": alert.status,
        "certainty": alert.certainty,
        "due_at": None if alert.due_at is None else to_rfc3339(alert.due_at),
        "link": link(board, alert),
    }


def title_of(alert: Alert) -> str:
    """Return the rule's own title, not the one in the alert, which came over the wire."""
    rule = RULES.get(alert.rule_id)
    return rule.title if rule is not None else _one_line(alert.rule_id)


def link(board: str, alert: Alert) -> str:
    """Return the address at which the board shows an alert."""
    return f"{board.rstrip('/')}/alerts/{quote(_one_line(alert.alert_id), safe='')}"


def utc(moment: int) -> datetime:
    """Return a moment (ms) as an aware time."""
    return _EPOCH + timedelta(milliseconds=moment)


def local(moment: int) -> str:
    """Return a moment (ms) in the time of Europe/London."""
    return utc(moment).astimezone(LONDON).strftime("%d %B %Y %H:%M:%S %Z")


def _by_rule(items: Sequence[AlertItem]) -> list[str]:
    counts = Counter((_label(item.kind), title_of(item.alert), _force_name(item.alert)) for item in items)
    return [f"  {count} x {label}: {title}, {force}" for (label, title, force), count in counts.most_common()]


def _severity_order(item: AlertItem) -> tuple[int, int, str]:
    alert = item.alert
    return SEVERITIES.index(alert.severity), alert.due_at or alert.raised_at, alert.alert_id


def _is_provisional(item: AlertItem) -> bool:
    return item.alert.certainty == "PROVISIONAL" and item.kind not in {"CLEARED", "WITHDRAWN", "OVERRIDDEN"}


def _label(kind: str) -> str:
    return _KINDS.get(_public_kind(kind), "Changed")


def _public_kind(kind: str) -> str:
    """Return the kind of a notification as messages name it, without which assignment it is."""
    return "ASSIGNED" if kind.startswith(ASSIGNED) else kind


def _force_name(alert: Alert) -> str:
    return _one_line(alert.force)


def _one_line(text: str) -> str:
    """Return a name as one short line, so that nothing in it can break out of a header."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_NAME].strip()
