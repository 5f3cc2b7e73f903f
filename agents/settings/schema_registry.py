"""Where the schema registry is; its client is not loaded here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr


class RegistryError(RuntimeError):
    """The registry does not answer, or refuses; the sentence is for a user and names no secret."""


class RegistryAddress(NamedTuple):
    """The registry's URL, and the credentials and certificates for it."""

    url: str
    username: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
