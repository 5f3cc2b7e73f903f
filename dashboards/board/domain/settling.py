"""What an assessment of a crime settles, in words for whoever gives it."""

from __future__ import annotations

from typing import Final

from schemas.products import Alert
from streams.obligations.assessments import REGISTRAR
from streams.policy import Policy
from streams.rules import crime_reclassified, incident_only_unseen

REASONED: Final = frozenset({crime_reclassified.RULE.id})
"""The rules whose alerts only an assessment with a class and a rationale settles."""


def settling_hint(alert: Alert, role: str, policy: Policy) -> str:
    """Say whether an assessment in a role settles an alert; empty where none ever does."""
    if alert.rule_id == incident_only_unseen.RULE.id:
        if role == REGISTRAR:
            return "Yours is the registrar's oversight, and settles this alert."
        return "Yours stands on the record; the registrar's settles this alert."
    if alert.rule_id != crime_reclassified.RULE.id:
        return ""
    first_class = next((fact.value for fact in alert.facts if fact.name == crime_reclassified.FIRST_CLASS), "")
    deciders = crime_reclassified.deciders(first_class, policy)
    if role in deciders:
        return "With the class that the crime has now, and why, yours settles this alert."
    if deciders == {REGISTRAR}:
        return "Yours stands on the record; from this class only the registrar reclassifies."
    return "Yours stands on the record; the registrar, the deputy and designated decision makers reclassify."
