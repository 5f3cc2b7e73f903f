"""Correlation ids, safe to log, by which one report or click is followed from process to process.

A *request* is one click on the board or one command.  Its id is in a header of every message it leads to.  A snapshot
is known by its ``event_id``, an alert by ``alert_id`` and ``sequence``, a notification by ``message_id``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

REQUEST_HEADER: Final = "cdi-request-id"
"""The header of a message that holds the id of the request it came of."""

MOST_EVENTS: Final = 20
"""The most event_ids in one line of a log."""

_REQUEST: Final = re.compile(r"[0-9A-Fa-f](?:[0-9A-Fa-f-]{14,62})[0-9A-Fa-f]")
_EVENT: Final = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}")
_DIGEST_LETTERS: Final = 16


def is_request_id(text: str) -> bool:
    """Return whether a text has the form of a request id: a UUID, or 16 to 64 of its characters."""
    return _REQUEST.fullmatch(text) is not None


def request_of(headers: Mapping[str, object] | Iterable[tuple[str, object]] | None) -> str | None:
    """Return the id of the request a message came of; None where its headers hold no such id."""
    stated = headers.items() if isinstance(headers, Mapping) else headers or ()
    for name, value in stated:
        if name == REQUEST_HEADER and isinstance(value, bytes):
            text = value.decode("ascii", "replace")
            return text if is_request_id(text) else None
    return None


def event_name(event_id: str) -> str:
    """Return a snapshot's name for a log: its event_id in an id's form, else part of its SHA-256.

    A source may put anything there, by mistake an address; a digest correlates as well and discloses nothing.
    """
    if _EVENT.fullmatch(event_id):
        return event_id
    digest = hashlib.sha256(event_id.encode(errors="surrogatepass")).hexdigest()
    return f"sha256:{digest[:_DIGEST_LETTERS]}"


def event_names(event_ids: Iterable[str | None]) -> Sequence[str]:
    """Return the names of the first :data:`MOST_EVENTS` snapshots, each once, in the order given."""
    named = dict.fromkeys(event_id for event_id in event_ids if event_id is not None)
    return [event_name(event_id) for event_id in list(named)[:MOST_EVENTS]]
