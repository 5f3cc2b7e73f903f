"""The differences between two policies, as lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from deploy.files.record_files import write_lines
from schemas.products import Alert
from schemas.times import to_rfc3339
from streams.reports.alert_differences import AlertDifference

_NAMES = ("alert_id", "force", "rule_id", "subject_system", "subject_ref", "discriminator")


def write_differences(differences: Iterable[AlertDifference], out: Path) -> None:
    """Write one difference a line, by alert_id; ``out`` is whole or as it was before.

    Raises FileRefusedError.
    """
    write_lines((msgspec.json.encode(dict(_fields(difference))) for difference in differences), out)


def _fields(difference: AlertDifference) -> Iterator[tuple[str, Any]]:
    """Yield the difference's fields: its kind, the alert, and the alert under either policy."""
    yield "difference", difference.kind
    for name in _NAMES:
        yield name, getattr(difference.ours or difference.theirs, name)
    yield "policy", _state(difference.ours)
    yield "against", _state(difference.theirs)


def _state(alert: Alert | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    return {
        "policy_version": alert.policy_version,
        "status": alert.status,
        "reason": alert.reason,
        "due_at": None if alert.due_at is None else to_rfc3339(alert.due_at),
        "lateness_ms": alert.lateness_ms,
        "severity": alert.severity,
    }
