"""Who is notified of what: recipients and routes.

They are read from a TOML file, which is checked whole before anything is sent.

[[recipient]]
name = "registrar"                  # is written in the outbox and the audit log
role = "FCR"                        # escalations to this level reach them; optional
forces = ["LEICS"]                  # every force without it
user = "fcr.jones"                  # as they sign in: an alert that is assigned to them reaches them; optional
email = "registrar@force.example"   # or: webhook = "https://...", secret_env = "NAME" (or secret_file = "path")

[[route]]
rules = ["rape-not-recorded"]       # every rule without it
severities = ["CRITICAL", "HIGH"]   # every severity without it
forces = ["LEICS"]                  # every force without it
teams = ["City response A"]         # every team without it; with it, the route is also for assignments: of these
                                    # teams' alerts to anybody, and of any alert to one of these teams
statuses = ["AT_RISK", "BREACHED"]  # only BREACHED without it
to = ["registrar"]                  # recipients by name, and
roles = ["SUPERVISOR"]              # by role
digest = "also"                     # "never" without it; "only": the daily digest and nothing else
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from agents.notifier.settings import LOOPBACK, Address
from schemas.products import Alert, Severity
from schemas.quantities import counted
from streams.policy import Level
from streams.policy.action_policy import LEVELS
from streams.rules import RULES

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _checked_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        message = "a name of 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"
        raise ValueError(message)
    return text


Name = Annotated[str, AfterValidator(_checked_name)]
Force = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
NonBlank = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Digest = Literal["never", "also", "only"]
Channel = Literal["EMAIL", "WEBHOOK"]
_LEAST_SECRET: Final = 16


class RoutingError(ValueError):
    """The routing file cannot be used; one line says where and why, without addresses or secrets."""


class Recipient(BaseModel):
    """A person, a mailbox or a system that is notified."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    role: Level | None = None
    forces: tuple[Force, ...] = ()
    user: NonBlank | None = None
    email: Address | None = None
    webhook: str | None = None
    secret_env: str | None = None
    secret_file: Path | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.email is None) == (self.webhook is None):
            message = "needs either email or webhook"
            raise ValueError(message)
        if (self.secret_env is not None) + (self.secret_file is not None) != (self.webhook is not None):
            message = "a webhook, and nothing else, needs either secret_env or secret_file"
            raise ValueError(message)
        if self.webhook is not None:
            _check_url(self.webhook)
        return self

    @property
    def channel(self) -> Channel:
        """Return how they are notified."""
        return "EMAIL" if self.email is not None else "WEBHOOK"

    def sees(self, force: str) -> bool:
        """Return whether they may know of a force's alerts."""
        return not self.forces or force in self.forces

    def secret(self) -> bytes:
        """Read the secret that webhooks are signed with.  Raises RoutingError."""
        try:
            secret = (
                os.environ.get(self.secret_env, "").encode()
                if self.secret_env is not None
                else (self.secret_file or Path()).read_bytes().strip()
            )
        except OSError as failure:
            raise RoutingError(f"recipient {self.name}: secret_file: {failure.strerror}") from None
        if len(secret) < _LEAST_SECRET:
            raise RoutingError(f"recipient {self.name}: the secret needs at least {_LEAST_SECRET} bytes")
        return secret


class Route(BaseModel):
    """Which alerts go to whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    forces: tuple[Force, ...] = ()
    teams: tuple[NonBlank, ...] = ()
    statuses: tuple[Literal["AT_RISK", "BREACHED"], ...] = Field(default=("BREACHED",), min_length=1)
    to: tuple[Name, ...] = ()
    roles: tuple[Level, ...] = ()
    digest: Digest = "never"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if unknown := sorted(set(self.rules) - RULES.keys()):
            number = counted(len(unknown), "of them does", "of them do")
            message = f"rules: {number} not exist: see 'cdi policy check' for those that do"
            raise ValueError(message)
        if not self.to and not self.roles:
            message = "needs to or roles: nobody would be notified"
            raise ValueError(message)
        return self

    def matches(self, alert: Alert) -> bool:
        """Return whether the route is for an alert, whatever the alert's status."""
        return self._limits_let(alert) and (not self.teams or alert.team in self.teams)

    def matches_assignment(self, alert: Alert, assignee: str) -> bool:
        """Return whether the route is for an alert's assignment to somebody, or to a team."""
        return self._limits_let(alert) and (alert.team in self.teams or assignee in self.teams)

    def _limits_let(self, alert: Alert) -> bool:
        return (
            alert.rule_id in (self.rules or (alert.rule_id,))
            and alert.severity in (self.severities or (alert.severity,))
            and alert.force in (self.forces or (alert.force,))
        )

    def names(self, recipient: Recipient) -> bool:
        """Return whether the route names a recipient."""
        return recipient.name in self.to or (recipient.role is not None and recipient.role in self.roles)


