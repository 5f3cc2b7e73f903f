"""The board's settings: environment variables that begin with ``CDI_BOARD_``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = "127.0.0.1"


class BoardSettings(BaseSettings):
    """The settings of one board."""

    model_config = SettingsConfigDict(env_prefix="CDI_BOARD_", frozen=True, extra="ignore")

    database: str = ""
    """URL of the read model (``postgresql+psycopg://...``); empty: a SQLite file in ``data``."""
    data: Path = Path("~/.local/share/cdi")
    """Folder of the SQLite file."""
    host: str = LOOPBACK
    """Where to listen; loopback by default."""
    port: int = Field(default=8400, ge=0, le=65535)
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names, besides loopback's, under which browsers reach the board: commas between."""
    https: bool = False
    """Browsers reach the board by HTTPS (through a proxy that ends it): cookies are Secure, and HSTS is sent."""
    proxies: str = ""
    """Addresses of the proxies whose ``X-Forwarded-For`` is trusted: commas between."""
    secret: SecretStr | None = None
    """Signs cookies; without it one is created and stored in the read model."""
    policies: Path | None = None
    """Folder of policy files (``*.toml``) that a registrar may compare with the one in force."""
    comparison_days: int = Field(default=90, ge=1, le=3660)
    """How long a comparison of policies is kept."""
    session_hours: float = Field(default=12.0, gt=0, le=24.0)
    """How long a sign-in lasts: a shift."""
    local_users: bool = True
    """Whether people may sign in with a password that the board itself checks."""
    oidc_issuer: str | None = None
    """OpenID Connect provider; its configuration is at ``/.well-known/openid-configuration`` below this."""
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_role_claim: str = "cdi_role"
    """Claim that states the role: one of those that ``cdi board-user`` takes (text, or a list with one of them)."""
    oidc_forces_claim: str = "cdi_forces"
    """Claim that states the forces: a list, or text with commas."""
    public_url: str | None = None
    """How browsers reach the board, as ``https://board.example`` or, below a path, ``https://force.example/cdi``.

    Its forms may come from there, and the provider sends people back there.
    """

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            message = "it is as https://board.example or https://force.example/cdi"
            raise ValueError(message)
        return url

    @field_validator("data", "policies")
    @classmethod
    def _expand_home(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser()

    @model_validator(mode="after")
    def _check_oidc(self) -> Self:
        if self.oidc_issuer and (not self.oidc_client_id or self.oidc_client_secret is None):
            message = "oidc_issuer needs oidc_client_id and oidc_client_secret"
            raise ValueError(message)
        if not (self.local_users or self.oidc_issuer):
            message = "nobody could sign in: neither local users nor an OpenID provider"
            raise ValueError(message)
        return self

    @property
    def base_path(self) -> str:
        """The path below which browsers find the board: ``/cdi``; empty where it has a name of its own."""
        return urlsplit(self.public_url or "").path.rstrip("/")

    @property
    def database_url(self) -> str:
        """URL of the read model."""
        return self.database or f"sqlite:///{self.data / 'board.sqlite'}"
