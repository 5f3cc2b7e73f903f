"""What the rules about out-of-court disposals share: how one is put right, and when it was reviewed.

A rescinded disposal meets every disposal rule from rescinded_at on: it stands against nobody any more.
"""

from __future__ import annotations

from typing import Any

from schemas.products import Fact
from schemas.records import Disposal
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.evidence import moment
from streams.obligations.evidence import stated as stated_facts
from streams.obligations.findings import Condition, Finding
from streams.obligations.met_times import done_at
from streams.obligations.no_crime_flaws import stated

DISPOSALS = frozenset({"cis.disposals.v1"})


def disposal_condition(said: Disposal, *, wrong: bool) -> Condition:
    """Return the finding of a disposal rule without a deadline: nothing is wrong with what was rescinded.

    Like every stated time, rescinded_at stands at its word, ahead of the clock or not.
    """
    return Condition(wrong=wrong and said.rescinded_at is None)


def reviewed_at(disposal: Matter) -> int | None:
    """Return when (ms) the disposal was reviewed, or None: the time given, else since when a reviewer is named."""
    return done_at(disposal.record, _is_reviewed, lambda said: said.reviewed_at)


def form_attached_at(disposal: Matter) -> int | None:
    """Return since when (ms) the disposal's form has been attached without a break, or None."""
    return done_at(disposal.record, lambda said: said.form_attached)


def explain_disposal(*names: str) -> Any:
    """Return an explanation: which kind of disposal was issued when, and what is said now under each of ``names``."""

    def explain(disposal: Matter, _context: Context, _finding: Finding) -> tuple[Fact, ...]:
        said = disposal.newest
        return (
            moment("issued_at", said.issued_at, said),
            *stated_facts(said, "kind", *names),
        )

    return explain


def _is_reviewed(said: Disposal) -> bool:
    return said.reviewed_at is not None or stated(said.reviewed_by)
