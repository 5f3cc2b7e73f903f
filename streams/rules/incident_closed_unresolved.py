"""incident-closed-unresolved: an incident that disclosed a crime is closed with no answer.

So is one that was never decided.  CRR p10, Victims must be told: of a decision not to record a crime "an auditable
record of that decision must be made".  NSIR p8, 1.17 Variation between opening and closing codes: the log says enough
"to justify actions taken and the choice of log closure code".  Closing is how a report disappears from everyone's
list, so this does not wait for the recording limit.
"""

from __future__ import annotations

from schemas.records import Crime, Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.assessments import crimes_disclosed, crimes_expected_now
from streams.obligations.evidence import report_and_crimes
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of, is_never_known, lacked_of
from streams.obligations.recording import ALSO_COUNTING, is_answered, is_no_report


def judge(incident: Matter[Incident], context: Context) -> Condition | None:
    """Judge it wrong while CLOSED without any counting crime or valid disposition."""
    newest = incident.newest
    if newest.status != "CLOSED":
        return None
    if crimes_disclosed(incident, context) is None:
        undecided = crimes_expected_now(incident, context) is None and not _is_unknown(incident, context)
        if not undecided or is_no_report(incident, context):
            return None
    return Condition(wrong=not is_answered(incident, context))


def _is_unknown(incident: Matter[Incident], context: Context) -> bool:
    """Return whether the system does not hold, and never said, how many crimes an incident discloses."""
    return is_never_known(incident.record, "crimes_expected", lacked_of(incident, context))


RULE = Rule(
    id="incident-closed-unresolved",
    about={INCIDENT: feeds(Incident, Crime)},
    also=ALSO_COUNTING,
    severity="HIGH",
    title="An incident is closed with neither crime nor reason",
    obligation="Close an incident only with its crimes recorded or an auditable reason why there is none (CRR p10, "
    "Victims must be told; NSIR p8, 1.17 Variation between opening and closing codes).",
    runbook="Re-open the incident or complete it: link the crime record, or state the disposition with its rationale "
    "and that the reporter was told.",
    judge=judge,
    explain=report_and_crimes("status", "crimes_expected", "disposition", "reporter_informed"),
    clauses_decided_by={Incident: each_of("crimes_expected")},
)
