"""The rule catalogue: every rule, one module each, named after its id."""

from __future__ import annotations

from streams.findings import Rule
from streams.rules import (
    asb_crime_not_recorded,
    call_review_overdue,
    cancelled_without_decision,
    crime_not_recorded,
    crime_reference_unknown,
    feed_silent,
    incident_closed_unresolved,
    no_crime_unauthorised,
    no_crime_unsupported,
    offence_misclassified,
    rape_not_overseen,
    rape_not_recorded,
    referral_unlinked,
    report_undecided,
    theme_emerging,
)

CATALOGUE: tuple[Rule, ...] = (
    crime_not_recorded.RULE,
    report_undecided.RULE,
    incident_closed_unresolved.RULE,
    rape_not_recorded.RULE,
    rape_not_overseen.RULE,
    crime_reference_unknown.RULE,
    offence_misclassified.RULE,
    referral_unlinked.RULE,
    asb_crime_not_recorded.RULE,
    no_crime_unauthorised.RULE,
    no_crime_unsupported.RULE,
    cancelled_without_decision.RULE,
    call_review_overdue.RULE,
    theme_emerging.RULE,
    feed_silent.RULE,
)
RULES: dict[str, Rule] = {rule.id: rule for rule in CATALOGUE}
