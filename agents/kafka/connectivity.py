"""Why Kafka cannot be reached: no answer, a refused password, a certificate."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from agents.settings.clock import wall_clock
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from agents.settings.settings import Settings

ANSWER_SECONDS: Final = 10.0
_HANDSHAKE_SECONDS: Final = 5.0
_NO_ANSWER: Final = "does not answer: start one with 'cdi up', or name yours in CDI_KAFKA"
_NO_ANSWER_FROM_NAMED: Final = "does not answer: see that it runs, and that CDI_KAFKA says where"


def connection_problem(settings: Settings) -> str | None:
    """Return why Kafka cannot be reached, as the end of a sentence; None where it answers.

    librdkafka reports only that no broker came up, so a refused TLS handshake is repeated here to learn the reason.
    """
    errors: list[KafkaError] = []
    try:
        client = AdminClient(dict[str, Any](settings.client(), log_level=0, error_cb=errors.append))
    except (KafkaException, ValueError) as refusal:
        return f"cannot be asked: {_text(refusal)}"
    try:
        if client.list_topics(timeout=ANSWER_SECONDS).brokers:
            return None
    except KafkaException as failure:
        errors.append(failure.args[0])
    client.poll(0)
    codes = {error.code() for error in errors}
    if KafkaError._AUTHENTICATION in codes:  # noqa: SLF001 - librdkafka's own name for it
        return "refuses the user or the password: see CDI_SECURITY__USERNAME and CDI_SECURITY__PASSWORD"
    if settings.security.uses_tls and (refused := _refused_handshake(settings)) is not None:
        return refused
    return _NO_ANSWER_FROM_NAMED if "CDI_KAFKA" in os.environ else _NO_ANSWER


def _refused_handshake(settings: Settings) -> str | None:
    """Repeat the TLS handshake with each server; return why the first that listens refuses it."""
    try:
        context = settings.security.tls_context()
    except (OSError, ssl.SSLError) as refusal:
        return f"cannot be asked: certificate files: {_text(refusal)}"
    for server in settings.kafka.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            with (
                socket.create_connection((host, int(port)), timeout=_HANDSHAKE_SECONDS) as plain,
                context.wrap_socket(plain, server_hostname=host) as secure,
            ):
                secure.settimeout(1.0)
                secure.recv(1)  # under TLS 1.3 it is only now that our own certificate is refused
        except ssl.SSLCertVerificationError as refusal:
            return f"shows a certificate that is not trusted: {refusal.verify_message}: see CDI_SECURITY__CA"
        except ssl.SSLError as refusal:
            why = _expired(settings.security.certificate) or _alert(refusal)
            return f"refuses our certificate: {why}: see CDI_SECURITY__CERTIFICATE"
        except (OSError, ValueError):
            continue
    return None


def _expired(file: Path | None) -> str | None:
    """Return when our own certificate expired, if it did; a broker may only call it unknown."""
    if file is None:
        return None
    from cryptography import x509  # noqa: PLC0415 - loaded only to find a fault

    try:
        end = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
    ended_at = round(end.timestamp() * 1000)
    return f"it expired at {to_rfc3339(ended_at)}" if ended_at < wall_clock() else None


def _alert(refusal: ssl.SSLError) -> str:
    """Return a TLS alert in words: ``TLSV1_ALERT_UNKNOWN_CA`` is ``unknown ca``."""
    return (refusal.reason or "the handshake failed").rpartition("ALERT_")[2].replace("_", " ").lower()


def _text(refusal: Exception) -> str:
    first = refusal.args[0] if refusal.args else refusal
    return first.str() if isinstance(first, KafkaError) else str(getattr(refusal, "strerror", None) or first)
