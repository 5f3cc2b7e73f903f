"""``cdi alerts link``: say that a crime is the one an alert misses, or take that back."""

from __future__ import annotations

import getpass
import uuid
from typing import Annotated, Final

import msgspec
import typer

from agents.kafka.correlation_headers import new_request
from agents.kafka.reader import latest_records
from agents.settings.clock import wall_clock
from agents.topics.links import newest_link
from deploy.cli.alert_actions import alerts
from deploy.cli.alerts import find_alert
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import tell
from schemas.identifiers import normalise
from schemas.products import Case
from streams.actions.linking import LINKER_ROLES, after, check_link, link_of
from streams.actions.roles import role_of
from streams.actions.validation import ActionRefusedError
from streams.topology.topics import CASES

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
    from agents.topics.audit_log import AuditLog  # noqa: PLC0415 - not for what is refused
    from agents.topics.judgements import JudgementProducer  # noqa: PLC0415

    settings, who = connected_settings(), by or getpass.getuser()
    alert, stated_role = find_alert(alert_id), role_of(role) or ""
    try:
        stated = link_of(alert, crime, event_id=str(uuid.uuid4()), source=SOURCE, at=wall_clock(), by=who)
        check_link(stated, stated_role, book_of(settings).actions)
    except ActionRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    newest = newest_link(settings, stated)
    if undo and (newest is None or not newest.confirmed):
        raise CommandError(f"nobody has linked {alert.subject_system} {alert.subject_ref} to {crime} here")
    if not undo:
        subject = (alert.force, "CIS", normalise(crime))
        cases = latest_records(settings, CASES, Case).values()
        if not any((case.force, case.system, case.normalised_ref) == subject for case in cases):
            raise CommandError(f"nothing is known of CIS {crime} of {alert.force}")
    stated = after(msgspec.structs.replace(stated, confirmed=not undo), newest)
    details = {"force": alert.force, "event_id": stated.event_id}
    with new_request() as request_id:
        with AuditLog(settings, "cli") as log:
            log.note(who, stated_role, "UNLINK" if undo else "LINK", f"{alert.alert_id} {stated.crime_ref}", details)
        JudgementProducer(settings).send(stated)
    done = "linked to" if stated.confirmed else "not linked any more to"
    tell(f"{alert.subject_system} {alert.subject_ref} {done} {stated.crime_ref} by {who} (request {request_id})")
