"""The installation a command is about: the settings, and whether its Kafka answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agents.kafka.connectivity import connection_problem
from agents.settings.settings import Settings
from deploy.cli.framework.arguments import policy_book
from deploy.cli.framework.outcomes import CommandError, UsageError
from deploy.local.cluster import running_kafka

if TYPE_CHECKING:
    from streams.policy import PolicyBook


def installation(**told: object) -> Settings:
    """Read the settings; what a command was ``told`` goes before the environment.

    Where neither names a cluster, the one that ``cdi up`` runs here is meant.
    """
    try:
        settings = Settings(**told)  # type: ignore[arg-type]
        if "kafka" not in told and "CDI_KAFKA" not in os.environ:
            bootstrap = running_kafka(settings.data)
            if bootstrap is not None:
                settings = Settings(**told, kafka=bootstrap)  # type: ignore[arg-type]
    except ValidationError as refusal:
        raise UsageError("; ".join(_said(error["loc"], error["msg"]) for error in refusal.errors())) from None
    return settings


def connected() -> Settings:
    """Read the settings, and see to it that Kafka answers."""
    settings = installation()
    if (reason := connection_problem(settings)) is not None:
        raise CommandError(f"Kafka at {settings.kafka} {reason}")
    return settings


def book_of(settings: Settings) -> PolicyBook:
    """Read the installation's policy."""
    return policy_book(settings.policy)


def _said(place: tuple[int | str, ...], message: str) -> str:
    """Name a setting and what is wrong with it; never its value, which may be a password."""
    return f"CDI_{'__'.join(str(part).upper() for part in place)}: {message}"
