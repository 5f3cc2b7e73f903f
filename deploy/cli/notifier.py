"""``cdi notifier``: send notifications about alerts, and escalate them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from agents.notifier.outbox import OutboxError
from agents.notifier.routing import Routing, RoutingError
from agents.notifier.service import AlreadyRunningError, run_notifier
from agents.notifier.settings import NotifierSettings
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import tell
from deploy.cli.framework.parent import StopWithParent
from deploy.local.child_process import stop_with_parent
from schemas.quantities import counted


def notifier(
    routes: Annotated[Path | None, typer.Option(help="who is told what (TOML); CDI_NOTIFIER_ROUTES without it")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="only say whether the settings and routes can be used")
    ] = False,
    with_parent: StopWithParent = False,
) -> None:
    """Read who is told what from a file of routes; without one, alerts escalate and nobody is told."""
    notifier_settings, routing = notifications(routes)
    if notifier_settings.routes is None:
        tell("No routes (CDI_NOTIFIER_ROUTES): alerts escalate, and nobody is told")
    for level, forces in routing.unreached() if notifier_settings.routes is not None else ():
        whose = f" for {', '.join(forces)}" if forces else ""
        tell(f"{notifier_settings.routes}: no recipient has the role {level}{whose}: escalating to it tells nobody")
    try:
        if check:
            recipients = counted(len(routing.recipient), "recipient")
            routes_ = counted(len(routing.route), "route")
            tell(f"{recipients} and {routes_}, all of which can be used")
            return
        settings = connected_settings()
        if with_parent:
            stop_with_parent()
        run_notifier(settings, notifier_settings, routing, book_of(settings))
    except RoutingError as refusal:
        raise UsageError(f"{notifier_settings.routes}: {refusal}") from None
    except (AlreadyRunningError, OutboxError) as failure:
        raise CommandError(str(failure)) from None


def notifications(routes: Path | None = None) -> tuple[NotifierSettings, Routing]:
    """Read the notifier's settings and routes.  Raises UsageError where one of them cannot be used."""
    notifier_settings = _settings(routes)
    routing = _routing(notifier_settings.routes)
    try:
        for recipient in routing.recipient:
            if recipient.webhook is not None:
                recipient.secret()
    except RoutingError as refusal:
        raise UsageError(f"{notifier_settings.routes}: {refusal}") from None
    return notifier_settings, routing


def _settings(routes: Path | None) -> NotifierSettings:
    try:
        notifier_settings = NotifierSettings()
    except ValidationError as refusal:
        error = refusal.errors(include_input=False, include_url=False)[0]
        place = "_".join(str(part).upper() for part in error["loc"])
        raise UsageError(f"CDI_NOTIFIER_{place}: {error['msg']}") from None
    return notifier_settings if routes is None else notifier_settings.model_copy(update={"routes": routes})


def _routing(file: Path | None) -> Routing:
    if file is None:
        return Routing()
    try:
        return Routing.from_toml(file.read_text(encoding="utf-8"))
    except RoutingError as refusal:
        raise UsageError(f"{file}: {refusal}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: not UTF-8 text") from None
    except OSError as failure:
        raise UsageError(f"{file}: {failure.strerror or failure}") from None
