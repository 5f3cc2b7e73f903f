"""The request in hand: its id, in the lines of the log and in the headers of what is sent."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from streams.topology.headers import REQUEST_HEADER, is_request_id

if TYPE_CHECKING:
    from agents.kafka.authorship import Headers

REQUEST_ID = "request_id"
"""Under this name structlog knows of the request in hand, whoever bound it: the board does for each of its own."""


@contextlib.contextmanager
def a_request() -> Iterator[str]:
    """Do as one request what is done inside, under a new id."""
    from structlog.contextvars import bound_contextvars  # noqa: PLC0415 - slow to import, and most commands only look

    request_id = str(uuid.uuid4())
    with bound_contextvars(**{REQUEST_ID: request_id}):
        yield request_id


def headers() -> Headers | None:
    """The headers of a message that the request in hand leads to; None where there is no request."""
    from structlog.contextvars import get_contextvars  # noqa: PLC0415 - as above

    request_id = get_contextvars().get(REQUEST_ID)
    if not isinstance(request_id, str) or not is_request_id(request_id):
        return None
    return [(REQUEST_HEADER, request_id.encode())]
