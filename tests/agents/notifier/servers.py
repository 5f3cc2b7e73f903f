"""A real mail server and a real webhook receiver that can be told to misbehave."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[int], str]
"""What a mail server answers to the n-th message, from 0."""
USER, PASSWORD = "cdi", "correct horse"


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


class Mailbox:
    """A mail server's handler: keeps what it took, and answers as it is told."""

    def __init__(self, answer: Answer = lambda _: "250 taken", *, refuse: str | None = None) -> None:
        self.answer = answer
        self.refuse = refuse
        """A recipient that is refused."""
        self.stall_for: str | None = None
        """A recipient whose messages are never answered."""
        self.received: list[tuple[str, str, str, str]] = []
        """Recipient, Message-ID, subject and text of everything that came, answered well or not."""
        self.raw: list[bytes] = []
        """The same as it came."""
        self.arrived = threading.Event()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        if address == self.refuse:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to a message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content)
        self.raw.append(content)
        payload = mail.get_payload(decode=True)
        text = payload.decode() if isinstance(payload, bytes) else ""
        self.received.append((envelope.rcpt_tos[0], mail["Message-ID"], mail["Subject"], text))
        self.arrived.set()
        if envelope.rcpt_tos[0] == self.stall_for:
            await asyncio.sleep(3600)
        return self.answer(len(self.received) - 1)

    @property
    def message_ids(self) -> list[str]:
        """The Message-IDs of what came, in order."""
        return [message_id for _, message_id, _, _ in self.received]


@contextmanager
def mail_server(mailbox: Mailbox, tls: tuple[Path, Path] | None = None, port: int = 0) -> Iterator[int]:
    """Run a mail server and give its port; with a certificate it insists on STARTTLS and a password."""
    more: dict[str, Any] = {}
    if tls is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*tls)
        more = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": _authenticate}
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or _free_port(), **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop(no_assert=True)


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


def _free_port() -> int:
    from deploy.local.kafka import free_port

    return free_port()


class Receiver:
    """A webhook receiver: keeps what was posted, and answers as it is told."""

    def __init__(self) -> None:
        self.script: list[str | bytes] = []
        """What to answer next: a status and headers as raw bytes, or ``stall``; 204 when nothing is left."""
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.arrived = threading.Event()
        self.over = threading.Event()

    @property
    def keys(self) -> list[str]:
        """The idempotency keys of what came, in order."""
        return [headers["idempotency-key"] for headers, _ in self.posts]

    @property
    def payloads(self) -> list[dict[str, Any]]:
        """What was said, in order."""
        return [json.loads(body) for _, body in self.posts]


@contextmanager
def webhook_receiver(receiver: Receiver) -> Iterator[str]:
    """Run a receiver and give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Take what is posted, and answer by the script."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.arrived.set()
            step = receiver.script.pop(0) if receiver.script else b"HTTP/1.1 204 No Content\r\n\r\n"
            if step == "stall":
                receiver.over.wait()
                return
            self.wfile.write(step if isinstance(step, bytes) else step.encode())
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
