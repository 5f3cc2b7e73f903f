"""What two policies make of each rule, as a screen may show it: small counts of what is most private are hidden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from dashboards.board.domain.disclosure_control import is_small
from streams.reports.alert_differences import RuleSummary

PRIVATE_RULES: Final = frozenset({
    "rape-not-recorded", "rape-not-overseen", "rape-recorded-by-specialist", "rape-closed-unreviewed",
    "referral-unlinked", "referral-not-audited",
})  # fmt: skip
"""Of rape or child abuse alone: one to four of them can point at a person."""


class Verdict(msgspec.Struct, frozen=True):
    """A rule's line; hidden where it could point at a person, and then without a number."""

    rule_id: str
    numbers: RuleSummary | None


def verdicts(lines: Iterable[RuleSummary], *, reveal: bool) -> list[Verdict]:
    """Make the lines, hiding private ones with a small count; no total is ever shown beside them."""
    return [Verdict(line.rule_id, None if not reveal and is_hidden(line) else line) for line in lines]


def is_hidden(line: RuleSummary) -> bool:
    """Whether one of a private rule's counts, or what follows from two of them, is small."""
    counts = (
        *line[1:],
        line.ours - line.breached_ours, line.theirs - line.breached_theirs,
        line.breached_ours - line.cleared_ours, line.breached_theirs - line.cleared_theirs,
        line.ours - line.appear, line.theirs - line.vanish, line.ours - line.appear - line.move,
    )  # fmt: skip
    return line.rule_id in PRIVATE_RULES and is_small(*counts)
