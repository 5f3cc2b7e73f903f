"""call-review-overdue: a call chosen for the dip sample is not reviewed while it still matters.

HMIC 2014, recommendation 3: dip-sampling "undertaken in a timely manner on a consistent basis across all teams,
includes a check of compliance with the NCRS".
"""

from __future__ import annotations

from streams.evidence import first_and_now
from streams.findings import Duty, Rule
from streams.matters import CALL, Matter
from streams.scene import Scene


def judge(call: Matter, scene: Scene) -> Duty | None:
    """Due three days after handled_at; met by a review that says whether the NCRS was kept to."""
    said = call.newest
    settings = scene.settings(said.handled_at)
    if not scene.facts.calls_register.is_chosen(call.ref, said):
        return None
    met_at = None
    if said.reviewed_at is not None:
        checked = call.record.since(lambda snapshot: snapshot.ncrs_compliant is not None)
        met_at = None if checked is None else max(said.reviewed_at, checked.event_time)
    return Duty(said.handled_at + settings.call_review_limit, None, met_at)


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
