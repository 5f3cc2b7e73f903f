"""Secrets that ``feeds.toml`` names and never holds."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from deploy.connect.sources import SourceUnavailableError


class SecretReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names the place of a secret."""

    environment: str | None = None
    """The environment variable that holds it."""
    file: str | None = None
    """The file that holds it, alone; a path beside ``feeds.toml``."""

    def check(self, key: str) -> None:
        """Raise ValueError unless one place is named; ``key`` is that of the definition."""
        if (self.environment is None) == (self.file is None):
            raise ValueError(f"{key}: an environment variable or a file, {{ environment = ... }} or {{ file = ... }}")


def read_secret(key: str, reference: SecretReference, folder: Path) -> str:
    """Return a secret as it is now.  Raises SourceUnavailableError.

    ``key`` is the definition's, for the message; ``folder`` is that of ``feeds.toml``.
    """
    if reference.environment is not None:
        secret = os.environ.get(reference.environment, "").strip()
        place = f"the environment variable {reference.environment}"
    else:
        path = folder / Path(reference.file or "").expanduser()
        place = str(path)
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else "not text"
            raise SourceUnavailableError(f"{key}: {place}: {reason}") from None
    if not secret:
        raise SourceUnavailableError(f"{key}: {place} is not set, or empty")
    return secret
