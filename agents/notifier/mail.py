"""Sends e-mail, each message over a connection of its own.

So a late answer is not taken for the answer to the next message.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from agents.notifier.contents import utc
from agents.notifier.sending import NotSentError

if TYPE_CHECKING:
    from agents.notifier.outbox.messages import OutboxMessage
    from agents.notifier.routing import Recipient
    from agents.notifier.settings import NotifierSettings

_QUIT_SECONDS: Final = 1.0
_PERMANENT: Final = 500


class MailSender:
    """Hands messages to the mail server that the settings name."""

    def __init__(self, settings: NotifierSettings) -> None:
        self._settings = settings
        self._tls = (
            None
            if settings.smtp_tls == "none"
            else ssl.create_default_context(cafile=None if settings.smtp_ca is None else str(settings.smtp_ca))
        )

    async def send(self, message: OutboxMessage, recipient: Recipient) -> None:
        """Hand a message over.  Raises NotSentError."""
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            timeout=settings.patience_seconds,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            tls_context=self._tls,
            username=settings.smtp_username,
            password=None if settings.smtp_password is None else settings.smtp_password.get_secret_value(),
        )
        try:
            async with asyncio.timeout(settings.patience_seconds):
                await client.connect()
                await client.send_message(mail_of(message, recipient, settings.sender))
        except TimeoutError:  # aiosmtplib's own are of this kind too
            raise NotSentError("the mail server did not answer in time") from None
        except SMTPException as failure:
            raise _failure(failure) from None
        except OSError as failure:
            raise NotSentError(f"the mail server cannot be reached: {type(failure).__name__}") from None
        finally:
            await _quit(client)


async def _quit(client: aiosmtplib.SMTP) -> None:
    """Quit without waiting for long: whether the message was accepted is known already."""
    with contextlib.suppress(SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(_QUIT_SECONDS):
            await client.quit()
    client.close()


def mail_of(message: OutboxMessage, recipient: Recipient, sender: str) -> EmailMessage:
    """Write a message as e-mail, the same at every attempt."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = recipient.email
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(utc(message.created_at))
    mail["Message-ID"] = f"<{message.message_id}@{domain}>"
    if message.in_reply_to is not None:
        mail["In-Reply-To"] = mail["References"] = f"<{message.in_reply_to}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _failure(failure: SMTPException) -> NotSentError:
    """Return what the server did in our own words, without what it wrote."""
    if isinstance(failure, SMTPAuthenticationError):
        return NotSentError("the mail server does not accept our name and password")
    if isinstance(failure, SMTPRecipientsRefused):
        code = max(refusal.code for refusal in failure.recipients)
        return NotSentError(f"the mail server refused the recipient with {code}", refused=code >= _PERMANENT)
    if isinstance(failure, SMTPResponseException):
        return NotSentError(f"the mail server answered {failure.code}", refused=failure.code >= _PERMANENT)
    return NotSentError(f"the exchange with the mail server failed: {type(failure).__name__}")
