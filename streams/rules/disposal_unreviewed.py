"""disposal-unreviewed: nobody has checked an out-of-court disposal within the week.

HMIC 2014, 2.2: "Staff in the volume crime units review all out-of-court disposals and conduct police national computer
(PNC) checks to ensure the offending history is appropriate to the outcome", but there were "varying approaches in the
use, completion and scanning of forms onto CIS which made the audit of out-of-court disposals more difficult".
"""

from __future__ import annotations

from schemas.records import Disposal
from streams.facts.context import Context
from streams.facts.matters import DISPOSAL, Matter
from streams.obligations.completion_times import earliest, latest
from streams.obligations.disposals import explain_disposal, form_attached_at, reviewed_at
from streams.obligations.findings import Obligation, Rule, feeds
from streams.obligations.lacking import each_of, is_unknown, lacked_of


def judge(disposal: Matter[Disposal], context: Context) -> Obligation:
    """Judge it due 7 days after issued_at.

    Met when reviewed, with PNC checked and the form attached, or when rescinded.
    """
    newest, lacked = disposal.newest, lacked_of(disposal, context)
    steps = {"pnc_checked_at": newest.pnc_checked_at, "form_attached": form_attached_at(disposal)}
    known = (done for name, done in steps.items() if not is_unknown(newest, name, lacked))
    checked = latest(reviewed_at(disposal), *known)
    met_at = earliest(checked, newest.rescinded_at)
    return Obligation(newest.issued_at + context.policy(newest.issued_at).disposal_review_limit, None, met_at)


RULE = Rule(
    id="disposal-unreviewed",
    about={DISPOSAL: feeds(Disposal)},
    severity="LOW",
    title="An out-of-court disposal has not been reviewed",
    obligation="Review every out-of-court disposal, check the offender on PNC and attach the form (HMIC 2014, 2.2 and "
    "recommendation 4), within the policy's limit.",
    runbook="Have the volume crime unit review the disposal, check PNC and scan the form onto CIS; rescind a disposal "
    "that does not comply and re-open the crime.",
    judge=judge,
    explain=explain_disposal("reviewed_at", "pnc_checked_at", "form_attached"),
    decided_by={Disposal: each_of("reviewed_at")},
)
