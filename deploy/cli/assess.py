"""``cdi assess``: say how many crimes a report discloses or what a crime is, or take it back."""

from __future__ import annotations

import getpass
import uuid
from typing import TYPE_CHECKING, Annotated, Final, get_args

import msgspec
import typer

from agents.kafka.correlation_headers import new_request
from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.topics.assessments import assessments_by
from deploy.cli.framework.arguments import require_forces
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import tell
from schemas.identifiers import normalise
from schemas.products import Case, ForceClock
from schemas.records import Assessment
from schemas.vocabularies import AssessorRole, JudgedSystem
from streams.actions.assessing import ASSESSOR_ROLES, NO_CRIME_ROLES, assessor_role, check_assessment
from streams.actions.validation import ActionRefusedError
from streams.topology.topics import CASES, CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

SOURCE: Final = "CLI"
"""The source system instance that these assessments name."""
SYSTEMS: Final[tuple[JudgedSystem, ...]] = get_args(JudgedSystem)
_ROLES_SHOWN: Final = ", ".join(role.lower().replace("_", "-") for role in ASSESSOR_ROLES)


def assess(
    record: Annotated[str, typer.Argument(metavar="SYSTEM:REF", help="what you assess, such as STORM:2013-0123")],
    *,
    crimes: Annotated[int | None, typer.Option(help="how many crimes it discloses; 0 is an answer")] = None,
    offence_class: Annotated[str | None, typer.Option("--class", help="of which class, such as VIOLENCE")] = None,
    offence_code: Annotated[str | None, typer.Option("--code", help="under which Home Office code")] = None,
    reason: Annotated[str | None, typer.Option(help="why, in a word of your force")] = None,
    rationale: Annotated[str | None, typer.Option(help="why, in a sentence; who decides on none must say")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="take back the newest that you gave of it")] = False,
    force: Annotated[str | None, typer.Option(help="of which force; needed where there are several")] = None,
    by: Annotated[str | None, typer.Option(help="who assesses; your login name without it")] = None,
    role: Annotated[
        str, typer.Option("--role", envvar="CDI_ROLE", help=f"in which role: {_ROLES_SHOWN}")
    ] = "supervisor",
) -> None:
    """Write your assessment to its topic, by the audit log; your newest replaces those before.

    That there is no crime, the registrar, the deputy and designated decision makers decide; by others it says that
    somebody has looked.  Of a crime (CIS:REF) they say with --class and --rationale that it was reclassified rightly.
    """
    system, ref = _subject(record)
    settings, who, wall = connected_settings(), by or getpass.getuser(), wall_clock()
    of_force = _force(settings, force)
    if revoke:
        assessment = _revoked(assessments_by(settings, of_force, system, ref, who), record)
    else:
        _require_known(settings, of_force, system, ref)
        assessment = Assessment(
            event_id=str(uuid.uuid4()),
            force=of_force,
            source=SOURCE,
            event_time=wall,
            system=system,
            ref=ref,
            crimes=crimes,
            offence_class=offence_class and offence_class.upper(),
            offence_code=offence_code,
            reason=reason,
            rationale=rationale,
            assessed_by=who,
            assessed_role=_role(role),
            assessed_at=wall,
        )
    request_id = _write(settings, msgspec.structs.replace(assessment, event_id=str(uuid.uuid4()), event_time=wall))
    done = "taken back" if revoke else "assessed"
    tell(f"{system} {assessment.ref} {done} by {who} as {assessment.assessed_role} (request {request_id})")
    if not revoke and (hint := _hint(assessment)):
        tell(hint)


def _hint(assessment: Assessment) -> str | None:
    """Return in a sentence what an assessment does not settle, where whoever gives it may think so."""
    decides = assessment.assessed_role in NO_CRIME_ROLES
    if assessment.crimes == 0 and not decides:
        return "This says that somebody has looked; that there is no crime, fcr, deputy-fcr or ddm must say (--role)"
    if assessment.system != "CIS" or (decides and assessment.offence_class and (assessment.rationale or "").strip()):
        return None
    return "This settles no reclassification; fcr, deputy-fcr or ddm must say the class and why (--class, --rationale)"


def _subject(record: str) -> tuple[JudgedSystem, str]:
    stated, colon, ref = record.partition(":")
    system = next((system for system in SYSTEMS if system == stated.strip().upper()), None)
    if not colon or system is None or not normalise(ref):
        raise UsageError(f"SYSTEM:REF: a reference behind one of {', '.join(SYSTEMS)} and a colon")
    return system, ref.strip()


def _role(stated: str) -> AssessorRole:
    role = assessor_role(stated)
    if role is None:
        raise UsageError(f"--role: one of {_ROLES_SHOWN}")
    return role


def _force(settings: Settings, force: str | None) -> str:
    known = latest_records(settings, CLOCKS, ForceClock).keys()
    if force is not None:
        require_forces([force], known)
        return force
    if len(known) != 1:
        raise UsageError(f"--force: one of {', '.join(sorted(known)) or 'the forces that a worker has heard of'}")
    return next(iter(known))


def _require_known(settings: Settings, force: str, system: str, ref: str) -> None:
    """Raise CommandError where no system holds the record: most likely it is mistyped."""
    subject = (force, system, normalise(ref))
    cases = latest_records(settings, CASES, Case).values()
    if not any((case.force, case.system, case.normalised_ref) == subject for case in cases):
        raise CommandError(f"nothing is known of {system} {ref} of {force}")


def _revoked(given: list[Assessment], record: str) -> Assessment:
    if not given:
        raise CommandError(f"you have given no assessment of {record} that could be taken back")
    return msgspec.structs.replace(given[-1], revoked=True)


def _write(settings: Settings, assessment: Assessment) -> str:
    """Check an assessment, note it in the audit log, and send it; return the request's id."""
    from agents.topics.audit_log import AuditLog  # noqa: PLC0415 - not for what is refused
    from agents.topics.feeds import FeedProducer  # noqa: PLC0415

    try:
        check_assessment(assessment, book_of(settings).actions)
    except ActionRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    target = f"{assessment.system} {assessment.ref}"
    details = {"force": assessment.force, "event_id": assessment.event_id}
    with new_request() as request_id:
        with AuditLog(settings, "cli") as log:
            action = "REVOKE_ASSESSMENT" if assessment.revoked else "ASSESS"
            log.note(assessment.assessed_by, assessment.assessed_role, action, target, details)
        producer = FeedProducer(settings)
        producer.send(assessment)
        producer.flush()
    return request_id
