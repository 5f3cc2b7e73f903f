"""``cdi alerts ack``, ``assign``, ``note`` and the other actions on alerts.

As on the board, each is checked against the policy, noted in the audit log and written to the topic of actions.
"""

from __future__ import annotations

import getpass
import uuid
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from agents.kafka.correlation_headers import new_request
from agents.settings.clock import wall_clock
from agents.topics.actions import ActionProducer, actions_by_alert
from deploy.cli.alerts import alerts, all_alerts, find_alert, forces_seen
from deploy.cli.framework.arguments import moment, require_forces
from deploy.cli.framework.errors import UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import print_table, tell
from deploy.inspect.alerts import is_handled_by
from schemas.products import OPEN_STATUSES, ActionKind, Alert, AlertAction
from schemas.quantities import counted
from schemas.times import to_rfc3339
from streams.actions import ActionRefusedError, hand_over, role_of
from streams.policy import LEVELS, NotAllowedError, duration
from streams.policy.times_in_words import full_time

if TYPE_CHECKING:
    from agents.settings.settings import Settings

__all__ = ["alerts"]

AlertId: TypeAlias = Annotated[str, typer.Argument(metavar="ALERT", help="its alert_id, or the beginning of it")]
By: TypeAlias = Annotated[str | None, typer.Option(help="who does it; your login name without it")]
AsRole: TypeAlias = Annotated[
    str,
    typer.Option(
        "--role", envvar="CDI_ROLE", help="in which role: supervisor, duty-inspector, fcr, deputy-fcr, ddm or ops"
    ),
]
For: TypeAlias = Annotated[str | None, typer.Option("--for", help='how long it holds, such as "4h"')]
Until: TypeAlias = Annotated[str | None, typer.Option(help="through when it holds (RFC 3339), in place of --for")]


@alerts.command()
def ack(alert: AlertId, hold: For = None, until: Until = None, by: By = None, role: AsRole = "supervisor") -> None:
    """Say that you see to it; this expires after the policy's time unless you say otherwise."""
    _do("ACK", alert, by, role, hold=hold, until=until)


@alerts.command()
def assign(
    alert: AlertId,
    to: Annotated[str | None, typer.Option(help="who shall see to it; nobody any more without it")] = None,
    by: By = None,
    role: AsRole = "supervisor",
) -> None:
    """Give it to somebody, or take it from whoever has it."""
    _do("ASSIGN", alert, by, role, assignee=to)


@alerts.command()
def note(
    alert: AlertId,
    text: Annotated[str, typer.Argument(help="what you want to say")],
    by: By = None,
    role: AsRole = "supervisor",
) -> None:
    """Add a note."""
    _do("NOTE", alert, by, role, text=text)


@alerts.command()
def silence(
    alert: AlertId,
    reason: Annotated[str, typer.Option(help="why nobody shall be told")],
    hold: For = None,
    until: Until = None,
    by: By = None,
    role: AsRole = "supervisor",
) -> None:
    """Tell nobody about it for a while: never for ever, and never without a reason."""
    if hold is None and until is None:
        raise UsageError("a silence needs --for or --until: nothing holds for ever")
    _do("SILENCE", alert, by, role, text=reason, hold=hold, until=until)


@alerts.command()
def unsilence(alert: AlertId, by: By = None, role: AsRole = "supervisor") -> None:
    """End its silence."""
    _do("UNSILENCE", alert, by, role)


@alerts.command()
def escalate(
    alert: AlertId,
    to: Annotated[str, typer.Option(help=f"one of {', '.join(level.lower() for level in LEVELS)}")],
    reason: Annotated[str | None, typer.Option(help="why")] = None,
    by: By = None,
    role: AsRole = "supervisor",
) -> None:
    """Take it to a higher level."""
    _do("ESCALATE", alert, by, role, text=reason, level=role_of(to) or to)


@alerts.command()
def override(
    alert: AlertId,
    rationale: Annotated[str, typer.Option(help="why the alert needs nothing more, or does after all")],
    reopen: Annotated[bool, typer.Option("--reopen", help="take an earlier decision back")] = False,
    by: By = None,
    role: AsRole = "fcr",
) -> None:
    """Decide, as the Force Crime Registrar, that it needs nothing more."""
    _do("OVERRIDE", alert, by, role, text=rationale, outcome="REOPEN" if reopen else "CLOSE")


