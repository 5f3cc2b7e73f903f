"""``cdi alerts link`` and ``link-report``: say that a report and a crime belong together."""

from __future__ import annotations

import getpass
import uuid
from typing import Annotated, Final

import msgspec
import typer

from agents.kafka.correlation_headers import new_request
from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.links import newest_link
from deploy.cli.alert_actions import alerts
from deploy.cli.alerts import find_alert
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import tell
from schemas.identifiers import normalise
from schemas.products import Alert, Case
from schemas.records import Link
from streams.actions.linking import LINKED_SYSTEMS, LINKER_ROLES, after, check_link, link_of
from streams.actions.roles import role_of
from streams.actions.validation import ActionRefusedError
from streams.topology.topics import ALERTS, CASES

__all__ = ["alerts"]

SOURCE: Final = "CLI"
"""The source system instance that these links name."""
_ROLES_SHOWN: Final = ", ".join(sorted(role.lower().replace("_", "-") for role in LINKER_ROLES))


@alerts.command()
def link(
    alert_id: Annotated[str, typer.Argument(metavar="ALERT", help="its alert_id, or the beginning of it")],
    crime: Annotated[str, typer.Argument(help="the reference of the crime that belongs to its report")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="say that the two do not belong together after all")] = False,
    by: Annotated[str | None, typer.Option(help="who says so; your login name without it")] = None,
    role: Annotated[
        str, typer.Option("--role", envvar="CDI_ROLE", help=f"in which role: {_ROLES_SHOWN}")
    ] = "supervisor",
) -> None:
    """Say that a crime is the one it misses: a link like those in the systems, by the audit log."""
    who, alert = by or getpass.getuser(), find_alert(alert_id)
    try:
        stated = link_of(alert, crime, event_id=str(uuid.uuid4()), source=SOURCE, at=wall_clock(), by=who)
    except ActionRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    _state(stated, role, f"{alert.alert_id} {stated.crime_ref}", undo=undo)


@alerts.command("link-report")
def link_report(
    force: Annotated[str, typer.Argument(help="the force that holds both")],
    system: Annotated[str, typer.Argument(help=f"the report's: {', '.join(LINKED_SYSTEMS)}")],
    ref: Annotated[str, typer.Argument(help="the report's reference")],
    crime: Annotated[str, typer.Argument(help="the reference of the crime that nobody reported, as it seemed")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="say that the two do not belong together after all")] = False,
    by: Annotated[str | None, typer.Option(help="who says so; your login name without it")] = None,
    role: Annotated[
        str, typer.Option("--role", envvar="CDI_ROLE", help=f"in which role: {_ROLES_SHOWN}")
    ] = "supervisor",
) -> None:
    """Say that a report is the one of a crime that nothing links, where there is no alert."""
    left_system = next((one for one in LINKED_SYSTEMS if one == system.upper()), None)
    if left_system is None:
        raise UsageError(f"SYSTEM: {system} is none of {', '.join(LINKED_SYSTEMS)}")
    stated = Link(
        event_id=str(uuid.uuid4()),
        force=force,
        source=SOURCE,
        event_time=wall_clock(),
        left_system=left_system,
        left_ref=ref.strip(),
        crime_ref=crime.strip(),
        confirmed=True,
        confirmed_by=by or getpass.getuser(),
    )
    _state(stated, role, f"{left_system} {stated.left_ref} {stated.crime_ref}", undo=undo)


def _state(stated: Link, role: str, target: str, *, undo: bool) -> None:
    """Check a link, note it in the audit log with its target, and send it or what takes it back."""
    from agents.topics.audit_log import AuditLog  # noqa: PLC0415 - not for what is refused
    from agents.topics.judgements import JudgementProducer  # noqa: PLC0415

    settings, stated_role = connected_settings(), role_of(role) or ""
    try:
        check_link(stated, stated_role, book_of(settings).actions)
    except ActionRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    report, who = f"{stated.left_system} {stated.left_ref}", stated.confirmed_by
    newest = newest_link(settings, stated)
    if undo and (newest is None or not newest.confirmed):
        raise CommandError(f"nobody has linked {report} to {stated.crime_ref} here")
    if not undo:
        _require_known(settings, stated)
    stated = after(msgspec.structs.replace(stated, confirmed=not undo), newest)
    details = {"force": stated.force, "event_id": stated.event_id}
    with new_request() as request_id:
        with AuditLog(settings, "cli") as log:
            log.note(who, stated_role, "UNLINK" if undo else "LINK", target, details)
        JudgementProducer(settings).send(stated)
    done = "linked to" if stated.confirmed else "not linked any more to"
    tell(f"{report} {done} {stated.crime_ref} by {who} (request {request_id})")


def _require_known(settings: Settings, stated: Link) -> None:
    """Raise CommandError unless both records of a link are known, a report by an alert at least."""
    cases = latest_records(settings, CASES, Case).values()
    held = {(case.force, str(case.system), case.normalised_ref) for case in cases}
    held |= {
        (alert.force, alert.subject_system, normalise(alert.subject_ref))
        for alert in latest_records(settings, ALERTS, Alert).values()
    }
    for system, ref in (("CIS", stated.crime_ref), (stated.left_system, stated.left_ref)):
        if (stated.force, system, normalise(ref)) not in held:
            raise CommandError(f"nothing is known of {system} {ref} of {stated.force}")
