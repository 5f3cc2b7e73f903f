"""disposal-unreviewed: nobody has checked an out-of-court disposal within the week.

HMIC 2014, 2.2: "Staff in the volume crime units review all out-of-court disposals and conduct police national computer
(PNC) checks to ensure the offending history is appropriate to the outcome", but there were "varying approaches in the
use, completion and scanning of forms onto CIS which made the audit of out-of-court disposals more difficult".
"""

from __future__ import annotations

from streams.facts.context import Context
from streams.facts.matters import DISPOSAL, Matter
from streams.obligations.disposals import DISPOSALS, explain_disposal, form_attached_at, reviewed_at
from streams.obligations.findings import Obligation, Rule
from streams.obligations.met_times import latest


def judge(disposal: Matter, context: Context) -> Obligation:
    """Due 7 days after issued_at; met when reviewed, checked on PNC and the form attached, or by being rescinded."""
    said = disposal.newest
    checked = latest(reviewed_at(disposal), said.pnc_checked_at, form_attached_at(disposal))
    met_at = min((at for at in (checked, said.rescinded_at) if at is not None), default=None)
    return Obligation(said.issued_at + context.policy(said.issued_at).disposal_review_limit, None, met_at)


RULE = Rule(
    id="disposal-unreviewed",
    about={DISPOSAL: DISPOSALS},
    severity="LOW",
    title="An out-of-court disposal has not been reviewed",
    obligation="Review every out-of-court disposal, check the offender on PNC and attach the form (HMIC 2014, 2.2 and "
    "recommendation 4), within the policy's limit.",
    runbook="Have the volume crime unit review the disposal, check PNC and scan the form onto CIS; rescind a disposal "
    "that does not comply and re-open the crime.",
    judge=judge,
    explain=explain_disposal("reviewed_at", "pnc_checked_at", "form_attached"),
)
