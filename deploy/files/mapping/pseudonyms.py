"""Pseudonyms of people: the same person is the same token, and nobody without the key can tell who.

A bare hash of a name or a number is none: whoever holds the list of all people hashes it and compares.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

_FEWEST_BYTES: Final = 16
_DIGITS: Final = 32


class PseudonymKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Where the key of pseudonyms is; the mapping never holds it."""

    environment: str | None = None
    """The name of an environment variable."""
    file: str | None = None
    """The path of a file."""

    @cached_property
    def secret(self) -> bytes:
        """The key, without white space around it.  Raises ValueError where there is none to be had."""
        if (self.environment is None) == (self.file is None):
            raise ValueError("the key is in one of environment and file")
        if self.environment is not None:
            place = f"the environment variable {self.environment}"
            key = os.environ.get(self.environment, "").encode(errors="surrogateescape").strip()
        else:
            place = f"the file {self.file}"
            try:
                key = Path(self.file or "").read_bytes().strip()
            except (OSError, ValueError) as failure:
                raise ValueError(f"{place} cannot be read: {getattr(failure, 'strerror', None) or failure}") from None
        if len(key) < _FEWEST_BYTES:
            raise ValueError(f"{place} holds no key of {_FEWEST_BYTES} bytes or more")
        return key

    def token(self, text: str) -> str:
        """Return the pseudonym of a text: HMAC-SHA-256, the first 32 hexadecimal digits."""
        return hmac.new(self.secret, text.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()[:_DIGITS]
