"""offence-code-contradicts-class: a crime's code is of no offence of its class, or of none at all.

CRR p13, Classification and reclassification: a crime is classified by what the law says was done, and counted under
that.  Which offences have which code, and of which class they are, is the Home Office's Notifiable Offences List
(:mod:`streams.offences`).
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import Crime
from streams.facts.context import Context
from streams.facts.matters import CRIME, Matter
from streams.obligations.evidence import fact, first_and_now
from streams.obligations.findings import Condition, Finding, Rule, feeds
from streams.obligations.recorded_crimes import is_recorded
from streams.offences import names_of, offence_list


def judge(crime: Matter[Crime], _context: Context) -> Condition | None:
    """Judge it wrong while no entry of the list that its code stands for, ceased ones too, has its class."""
    if not is_recorded(crime) or crime.newest.offence_class_unknown:
        return None
    newest = crime.newest
    entries = offence_list().find(newest.offence_code)
    return Condition(wrong=not any(newest.offence_class in entry.offence_classes for entry in entries))


def explain(crime: Matter[Crime], context: Context, finding: Finding) -> tuple[Fact, ...]:
    """Show the code and the class, what the list calls the code, and the classes it would allow."""
    entries = offence_list().find(crime.newest.offence_code)
    allowed = dict.fromkeys(name for entry in entries for name in entry.offence_classes)
    return (
        *first_and_now("offence_code", "offence_class")(crime, context, finding),
        fact("listed_as", names_of(entries) or "not in the list"),
        fact("classes_allowed", tuple(allowed)),
    )


RULE = Rule(
    id="offence-code-contradicts-class",
    about={CRIME: feeds(Crime)},
    severity="MEDIUM",
    title="A crime's offence code contradicts its class",
    obligation="Record a crime under the Home Office code of what was done, and in the class of that code (CRR p13, "
    "Classification and reclassification; NOL gives every code its offence).",
    runbook="Read under 'Listed as' what the code stands for ('cdi offences' looks others up), and correct the code or "
    "the class on the crime record, whichever is wrong; a reclassification is decided by a designated decision maker "
    "or the registrar, with a rationale.",
    judge=judge,
    explain=explain,
)
