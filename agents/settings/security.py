"""How a process and Kafka prove to one another who they are."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Security(BaseModel):
    """One description for both clients: librdkafka (producers, admin, readers) and Faust's consumer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None
    """Certificates of those we trust to vouch for the broker; the system's own without it."""
    certificate: Path | None = None
    """Our own certificate, for mutual TLS."""
    key: Path | None = None
    key_password: SecretStr | None = None

    @model_validator(mode="after")
    def _check(self) -> Security:
        if self.protocol.startswith("SASL_") and (not self.username or self.password is None):
            message = "SASL needs a username and a password"
            raise ValueError(message)
        if (self.certificate is None) != (self.key is None):
            message = "certificate and key go together"
            raise ValueError(message)
        return self

    @property
    def uses_tls(self) -> bool:
        """Whether what travels is encrypted."""
        return self.protocol.endswith("SSL")

    def librdkafka(self) -> dict[str, str]:
        """Say it in librdkafka's words."""
        said: dict[str, str] = {"security.protocol": self.protocol}
        if self.protocol.startswith("SASL_"):
            said |= {
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username or "",
                "sasl.password": _open(self.password),
            }
        if self.uses_tls:
            files = {"ssl.ca": self.ca, "ssl.certificate": self.certificate, "ssl.key": self.key}
            said |= {f"{name}.location": str(file) for name, file in files.items() if file is not None}
            if self.key_password is not None:
                said["ssl.key.password"] = _open(self.key_password)
        return said

    def faust(self) -> CredentialsT | None:
        """Say it in Faust's; None where nothing is proved."""
        from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415 - the command line starts without Faust

        context = self.tls_context() if self.uses_tls else None
        if self.protocol.startswith("SASL_"):
            return SASLCredentials(
                username=self.username, password=_open(self.password), mechanism=self.mechanism, ssl_context=context
            )
        return SSLCredentials(context) if context is not None else None

    def tls_context(self) -> ssl.SSLContext:
        """Say it in Python's own; OSError (or its SSLError) where a file is missing or is none."""
        context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        if self.certificate is not None and self.key is not None:
            password = None if self.key_password is None else _open(self.key_password)
            context.load_cert_chain(self.certificate, self.key, password)
        return context


def _open(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
