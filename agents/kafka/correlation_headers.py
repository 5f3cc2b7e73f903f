"""The correlation id of the current request, in log lines and in the headers of messages."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from streams.topology.correlation_headers import REQUEST_HEADER, is_request_id

if TYPE_CHECKING:
    from streams.topology.messages import Headers

REQUEST_ID: Final = "request_id"
"""The structlog context variable that holds the id; the board binds it for each of its own requests."""


@contextlib.contextmanager
def new_request() -> Iterator[str]:
    """Bind a new request id for everything done inside."""
    from structlog.contextvars import bound_contextvars  # noqa: PLC0415 - slow to import, and most commands only read

    request_id = str(uuid.uuid4())
    with bound_contextvars(**{REQUEST_ID: request_id}):
        yield request_id


def correlation_headers() -> Headers | None:
    """Return the headers for a message sent by the current request; None outside a request."""
    from structlog.contextvars import get_contextvars  # noqa: PLC0415 - as above

    request_id = get_contextvars().get(REQUEST_ID)
    if not isinstance(request_id, str) or not is_request_id(request_id):
        return None
    return [(REQUEST_HEADER, request_id.encode())]
