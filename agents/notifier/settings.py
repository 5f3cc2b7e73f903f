"""The notifier's own settings: environment variables that begin with ``CDI_NOTIFIER_``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[A-Za-z0-9.-]{1,189}")


def _checked_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        message = "an e-mail address alone, without a name beside it"
        raise ValueError(message)
    return text


Address = Annotated[str, AfterValidator(_checked_address)]
"""An e-mail address without a name."""


class NotifierSettings(BaseSettings):
    """The settings of one notifier."""

    model_config = SettingsConfigDict(env_prefix="CDI_NOTIFIER_", frozen=True, extra="ignore")

    routes: Path | None = None
    """The routing file (TOML); without it nobody is notified, while alerts still escalate."""
    board: str = Field(default="http://127.0.0.1:8400", pattern=r"^https?://[^\s]+$")
    """Where people reach the board: links in messages begin with it."""
    sender: Address = "cdi@localhost"
    """The address e-mail comes from; its domain is that of Message-IDs."""
    smtp_host: str = "localhost"
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` is for a mail server on this machine only."""
    smtp_ca: Path | None = None
    """The certificate authorities that are trusted for the mail server; the system's own without it."""
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    patience_seconds: float = Field(default=30.0, gt=0, le=600.0)
    """How long one attempt may take, in seconds, from connecting to the answer."""
    anchor_seconds: float = Field(default=3600.0, gt=0)
    """How often the heads of the audit log are anchored, in seconds."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.smtp_tls == "none" and self.smtp_host not in LOOPBACK:
            message = "smtp_tls: none is for a mail server on this machine only"
            raise ValueError(message)
        if (self.smtp_username is None) != (self.smtp_password is None):
            message = "smtp_username and smtp_password go together"
            raise ValueError(message)
        return self
