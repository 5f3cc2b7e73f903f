"""The installation that a command is about: its settings, policy and Kafka."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agents.kafka.connectivity import connection_problem
from agents.settings.settings import Settings
from deploy.cli.framework.arguments import policy_book
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.local.cluster import running_kafka
from deploy.local.own_policy import own_policy

if TYPE_CHECKING:
    from streams.policy import PolicyBook


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment, except for the overrides.

    Where neither names a cluster, it is the one that ``cdi up`` runs on the data folder, if one runs there.  Where
    neither names a policy, it is policy.toml of the data folder, if there is one.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
        found: dict[str, object] = {}
        if "kafka" not in overrides and "CDI_KAFKA" not in os.environ:
            found["kafka"] = running_kafka(settings.data)
        if "policy" not in overrides and settings.policy is None:
            found["policy"] = own_policy(settings.data)
        if found := {name: value for name, value in found.items() if value is not None}:
            settings = Settings(**overrides, **found)  # type: ignore[arg-type]
    except ValidationError as refusal:
        raise UsageError("; ".join(_fault(error["loc"], error["msg"]) for error in refusal.errors())) from None
    return settings


def connected_settings() -> Settings:
    """Read the settings.  Raises CommandError where Kafka does not answer."""
    settings = read_settings()
    if (reason := connection_problem(settings)) is not None:
        raise CommandError(f"Kafka at {settings.kafka} {reason}")
    return settings


def book_of(settings: Settings) -> PolicyBook:
    """Read the installation's policy."""
    return policy_book(settings.policy)


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """Name a setting and what is wrong with it; never its value, which may be a password."""
    return f"CDI_{'__'.join(str(part).upper() for part in place)}: {message}"
