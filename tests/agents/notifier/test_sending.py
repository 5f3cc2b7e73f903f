from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.notifier.mail import MailSender
from agents.notifier.outbox.messages import OutboxMessage
from agents.notifier.routing import Recipient
from agents.notifier.sending import NotSentError
from agents.notifier.settings import NotifierSettings
from agents.notifier.webhook import WebhookSender
from tests.agents.notifier.examples import SECRET
from tests.agents.notifier.servers import (
    PASSWORD,
    USER,
    Mailbox,
    Receiver,
    certificate,
    mail_server,
    webhook_receiver,
)

AT = 1_700_000_000_000
MESSAGE = OutboxMessage(
    1,
    "9b2f0000-0000-5000-8000-000000000001",
    "fcr",
    "SINGLE",
    AT,
    "[HIGH] Breached",
    "Look: £5 — ok\n",
    '{"count":1}',
    "9b2f0000-0000-5000-8000-000000000000",
    0,
    AT,
)
MAILED = Recipient(name="fcr", email="fcr@leics.example")


def mail(port: int, **more: Any) -> None:
    """Send the message by e-mail."""
    options = {"smtp_host": "127.0.0.1", "smtp_tls": "none", "sender": "cdi@leics.example", "patience_seconds": 5.0}
    sender = MailSender(NotifierSettings(smtp_port=port, **{**options, **more}))
    asyncio.run(sender.send(MESSAGE, MAILED))


def post(url: str, patience: float = 5.0) -> None:
    """Send the message to a webhook."""

    async def send() -> None:
        recipient = Recipient(name="fcr", webhook=url, secret_env="HOOK")
        async with WebhookSender({"fcr": SECRET.encode()}, lambda: AT, patience) as sender:
            await sender.send(MESSAGE, recipient)

    asyncio.run(send())


def test_a_mail_is_named_after_its_message_and_follows_up_the_first() -> None:
    """Message-ID and In-Reply-To at the sender's domain; any letter survives."""
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        mail(port)
    assert mailbox.received == [
        ("fcr@leics.example", f"<{MESSAGE.message_id}@leics.example>", "[HIGH] Breached", "Look: £5 — ok\r\n")
    ]


def test_mail_is_encrypted_and_the_server_checked(tmp_path: Path) -> None:
    """STARTTLS and a password, with a certificate we trust; without trust or encryption nothing is sent."""
    mailbox = Mailbox()
    tls = certificate(tmp_path)
    options = {"smtp_tls": "starttls", "smtp_username": USER, "smtp_password": SecretStr(PASSWORD)}
    with mail_server(mailbox, tls) as port:
        mail(port, **options, smtp_ca=tls[0])
        assert len(mailbox.received) == 1
        with pytest.raises(NotSentError, match=r"exchange|reached"):
            mail(port, **options)
        with pytest.raises(NotSentError, match="name and password"):
            mail(port, **{**options, "smtp_password": SecretStr("wrong")}, smtp_ca=tls[0])
        with pytest.raises(NotSentError, match="answered 530"):
            mail(port)
    with mail_server(mailbox) as port, pytest.raises(NotSentError):
        mail(port, smtp_tls="starttls")
    assert len(mailbox.received) == 1


@pytest.mark.parametrize(
    ("answer", "refused"),
    [("451 try later", False), ("554 not this one", True), ("421 going down", False)],
)
def test_what_a_mail_server_says_against_a_message_is_told(answer: str, refused: bool) -> None:
    """Whether it is for now or for ever, and without what the server wrote."""
    with mail_server(Mailbox(lambda _: answer)) as port, pytest.raises(NotSentError) as failure:
        mail(port)
    assert (failure.value.refused, answer[4:] in str(failure.value)) == (refused, False)


def test_a_mailbox_that_is_not_there_is_the_messages_own_fault() -> None:
    """Others may be tried meanwhile."""
    with mail_server(Mailbox(refuse="fcr@leics.example")) as port, pytest.raises(NotSentError) as failure:
        mail(port)
    assert failure.value.refused
    assert "@" not in str(failure.value)


