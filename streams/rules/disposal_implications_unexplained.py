"""disposal-implications-unexplained: no record that the offender was told what accepting means.

HMIC 2014, 2.2: in none of 25 PND and none of 25 cannabis warnings "could we find evidence that the offender had been
made aware of the nature and future implications".  OUT p3, Outcomes for recorded crime: of types 1 to 4, 6
to 10, 21 and 22 "the suspect must have been made aware that they will be recorded as being responsible for committing
that crime and what the full implications of this may be".
"""

from __future__ import annotations

from schemas.records import Disposal
from streams.facts.context import Context
from streams.facts.matters import DISPOSAL, Matter
from streams.obligations.disposals import disposal_condition, explain_disposal
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of


def judge(disposal: Matter[Disposal], _context: Context) -> Condition:
    """Judge it wrong unless it is stated that the implications were explained."""
    newest = disposal.newest
    return disposal_condition(newest, wrong=newest.implications_explained is not True)


RULE = Rule(
    id="disposal-implications-unexplained",
    about={DISPOSAL: feeds(Disposal)},
    severity="MEDIUM",
    title="Nothing shows that an offender understood a disposal",
    obligation="Explain the nature and implications of a disposal to the offender and keep a record of it (OUT p3, "
    "Outcomes for recorded crime; HMIC 2014, 2.2).",
    runbook="Look for the signed form. If the implications were explained, enter that and attach the form; if not, "
    "have the officer explain them now, or rescind the disposal.",
    judge=judge,
    explain=explain_disposal("implications_explained", "form_attached"),
    decided_by={Disposal: each_of("implications_explained")},
)
