"""Who is told what: recipients and routes, read from a TOML file and checked whole before anything is sent.

[[recipient]]
name = "registrar"                  # stands in the outbox and the audit log
role = "FCR"                        # whom an escalation to this level reaches; optional
forces = ["LEICS"]                  # every force without it
email = "registrar@force.example"   # or: webhook = "https://...", secret_env = "NAME" (or secret_file = "path")

[[route]]
rules = ["rape-not-recorded"]       # every rule without it
severities = ["CRITICAL", "HIGH"]   # every severity without it
forces = ["LEICS"]                  # every force without it
statuses = ["AT_RISK", "BREACHED"]  # only BREACHED without it
to = ["registrar"]                  # recipients by name, and
roles = ["SUPERVISOR"]              # by role
digest = "also"                     # "never" without it; "only": nothing but the daily digest
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
from streams.policy import Level
from streams.policy.handling import LEVELS
from streams.rules import RULES

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _a_name(stated: str) -> str:
    if not _NAME.fullmatch(stated):
        message = "a name of 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"
        raise ValueError(message)
    return stated


Name = Annotated[str, AfterValidator(_a_name)]
Force = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Digest = Literal["never", "also", "only"]
Channel = Literal["EMAIL", "WEBHOOK"]
_LEAST_SECRET: Final = 16


class RoutingError(ValueError):
    """A routing file that cannot be used: one line that says where and why, without addresses or secrets."""


class Recipient(BaseModel):
    """Somebody, or something, that is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    role: Level | None = None
    forces: tuple[Force, ...] = ()
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
        """How they are told."""
        return "EMAIL" if self.email is not None else "WEBHOOK"

    def sees(self, force: str) -> bool:
        """Whether a force's alerts are theirs to know of."""
        return not self.forces or force in self.forces

    def secret(self) -> bytes:
        """Read what a webhook is signed with.  Raises RoutingError."""
        try:
            found = (
                os.environ.get(self.secret_env, "").encode()
                if self.secret_env is not None
                else (self.secret_file or Path()).read_bytes().strip()
            )
        except OSError as failure:
            raise RoutingError(f"recipient {self.name}: secret_file: {failure.strerror}") from None
        if len(found) < _LEAST_SECRET:
            raise RoutingError(f"recipient {self.name}: the secret needs at least {_LEAST_SECRET} bytes")
        return found


class Route(BaseModel):
    """Which alerts go to whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    forces: tuple[Force, ...] = ()
    statuses: tuple[Literal["AT_RISK", "BREACHED"], ...] = Field(default=("BREACHED",), min_length=1)
    to: tuple[Name, ...] = ()
    roles: tuple[Level, ...] = ()
    digest: Digest = "never"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if unknown := sorted(set(self.rules) - RULES.keys()):
            message = f"rules: {len(unknown)} of them there are not: see 'cdi policy check' for those there are"
            raise ValueError(message)
        if not self.to and not self.roles:
            message = "needs to or roles: nobody would be told"
            raise ValueError(message)
        return self

    def takes(self, alert: Alert) -> bool:
        """Whether an alert, whatever its status, goes this way."""
        return (
            alert.rule_id in (self.rules or (alert.rule_id,))
            and alert.severity in (self.severities or (alert.severity,))
            and alert.force in (self.forces or (alert.force,))
        )

    def reaches(self, recipient: Recipient) -> bool:
        """Whether a recipient is meant."""
        return recipient.name in self.to or (recipient.role is not None and recipient.role in self.roles)


class Routing(BaseModel):
    """The whole of a routing file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipient: tuple[Recipient, ...] = ()
    route: tuple[Route, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if twice := [name for name, count in Counter(each.name for each in self.recipient).items() if count > 1]:
            message = f"recipient {twice[0]} is there twice"
            raise ValueError(message)
        names = {each.name for each in self.recipient}
        for number, route in enumerate(self.route, start=1):
            if strangers := sorted(set(route.to) - names):
                message = f"route {number}: to: {strangers[0]} is no recipient"
                raise ValueError(message)
            if lonely := sorted(set(route.roles) - {each.role for each in self.recipient}):
                message = f"route {number}: roles: no recipient is {lonely[0]}"
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
            raise RoutingError(_said(refusal)) from None

    def recipients(self) -> dict[str, Recipient]:
        """Every recipient, by name."""
        return {each.name: each for each in self.recipient}

    def told_of(self, alert: Alert) -> Iterator[Recipient]:
        """Who is told at once of an alert in its present status."""
        routes = [route for route in self.route if route.digest != "only" and alert.status in route.statuses]
        return self._reached(alert, routes)

    def digest_of(self, alert: Alert) -> Iterator[Recipient]:
        """Whose digest an alert is in."""
        return self._reached(alert, [route for route in self.route if route.digest != "never"])

    def digest_readers(self) -> list[Recipient]:
        """Who gets a digest at all."""
        routes = [route for route in self.route if route.digest != "never"]
        return [each for each in self.recipient if any(route.reaches(each) for route in routes)]

    def at_level(self, level: str, force: str) -> Iterator[Recipient]:
        """Whom an escalation to a level reaches."""
        return (each for each in self.recipient if each.role == level and each.sees(force))

    def unreached(self) -> Iterator[tuple[Level, list[str]]]:
        """Yield each level at which an escalation reaches nobody, with those of the forces named for which it is so.

        No force with it: it reaches nobody at all.
        """
        forces = sorted({force for each in self.recipient for force in each.forces})
        for level in LEVELS:
            there = [each for each in self.recipient if each.role == level]
            lacking = [force for force in forces if there and not any(self.at_level(level, force))]
            if lacking or not there:
                yield level, lacking

    def _reached(self, alert: Alert, routes: list[Route]) -> Iterator[Recipient]:
        taken = [route for route in routes if route.takes(alert)]
        return (
            each for each in self.recipient if each.sees(alert.force) and any(route.reaches(each) for route in taken)
        )


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:
        message = "webhook: no name or password in the address"
        raise ValueError(message)
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        message = "webhook: an https address (http to this machine only)"
        raise ValueError(message)


def _said(refusal: ValidationError) -> str:
    """Say what is wrong first, and where; never the value."""
    error = refusal.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