def test_a_mail_server_that_stalls_is_left() -> None:
    """After the patience of the settings; and one that is not there at once."""
    mailbox = Mailbox()
    mailbox.stall_for = "fcr@leics.example"
    with mail_server(mailbox) as port, pytest.raises(NotSentError, match="in time"):
        mail(port, patience_seconds=0.5)
    with pytest.raises(NotSentError, match=r"reached|exchange"):
        mail(_closed_port())


Dialogue = Callable[[bytes], bytes]


@contextmanager
def odd_mail_server(answers: Dialogue, greeting: bytes = b"220 hello\r\n") -> Iterator[int]:
    """Run a server for one connection, whose answer to each line is any bytes; empty: none at all."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(greeting)
            in_data = False
            for line in lines:
                if in_data and line != b".\r\n":
                    continue
                in_data = line.upper().startswith(b"DATA")
                connection.sendall(answers(line))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _plain(line: bytes) -> bytes:
    return b"354 go on\r\n" if line.upper().startswith(b"DATA") else b"250 OK\r\n"


@pytest.mark.parametrize("twice", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
def test_a_mail_server_that_answers_twice_is_never_believed_too_early(twice: bytes) -> None:
    """An answer too many before the message is through makes the attempt fail, not succeed."""
    with (
        odd_mail_server(lambda line: _plain(line) * (2 if line.upper().startswith(twice) else 1)) as port,
        pytest.raises(NotSentError),
    ):
        mail(port, patience_seconds=2.0)


def test_a_mail_server_that_answers_the_message_twice_has_it() -> None:
    """What comes after the answer to the message is of no interest."""
    with odd_mail_server(lambda line: _plain(line) * (2 if line == b".\r\n" else 1)) as port:
        mail(port)


def test_a_mail_server_that_never_says_goodbye_has_the_message_all_the_same() -> None:
    """Otherwise it would get it again and again."""
    with odd_mail_server(lambda line: b"" if line.upper().startswith(b"QUIT") else _plain(line)) as port:
        mail(port, patience_seconds=60.0)


def test_a_post_is_signed_and_keyed() -> None:
    """HMAC-SHA256 over timestamp, full stop and body; the key is the message's id at every attempt."""
    receiver = Receiver()
    with webhook_receiver(receiver) as url:
        post(url)
        post(url)
    headers, body = receiver.posts[0]
    expected = hmac.new(SECRET.encode(), b"1700000000." + body, hashlib.sha256).hexdigest()
    assert (body, headers["cdi-timestamp"], headers["cdi-signature"]) == (
        MESSAGE.payload.encode(),
        "1700000000",
        f"v1={expected}",
    )
    assert receiver.keys == [MESSAGE.message_id] * 2


@pytest.mark.parametrize(
    ("status", "refused", "wait"),
    [
        ("500 Oops", False, None),
        ("503 Busy\r\nRetry-After: 7", False, 7000),
        ("429 Slow down\r\nRetry-After: soon", False, None),
        ("401 Who", False, None),
        ("400 Bad", True, None),
        ("302 Elsewhere\r\nLocation: http://127.0.0.1:9/", False, None),
    ],
)
def test_what_a_receiver_says_against_a_message_is_told(status: str, refused: bool, wait: int | None) -> None:
    """Whether it is for now or for ever, and how long it asks us to wait; nobody is followed elsewhere."""
    receiver = Receiver()
    receiver.script = [f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"]
    with webhook_receiver(receiver) as url, pytest.raises(NotSentError) as failure:
        post(url)
    assert (failure.value.refused, failure.value.retry_after_ms) == (refused, wait)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 409 Had it\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\nbut never ends",
    ],
)
def test_a_receiver_that_has_the_message_is_believed(answer: bytes) -> None:
    """One answer counts, however it goes on; a message it had already is a message it has."""
    receiver = Receiver()
    receiver.script = [answer]
    with webhook_receiver(receiver) as url:
        post(url)
    assert len(receiver.posts) == 1


def test_a_receiver_that_stalls_or_is_not_there_is_left() -> None:
    """After the patience of the settings."""
    receiver = Receiver()
    receiver.script = ["stall"]
    with webhook_receiver(receiver) as url:
        with pytest.raises(NotSentError, match="in time"):
            post(url, patience=0.5)
        receiver.over.set()
    with pytest.raises(NotSentError, match="cannot be reached"):
        post(f"http://127.0.0.1:{_closed_port()}/hook")


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
