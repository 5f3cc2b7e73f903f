"""other-force-unconfirmed: an incident was closed before the other force gave a crime number.

HMIC 2014, 2.1: crimes that occurred in another force area "are recorded and not closed until a crime number from the
force where the crime occurred has been recorded".
"""

from __future__ import annotations

from schemas.records import Incident
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.evidence import first_and_now
from streams.obligations.findings import Condition, Rule, feeds
from streams.obligations.lacking import each_of
from streams.obligations.text import has_text


def judge(incident: Matter[Incident], _context: Context) -> Condition | None:
    """Judge it wrong while CLOSED, with the other force named and without its crime reference."""
    newest = incident.newest
    if newest.status != "CLOSED" or not has_text(newest.other_force):
        return None
    return Condition(wrong=not has_text(newest.other_force_crime_ref))


RULE = Rule(
    id="other-force-unconfirmed",
    about={INCIDENT: feeds(Incident)},
    severity="MEDIUM",
    title="An incident passed to another force is closed without its crime number",
    obligation="Keep an incident that belongs to another force open until that force has given its crime number (HMIC "
    '2014, 2.1; CRR p9, Crime Related Incidents, 2: "dealt with and recorded by another police force").',
    runbook="Call the other force's control room or crime registrar for the crime number and enter it on the incident. "
    "If they have none, send the report again and re-open the incident until they do.",
    judge=judge,
    explain=first_and_now("status", "other_force", "other_force_crime_ref"),
    decided_by={Incident: each_of("other_force_crime_ref")},
)
