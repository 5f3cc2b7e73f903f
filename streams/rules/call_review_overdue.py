"""call-review-overdue: a call chosen for the dip sample is not reviewed while it still matters.

HMIC 2014, recommendation 3: dip-sampling "undertaken in a timely manner on a consistent basis across all teams,
includes a check of compliance with the NCRS".
"""

from __future__ import annotations

from functools import partial

from schemas.records import Call
from streams.facts.context import Context
from streams.facts.matters import CALL, Matter
from streams.facts.record import Record
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of, lacked_of
from streams.obligations.text import has_text


def judge(call: Matter[Call], context: Context) -> Obligation | None:
    """Judge it due three days after handled_at; met by a review that states compliance with the NCRS."""
    newest = call.newest
    policy = context.policy(newest.handled_at)
    if not context.facts.call_reviews.is_chosen(newest):
        return None
    met_at = _reviewed_at(call.record, lacked_of(call, context))
    return Obligation(newest.handled_at + policy.call_review_limit, None, met_at)


def _reviewed_at(record: Record[Call], lacked: frozenset[str]) -> int | None:
    """Return when (ms) the call was reviewed: the time given, else since when the record shows it.

    What is stated on the NCRS belongs to the review it came with; stated later, it counts from its own snapshot.
    """
    complete, dated = record.since(partial(_is_reviewed, lacked)), record.since(_is_dated)
    if complete is None:
        return None
    time = record.newest.reviewed_at
    if time is None or dated is None:
        return complete.event_time
    return time if complete.event_time <= dated.event_time else max(time, complete.event_time)


def _is_dated(snapshot: Call) -> bool:
    return snapshot.reviewed_at is not None


def _is_reviewed(lacked: frozenset[str], snapshot: Call) -> bool:
    compliance_given = snapshot.ncrs_compliant is not None or "ncrs_compliant" in lacked
    return compliance_given and (_is_dated(snapshot) or has_text(snapshot.reviewed_by))


RULE = Rule(
    id="call-review-overdue",
    about={CALL: feeds(Call)},
    severity="LOW",
    title="A call chosen for the dip sample is not reviewed",
    obligation="Review three calls of every handler each month within days, compliance with the NCRS included (HMIC "
    "2014, recommendation 3).",
    runbook="Listen to the call with the handler's supervisor, say whether the NCRS was kept to, and note its themes.",
    judge=judge,
    explain=first_and_now("team", "reviewed_at", "ncrs_compliant"),
    decided_by={Call: each_of("reviewed_at")},
)