class Routing(BaseModel):
    """The whole of a routing file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipient: tuple[Recipient, ...] = ()
    route: tuple[Route, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if duplicates := [
            name for name, count in Counter(recipient.name for recipient in self.recipient).items() if count > 1
        ]:
            message = f"recipient {duplicates[0]} is there twice"
            raise ValueError(message)
        names = {recipient.name for recipient in self.recipient}
        for number, route in enumerate(self.route, start=1):
            if unknown := sorted(set(route.to) - names):
                message = f"route {number}: to: {unknown[0]} is no recipient"
                raise ValueError(message)
            if vacant := sorted(set(route.roles) - {recipient.role for recipient in self.recipient}):
                message = f"route {number}: roles: no recipient is {vacant[0]}"
                raise ValueError(message)
        return self

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read a routing file.  Raises RoutingError."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as refusal:
            raise RoutingError(f"not a TOML file: {refusal}") from None
        except ValidationError as refusal:
            raise RoutingError(_first_error(refusal)) from None

    def recipients(self) -> dict[str, Recipient]:
        """Return every recipient, by name."""
        return {recipient.name: recipient for recipient in self.recipient}

    def recipients_of(self, alert: Alert) -> Iterator[Recipient]:
        """Yield who is notified at once of an alert in its present status."""
        routes = [route for route in self.route if route.digest != "only" and alert.status in route.statuses]
        return self._recipients(alert, routes)

    def reached_by_assignment(self, alert: Alert, assignee: str) -> Iterator[Recipient]:
        """Yield who is notified that an alert was assigned: whom it was assigned to, and a team's route."""
        routes = [route for route in self.route if route.digest != "only" and route.matches_assignment(alert, assignee)]
        return (
            recipient
            for recipient in self.recipient
            if recipient.sees(alert.force)
            and (recipient.user == assignee or any(route.names(recipient) for route in routes))
        )

    def digest_readers_of(self, alert: Alert) -> Iterator[Recipient]:
        """Yield whose digest an alert is in."""
        return self._recipients(alert, [route for route in self.route if route.digest != "never"])

    def digest_readers(self) -> list[Recipient]:
        """Return who gets a digest."""
        routes = [route for route in self.route if route.digest != "never"]
        return [recipient for recipient in self.recipient if any(route.names(recipient) for route in routes)]

    def at_level(self, level: str, force: str) -> Iterator[Recipient]:
        """Yield whom an escalation to a level reaches."""
        return (recipient for recipient in self.recipient if recipient.role == level and recipient.sees(force))

    def unreached(self) -> Iterator[tuple[Level, list[str]]]:
        """Yield each level at which an escalation reaches nobody, with the forces for which that is so.

        Without forces it reaches nobody at all.
        """
        forces = sorted({force for recipient in self.recipient for force in recipient.forces})
        for level in LEVELS:
            recipients = [recipient for recipient in self.recipient if recipient.role == level]
            lacking = [force for force in forces if recipients and not any(self.at_level(level, force))]
            if lacking or not recipients:
                yield level, lacking

    def _recipients(self, alert: Alert, routes: list[Route]) -> Iterator[Recipient]:
        matching = [route for route in routes if route.matches(alert)]
        return (
            recipient
            for recipient in self.recipient
            if recipient.sees(alert.force) and any(route.names(recipient) for route in matching)
        )


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:
        message = "webhook: no name or password in the address"
        raise ValueError(message)
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        message = "webhook: an https address (http to this machine only)"
        raise ValueError(message)


def _first_error(refusal: ValidationError) -> str:
    """Return the first error and its place, without the value."""
    error = refusal.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
