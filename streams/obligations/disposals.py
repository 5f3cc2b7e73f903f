"""What the rules about out-of-court disposals share: how one is put right, and when it was reviewed.

A rescinded disposal meets every disposal rule from rescinded_at on: it stands against nobody any more.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Disposal
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.completion_times import done_at
from streams.obligations.evidence import stated_facts, time_fact
from streams.obligations.findings import Condition, Explanation, Finding
from streams.obligations.text import has_text


def disposal_condition(disposal: Disposal, *, wrong: bool) -> Condition:
    """Return the finding of a disposal rule without a deadline; on a rescinded disposal nothing is wrong.

    rescinded_at is taken as it is written, even if it is ahead of the clock.
    """
    return Condition(wrong=wrong and disposal.rescinded_at is None)


def reviewed_at(disposal: Matter[Disposal]) -> int | None:
    """Return when (ms) the disposal was reviewed, or None.

    It is the time given, or else since when a reviewer is named.
    """
    return done_at(disposal.record, _is_reviewed, lambda snapshot: snapshot.reviewed_at)


def form_attached_at(disposal: Matter[Disposal]) -> int | None:
    """Return since when (ms) the disposal's form has been attached without a break, or None."""
    return done_at(disposal.record, lambda snapshot: bool(snapshot.form_attached))


def explain_disposal(*names: str) -> Explanation[Disposal]:
    """Return an explanation: the kind of disposal, when it was issued, and the fields ``names``."""

    def explain(disposal: Matter[Disposal], _context: Context, _finding: Finding) -> tuple[Fact, ...]:
        newest = disposal.newest
        return (time_fact("issued_at", newest.issued_at, newest), *stated_facts(newest, "kind", *names))

    return explain


def _is_reviewed(snapshot: Disposal) -> bool:
    return snapshot.reviewed_at is not None or has_text(snapshot.reviewed_by)
