"""Read an assessment from a form, note and send it, and take one back.

Which assessments may be given :mod:`streams.actions.assessing` decides; who gives it is whoever is signed in.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final, NamedTuple, get_args

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.people import Person
from dashboards.board.domain.wording import sentence
from dashboards.board.http.security_headers import safe_path
from dashboards.board.ingest.apply import show_assessment_at_once
from dashboards.board.pages.alert_actions import action_id
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import assessments
from schemas.products import Case
from schemas.records import Assessment
from schemas.vocabularies import OFFENCE_CLASSES, JudgedSystem
from streams.actions import ActionRefusedError
from streams.actions.assessing import NO_CRIME_ROLES, assessor_role, check_assessment
from streams.policy.review_policy import ReviewPolicy

SOURCE: Final = "BOARD"
"""The source system instance that these assessments name."""
SYSTEMS: Final[tuple[JudgedSystem, ...]] = get_args(JudgedSystem)
_MOST_DIGITS: Final = 4
_NOT_SENT: Final = "The assessment could not be sent and was not taken. Try again."
_CLASS_BY_FAMILY: Final = {
    "VIOLENCE": "VIOLENCE",
    "ROBBERY": "ROBBERY",
    "BURGLARY": "BURGLARY",
    "THEFT": "THEFT",
    "DAMAGE": "CRIMINAL_DAMAGE",
}
"""The class of offence that a family of opening codes names without doubt."""
RATIONALES: Final = (
    "What was reported is no notifiable offence",
    "A civil dispute: nobody reports an offence",
    "Nuisance only: no offence is described",
    "The crime is recorded under another report",
)
"""Sentences offered where somebody decides that there is no crime."""


class AssessmentForm(NamedTuple):
    """What the form of an assessment needs to know of its record and of who assesses."""

    force: str
    system: str
    ref: str
    path: str
    """Where the form is sent."""
    likely_class: str | None
    decides: bool
    """Whether whoever assesses can decide that there is no crime, and then says why."""
    action_id: str
    hint: str = ""
    """What the assessment settles, in words."""
    says_why: bool = False
    """Whether the class and the rationale must be stated."""
    classes: tuple[str, ...] = tuple(sorted(OFFENCE_CLASSES))
    rationales: tuple[str, ...] = RATIONALES

    @property
    def counts_crimes(self) -> bool:
        """Whether it is about a report: of a crime, nobody says how many it discloses."""
        return self.system != "CIS"


def form_for(
    person: Person, force: str, system: str, ref: str, path: str, likely_class: str | None
) -> AssessmentForm | None:
    """Return the form by which a person assesses a record; None where they may not, or nobody can."""
    if system not in SYSTEMS or not person.may("assess"):
        return None
    decides = person.role in NO_CRIME_ROLES
    return AssessmentForm(force, system, ref, path, likely_class, decides, str(uuid.uuid4()))


def likely_class(case: Case | None, policy: ReviewPolicy) -> str | None:
    """Return the class of offence that a record states, or its opening code names; else None."""
    facts = {} if case is None else {fact.name: fact.value for fact in case.summary}
    stated = facts.get("offence_class")
    if stated in OFFENCE_CLASSES:
        return stated
    code = facts.get("opening_code")
    return None if code is None else _CLASS_BY_FAMILY.get(policy.families.of(code).name)


def assessment_of(visit: Visit, force: str, system: str, ref: str) -> Assessment:
    """Read an assessment of a record from a form.  Raises ActionRefusedError where it is none."""
    role = assessor_role(visit.person.role)
    if role is None or system not in SYSTEMS:
        raise ActionRefusedError("your role assesses no such record")
    at = visit.board.clock()
    crimes, offence_class = _answer(visit, system)
    assessment = Assessment(
        event_id=action_id(visit, f"{force}|{system}|{ref}"),
        force=force,
        source=SOURCE,
        event_time=at,
        system=system,
        ref=ref,
        crimes=crimes,
        offence_class=offence_class,
        offence_code=visit.text("offence_code") or None,
        reason=visit.text("reason") or None,
        rationale=visit.text("rationale") or None,
        assessed_by=visit.person.name,
        assessed_role=role,
        assessed_at=at,
    )
    check_assessment(assessment, visit.board.book.actions)
    return assessment


def _answer(visit: Visit, system: str) -> tuple[int | None, str | None]:
    """Return how many crimes, and of which class, a form says there are."""
    match visit.text("answer"):
        case "ONE":
            return 1, visit.text("likely") or None
        case "NONE":
            return 0, None
        case "STATED":
            crimes, offence_class = visit.text("crimes"), visit.text("offence_class") or None
            if system == "CIS":
                return None, offence_class
            if not (crimes.isascii() and crimes.isdigit() and len(crimes) <= _MOST_DIGITS):
                raise ActionRefusedError("say how many crimes the report discloses: a whole number, 0 among them")
            return int(crimes), offence_class
    raise ActionRefusedError("choose an answer")


def was_sent(visit: Visit, assessment: Assessment) -> bool:
    """Return whether this very form was sent before, by a second click."""
    with visit.board.model.reading() as connection:
        return assessments.was_sent(connection, assessment.event_id, assessment.assessed_by, assessment.force)


def send(visit: Visit, assessment: Assessment) -> str | None:
    """Note an assessment in the audit log, send it, and show it at once.

    Return in a sentence why it could not be sent, or None.
    """
    action = "REVOKE_ASSESSMENT" if assessment.revoked else "ASSESS"
    visit.board.note(visit.person, action, f"{assessment.system} {assessment.ref}")
    try:
        visit.board.judgements.send(assessment)
    except Exception:  # noqa: BLE001 - whatever happened, it was not taken, and whoever tried must know
        return _NOT_SENT
    show_assessment_at_once(visit.board.model, assessment)
    return None


def undo(visit: Visit) -> Response:
    """Take back an assessment of one's own, and go back to where it was given."""
    back = safe_path(visit.text("back"))
    with visit.board.model.reading() as connection:
        given = assessments.find(connection, visit.text("assessment_id"))
    if given is None or given.newest.assessed_by != visit.person.name or not visit.person.sees(given.newest.force):
        return visit.missing("There is no such assessment of yours.")
    if not given.newest.revoked:
        newest, at = given.newest, visit.board.clock()
        try:
            event_id = action_id(visit, given.assessment_id)
        except ActionRefusedError as refusal:
            return visit.page("message.html", 422, title="Not sent", sentence=sentence(str(refusal)))
        revoked = msgspec.structs.replace(
            newest, event_id=event_id, event_time=max(at, newest.event_time + 1), revoked=True
        )
        if (failure := send(visit, revoked)) is not None:
            return visit.page("message.html", 503, title="Not sent", sentence=failure)
    return RedirectResponse(back, SEE_OTHER)


def listing_of(given: Iterable[assessments.ShownAssessment]) -> dict[str, object]:
    """Return what the list of a record's assessments needs besides them."""
    return {"assessments": list(given), "undo_id": str(uuid.uuid4())}
