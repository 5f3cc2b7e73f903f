"""call-review-overdue: a call chosen for the dip sample is not reviewed while it still matters.

HMIC 2014, recommendation 3: dip-sampling "undertaken in a timely manner on a consistent basis across all teams,
includes a check of compliance with the NCRS".
"""

from __future__ import annotations

from schemas.records import Call
from streams.facts.context import Context
from streams.facts.matters import CALL, Matter
from streams.facts.record import Record
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Obligation, Rule
from streams.obligations.no_crime_flaws import stated


def judge(call: Matter, context: Context) -> Obligation | None:
    """Due three days after handled_at; met by a review that says whether the NCRS was kept to."""
    said = call.newest
    policy = context.policy(said.handled_at)
    if not context.facts.call_reviews.is_chosen(call.ref, said):
        return None
    return Obligation(said.handled_at + policy.call_review_limit, None, _reviewed_at(call.record))


def _reviewed_at(record: Record[Call]) -> int | None:
    """Return when (ms) the call was reviewed: the time given, else since when the record says so.

    The word on the NCRS is part of the review it came with; one that came after it counts from its own snapshot.
    """
    whole, dated = record.since(_is_reviewed), record.since(_is_dated)
    if whole is None:
        return None
    at = record.newest.reviewed_at
    if at is None or dated is None:
        return int(whole.event_time)
    return int(at if whole.event_time <= dated.event_time else max(at, whole.event_time))


def _is_dated(said: Call) -> bool:
    return said.reviewed_at is not None


def _is_reviewed(said: Call) -> bool:
    return said.ncrs_compliant is not None and (_is_dated(said) or stated(said.reviewed_by))


RULE = Rule(
    id="call-review-overdue",
    about={CALL: frozenset({"cmc.calls.v1"})},
    severity="LOW",
    title="A call chosen for the dip sample is not reviewed",
    obligation="Review three calls of every handler each month within days, compliance with the NCRS included (HMIC "
    "2014, recommendation 3).",
    runbook="Listen to the call with the handler's supervisor, say whether the NCRS was kept to, and note its themes.",
    judge=judge,
    explain=first_and_now("team", "reviewed_at", "ncrs_compliant"),
)
