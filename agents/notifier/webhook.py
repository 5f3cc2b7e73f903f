"""Sends signed webhooks: the message as JSON, a signature, and a key that marks a repetition.

The receiver computes HMAC-SHA256, under the secret both know, over the timestamp header, a full stop and the body;
compares it with the signature header; refuses requests that are too old for it; and takes each Idempotency-Key once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import httpx

from agents.notifier.sending import NotSentError

if TYPE_CHECKING:
    from agents.notifier.outbox.messages import OutboxMessage
    from agents.notifier.routing import Recipient

TIMESTAMP: Final = "CDI-Timestamp"
"""When the attempt was made, in whole seconds since the epoch."""
SIGNATURE: Final = "CDI-Signature"
"""``v1=`` and the HMAC in hexadecimal."""

_ALREADY_RECEIVED: Final = 409
_MAY_CHANGE: Final = frozenset({401, 403, 404, 407, 408, 421, 425, 429})
"""Refusals that are not about the message itself: whoever runs the receiver may put them right."""


class WebhookSender:
    """Posts messages, each over a connection of its own."""

    def __init__(self, secrets: dict[str, bytes], clock: Callable[[], int], patience_seconds: float) -> None:
        """Take the recipients' secrets, by name, and how long one attempt may take."""
        self._secrets = secrets
        self._clock = clock
        self._patience = patience_seconds
        self._client = httpx.AsyncClient(
            follow_redirects=False, timeout=patience_seconds, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, message: OutboxMessage, recipient: Recipient) -> None:
        """Post a message.  Raises NotSentError."""
        body = message.payload.encode()
        timestamp = str(self._clock() // 1000)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.message_id,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self._secrets[recipient.name], timestamp, body),
        }
        try:
            async with (
                asyncio.timeout(self._patience),
                self._client.stream("POST", recipient.webhook or "", content=body, headers=headers) as answer,
            ):
                _require_success(answer)  # the status is enough: the body is not read
        except (TimeoutError, httpx.TimeoutException):
            raise NotSentError("the receiver did not answer in time") from None
        except httpx.HTTPError as failure:
            raise NotSentError(f"the receiver cannot be reached: {type(failure).__name__}") from None


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a body that is sent at ``timestamp``, in seconds."""
    return f"v1={hmac.new(secret, timestamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def _require_success(answer: httpx.Response) -> None:
    """Raise NotSentError unless the receiver has the message."""
    code = answer.status_code
    if answer.is_success or code == _ALREADY_RECEIVED:
        return
    refused = answer.is_client_error and code not in _MAY_CHANGE
    raise NotSentError(f"the receiver answered {code}", refused=refused, retry_after_ms=_retry_after(answer))


def _retry_after(answer: httpx.Response) -> int | None:
    """Return how long the receiver asks us to wait, in ms; None where it names no number of seconds."""
    seconds = answer.headers.get("Retry-After", "")
    return int(seconds) * 1000 if seconds.isascii() and seconds.isdigit() and len(seconds) <= 6 else None
