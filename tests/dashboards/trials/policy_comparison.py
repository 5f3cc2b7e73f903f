"""Comparisons of policies made up for a board that is tried: what might have come of one."""

from __future__ import annotations

import msgspec

from dashboards.board.readmodel import ReadModel, policy_comparisons
from dashboards.board.readmodel.alert_differences import difference_row
from dashboards.board.readmodel.policy_comparisons import ComparisonRequest, ComparisonResult
from schemas.products import Alert
from streams.reports.alert_differences import alert_differences, summaries_by_day
from tests.dashboards.trials.sample import FORCE

COMPARISON = "6e8f3a52-9c0b-4f0e-9a3e-0d2b6c1f7a10"
"""The id of the one that is made here unless another is named."""
POLICY = 'version = "48h-always"\n\n[rules]\nrecording_limit = "48h"\n'


def comparison_request(at: int, comparison_id: str = COMPARISON, force: str = FORCE) -> ComparisonRequest:
    """Ask for 48 hours against the policy in force."""
    return ComparisonRequest(
        comparison_id=comparison_id,
        force=force,
        asked_by="fcr.jones",
        asked_at=at,
        chosen_as="48h-always",
        version="48h-always",
        digest="ab" * 32,
        texts=(POLICY,),
        against_version="builtin-1",
        against_digest="cd" * 32,
        against_texts=(),
    )


def compared(model: ReadModel, at: int, ours: list[Alert], theirs: list[Alert], **named: str) -> ComparisonRequest:
    """Store a finished comparison of the alerts of two policies; matters began when alerts rose."""
    wanted = comparison_request(at, **named)
    policy_comparisons.enqueue(model, wanted)
    policy_comparisons.claim(model, at)
    began = {alert.alert_id: alert.raised_at for alert in (*ours, *theirs)}
    result = ComparisonResult(
        snapshots=4321, refused=2, counted={"duplicate": 7}, by_day=summaries_by_day(ours, theirs, began)
    )
    rows = [
        difference_row(wanted.comparison_id, number, difference, began[alert.alert_id])
        for number, difference in enumerate(alert_differences(ours, theirs))
        if (alert := difference.ours or difference.theirs) is not None
    ]
    policy_comparisons.finish(model, wanted.comparison_id, result, rows, as_of=at, wall=at)
    return wanted


def with_less_time(alert: Alert, by: int) -> Alert:
    """Return an alert as a policy finds it whose limit is shorter by so many ms."""
    late = None if alert.lateness_ms is None else alert.lateness_ms + by
    due_at = None if alert.due_at is None else alert.due_at - by
    return msgspec.structs.replace(alert, due_at=due_at, breached_at=due_at, lateness_ms=late)
