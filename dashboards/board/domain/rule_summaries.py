"""Counts by rule of two policies, with small counts of what is most private hidden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from dashboards.board.domain.disclosure_control import is_small
from streams.reports.alert_differences import RuleSummary

PRIVATE_RULES: Final = frozenset(
    {
        "rape-not-recorded",
        "rape-not-overseen",
        "rape-recorded-by-specialist",
        "rape-closed-unreviewed",
        "incident-only-unseen",
        "referral-unlinked",
        "referral-not-audited",
    }
)
"""Of rape, death or child abuse alone: one to four of them can point at a person."""


class RuleRow(msgspec.Struct, frozen=True):
    """The counts of one rule; None where they are hidden, since they could point at a person."""

    rule_id: str
    counts: RuleSummary | None


def rule_rows(summaries: Iterable[RuleSummary], *, reveal: bool) -> list[RuleRow]:
    """Return a row a rule, hiding small counts of private rules; no total is ever shown beside them."""
    return [RuleRow(summary.rule_id, None if not reveal and is_hidden(summary) else summary) for summary in summaries]


def is_hidden(summary: RuleSummary) -> bool:
    """Return whether one of a private rule's counts, or what follows from two of them, is small."""
    counts = (
        *summary[1:],
        summary.ours - summary.breached_ours,
        summary.theirs - summary.breached_theirs,
        summary.breached_ours - summary.cleared_ours,
        summary.breached_theirs - summary.cleared_theirs,
        summary.ours - summary.appear,
        summary.theirs - summary.vanish,
        summary.ours - summary.appear - summary.move,
    )
    return summary.rule_id in PRIVATE_RULES and is_small(*counts)
