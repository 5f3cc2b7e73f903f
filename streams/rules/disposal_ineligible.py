"""disposal-ineligible: an offender was dealt with out of court who should not have been.

HMIC 2014, 2.2: disposals that did not comply, "particularly in relation to the issuing of cannabis warnings for
offenders aged 17 years, the issuing of PND where the value of goods exceeded £100 and the use of out-of-court outcomes
for offenders whose previous criminal history should preclude the use of the penalty".  OUT p14, Outcome Type 6, and
OUT p14, Outcome Type 7: "aged 18 or over"; OUT p14, Outcome Type 7, and OUT p15, Outcome Type 8: check PNC that the
offender is eligible.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Disposal, OffenderHistory
from streams.facts.context import Context
from streams.facts.matters import DISPOSAL, Matter
from streams.obligations.disposals import disposal_condition, explain_disposal
from streams.obligations.evidence import time_fact
from streams.obligations.findings import Condition, Finding, Rule, feeds
from streams.obligations.preclusions import history_of, precluding_entries


def judge(disposal: Matter[Disposal], context: Context) -> Condition:
    """Judge it wrong while the offender's age or PNC history, or the goods' value, rules it out."""
    newest = disposal.newest
    precluded = any(True for _ in precluding_entries(newest, context))
    return disposal_condition(
        newest, wrong=_too_young(newest, context) or _worth_too_much(newest, context) or precluded
    )


def _too_young(snapshot: Disposal, context: Context) -> bool:
    policy = context.policy(snapshot.issued_at)
    if snapshot.kind == "CANNABIS_WARNING":
        return snapshot.offender_age < policy.cannabis_warning_minimum_age
    return snapshot.kind == "PND" and snapshot.offender_age < policy.pnd_minimum_age


def _worth_too_much(snapshot: Disposal, context: Context) -> bool:
    limit = context.policy(snapshot.issued_at).pnd_goods_limit_pence
    return snapshot.kind == "PND" and snapshot.goods_value_pence is not None and snapshot.goods_value_pence > limit


def explain(disposal: Matter[Disposal], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show age, value, and each entry on PNC that precludes; no offender is named."""
    disposal_facts = explain_disposal("offender_age", "goods_value_pence")(disposal, context, finding)
    history = history_of(disposal.newest, context)
    entries = precluding_entries(disposal.newest, context)
    return (*disposal_facts, *(time_fact(f"earlier {entry.kind}", entry.date, history) for entry in entries))


RULE = Rule(
    id="disposal-ineligible",
    about={DISPOSAL: feeds(Disposal, OffenderHistory)},
    severity="HIGH",
    title="An out-of-court disposal was not open to the offender",
    obligation="Use an out-of-court disposal only where the offender's age and history and the value of the goods "
    "allow it (HMIC 2014, recommendation 4; OUT p11, Outcome Type 3; OUT p14, Outcome Type 6; OUT p14, "
    "Outcome Type 7; OUT p15, Outcome Type 8).",
    runbook="Check PNC and the form. If the disposal was not open to the offender, rescind it, re-open the crime and "
    "return the case to the officer to decide anew; if the entry is wrong, correct it.",
    judge=judge,
    explain=explain,
)
