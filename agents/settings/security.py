"""Authentication and encryption between a process and Kafka."""

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
    """One description for both clients: librdkafka writes and asks, aiokafka fetches what is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None
    """Certificates of the authorities that sign the broker's; the system's own without it."""
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
        """Whether connections are encrypted."""
        return self.protocol.endswith("SSL")

    def librdkafka(self) -> dict[str, str]:
        """Return the settings of a librdkafka client."""
        config: dict[str, str] = {"security.protocol": self.protocol}
        if self.protocol.startswith("SASL_"):
            config |= {
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username or "",
                "sasl.password": _reveal(self.password),
            }
        if self.uses_tls:
            files = {"ssl.ca": self.ca, "ssl.certificate": self.certificate, "ssl.key": self.key}
            config |= {f"{name}.location": str(file) for name, file in files.items() if file is not None}
            if self.key_password is not None:
                config["ssl.key.password"] = _reveal(self.key_password)
        return config

    def aiokafka(self) -> dict[str, object]:
        """Return the settings of an aiokafka client.  Raises OSError where a file is missing or unusable."""
        config: dict[str, object] = {"security_protocol": self.protocol}
        if self.protocol.startswith("SASL_"):
            config |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": _reveal(self.password),
            }
        return config | ({"ssl_context": self.tls_context()} if self.uses_tls else {})

    def faust(self) -> CredentialsT | None:
        """Return Faust's credentials; None where neither side authenticates."""
        from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415 - the command line starts without Faust

        context = self.tls_context() if self.uses_tls else None
        if self.protocol.startswith("SASL_"):
            return SASLCredentials(
                username=self.username, password=_reveal(self.password), mechanism=self.mechanism, ssl_context=context
            )
        return SSLCredentials(context) if context is not None else None

    def tls_context(self) -> ssl.SSLContext:
        """Return Python's own TLS context.  Raises OSError where a file is missing or unusable."""
        context = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        if self.certificate is not None and self.key is not None:
            password = None if self.key_password is None else _reveal(self.key_password)
            context.load_cert_chain(self.certificate, self.key, password)
        return context


def _reveal(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
