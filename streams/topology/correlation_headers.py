"""What lets one report or one click be followed from process to process: names that are safe to write into a log.

A *request* is one thing somebody asked for: a click on the board, a command.  Its id travels in a header of every
message it leads to.  A snapshot is known by its ``event_id``, an alert by ``alert_id`` and ``sequence``, what was told
by ``message_id``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

REQUEST_HEADER: Final = "cdi-request-id"
"""The header of a message that says which request it came of."""

MOST_EVENTS: Final = 20
"""So many event_ids stand in one line of a log, and no more."""

_REQUEST: Final = re.compile(r"[0-9A-Fa-f](?:[0-9A-Fa-f-]{14,62})[0-9A-Fa-f]")
_EVENT: Final = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}")
_DIGEST_LETTERS: Final = 16


def is_request_id(text: str) -> bool:
    """Whether a text can be the id of a request: a UUID, or 16 to 64 of its signs; nothing that anybody could read."""
    return _REQUEST.fullmatch(text) is not None


def request_of(headers: Mapping[str, object] | Iterable[tuple[str, object]] | None) -> str | None:
    """Say which request a message came of; None where it does not say so, or not in an id's form."""
    stated = headers.items() if isinstance(headers, Mapping) else headers or ()
    for name, value in stated:
        if name == REQUEST_HEADER and isinstance(value, bytes):
            text = value.decode("ascii", "replace")
            return text if is_request_id(text) else None
    return None


def event_name(event_id: str) -> str:
    """Name a snapshot in a log: by its event_id where that has an id's form, else by the beginning of its SHA-256.

    A source may put anything there, by mistake an address; a digest joins lines as well and says nothing.
    """
    if _EVENT.fullmatch(event_id):
        return event_id
    digest = hashlib.sha256(event_id.encode(errors="surrogatepass")).hexdigest()
    return f"sha256:{digest[:_DIGEST_LETTERS]}"


def event_names(event_ids: Iterable[str | None]) -> Sequence[str]:
    """Name several snapshots, each once, in the order given; of very many, the first."""
    named = dict.fromkeys(event_id for event_id in event_ids if event_id is not None)
    return [event_name(event_id) for event_id in list(named)[:MOST_EVENTS]]
