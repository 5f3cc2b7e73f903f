"""Refuse assessments before they are written: those that say nothing, or that nobody may give so."""

from __future__ import annotations

from typing import Final, get_args

from schemas.admission import require_text
from schemas.records import Assessment
from schemas.refusals import BadRecordError
from schemas.vocabularies import OFFENCE_CLASSES, AssessorRole
from streams.actions.roles import role_of
from streams.actions.validation import ActionRefusedError
from streams.policy.action_policy import ActionPolicy

ASSESSOR_ROLES: Final[tuple[AssessorRole, ...]] = get_args(AssessorRole)
NO_CRIME_ROLES: Final = frozenset({"FCR", "DEPUTY_FCR", "DDM"})
"""Who may decide that a report discloses no crime."""
MOST_CRIMES: Final = 1_000
"""In one report; more is a slip of the finger."""


def assessor_role(stated: str) -> AssessorRole | None:
    """Return the role that is named, in any spelling (``deputy-fcr``); None for any other role."""
    named = role_of(stated)
    return next((role for role in ASSESSOR_ROLES if role == named), None)


def check_assessment(assessment: Assessment, policy: ActionPolicy) -> None:
    """Raise ActionRefusedError, with a sentence for whoever assesses, unless the assessment may be given."""
    refusal = _fault_in_text(assessment, policy) or (None if assessment.revoked else _fault_in(assessment))
    if refusal is not None:
        raise ActionRefusedError(refusal)


def _fault_in(assessment: Assessment) -> str | None:
    if assessment.crimes is None and not (assessment.offence_class or assessment.rationale or assessment.reason):
        return "an assessment says how many crimes there are, or something else of the record"
    if assessment.crimes is not None and not 0 <= assessment.crimes <= MOST_CRIMES:
        return f"a number of crimes is from 0 to {MOST_CRIMES}"
    if assessment.offence_class is not None and assessment.offence_class not in OFFENCE_CLASSES:
        return f"an offence class is one of {', '.join(sorted(OFFENCE_CLASSES))}"
    if (
        assessment.crimes == 0
        and assessment.assessed_role in NO_CRIME_ROLES
        and not (assessment.rationale or "").strip()
    ):
        return "who decides that there is no crime says why: it needs a rationale"
    return None


def _fault_in_text(assessment: Assessment, policy: ActionPolicy) -> str | None:
    try:
        require_text(assessment)
    except BadRecordError as refusal:
        return refusal.detail
    if not assessment.assessed_by.strip():
        return "somebody assesses it: name them"
    texts = (assessment.rationale, assessment.reason, assessment.assessed_by)
    if any(text is not None and len(text) > policy.text_longest for text in texts):
        return f"more than {policy.text_longest} characters"
    return None