@alerts.command()
def handover(
    to: Annotated[str, typer.Option(help="who takes over")],
    force: Annotated[str, typer.Option(help="of which force")],
    text: Annotated[str | None, typer.Option(help="what they should know")] = None,
    by: By = None,
    role: AsRole = "supervisor",
) -> None:
    """Hand your shift over to somebody.

    All open alerts that are assigned to you or that you acknowledged become theirs.
    """
    settings = connected_settings()
    who, wall = by or getpass.getuser(), wall_clock()
    every_alert = all_alerts()
    require_forces([force], forces_seen(settings, every_alert))
    open_ids = {alert.alert_id for alert in every_alert if alert.force == force and alert.status in OPEN_STATUSES}
    mine = [
        alert_id
        for (_, alert_id), alert_actions in sorted(actions_by_alert(settings).items())
        if alert_id in open_ids
        if is_handled_by(alert_actions.handling(wall), who)
    ]
    action_id = str(uuid.uuid4())
    actions = hand_over(
        action_id=action_id, force=force, alert_ids=mine, by=who, role=_role(role), to=to, at=wall, text=text
    )
    request_id = _write(settings, list(actions), f"shift of {force}")
    tell(f"{counted(len(mine), 'alert')} handed over to {to} (request {request_id})")


@alerts.command("actions")
def actions_(alert_id: AlertId) -> None:
    """List what people did about an alert, oldest first."""
    alert = find_alert(alert_id)
    alert_actions = actions_by_alert(connected_settings()).get((alert.force, alert.alert_id))
    rows = alert_actions.actions if alert_actions is not None else ()
    print_table(("when (London)", "who", "role", "what", "until", "to", "text"), map(_line, rows))
    tell(counted(len(rows), "action"))


def _line(action: AlertAction) -> tuple[str, ...]:
    until = "" if action.expires_at is None else full_time(action.expires_at)
    to = action.assignee or action.level or action.outcome or ""
    return (full_time(action.at), action.by, action.role, action.kind, until, to, action.text or "")


def _do(
    kind: ActionKind,
    alert_id: str,
    by: str | None,
    role: str,
    *,
    hold: str | None = None,
    until: str | None = None,
    text: str | None = None,
    assignee: str | None = None,
    level: str | None = None,
    outcome: str | None = None,
) -> None:
    """Write one action on one alert."""
    settings = connected_settings()
    alert = find_alert(alert_id)
    wall = wall_clock()
    action = AlertAction(
        action_id=str(uuid.uuid4()),
        alert_id=alert.alert_id,
        force=alert.force,
        kind=kind,
        by=by or getpass.getuser(),
        role=_role(role),
        at=wall,
        text=text,
        assignee=assignee,
        level=level,
        outcome=outcome,
        expires_at=_expiry(settings, kind, wall, hold, until),
    )
    request_id = _write(settings, [action], alert.alert_id, alert)
    through = "" if action.expires_at is None else f" through {to_rfc3339(action.expires_at)}"
    tell(f"{kind} {alert.alert_id}{through} (request {request_id})")


def _expiry(settings: Settings, kind: ActionKind, wall: int, hold: str | None, until: str | None) -> int | None:
    """Return through when (ms) an action holds.

    Without options, an acknowledgement holds as long as the policy says.
    """
    if hold is not None and until is not None:
        raise UsageError("--for and --until: one of them")
    if until is not None:
        return moment("--until", until)
    if hold is not None:
        try:
            return wall + duration(hold)
        except NotAllowedError as refusal:
            raise UsageError(f"--for: {refusal}") from None
    return wall + book_of(settings).actions.acknowledgement if kind == "ACK" else None


def _role(text: str) -> str:
    role = role_of(text)
    if role is None or role == "SYSTEM":
        raise UsageError("--role: one of supervisor, duty-inspector, fcr, deputy-fcr, ddm, ops, auditor")
    return role


def _write(settings: Settings, actions: list[AlertAction], target: str, alert: Alert | None = None) -> str:
    """Check and write actions that belong together, and note them in the audit log.

    Return the request's id.
    """
    from agents.topics.audit_log import AuditLog  # noqa: PLC0415 - not for commands that only read

    producer = ActionProducer(settings, book_of(settings).actions)
    first = actions[0]
    try:
        producer.check_all(actions, alert)
        with new_request() as request_id:
            with AuditLog(settings, "cli") as log:
                log.note(first.by, first.role, first.kind, target, {"action_id": first.action_id})
            producer.send_all(actions, alert)
    except ActionRefusedError as refusal:
        raise UsageError(str(refusal)) from None
    return request_id
