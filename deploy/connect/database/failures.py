"""What a database says, before somebody reads it: one line, without data or the password."""

from __future__ import annotations

import re
from typing import Final

_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*"|\u00ab[^\u00bb]*\u00bb""")
_LONGEST: Final = 300
_PLACE: Final = re.compile(
    r"\s*(?:LINE \d+:|DETAIL:|CONTEXT:|HINT:|Help:|DB-Lib error|Is the server running|This probably means).*", re.DOTALL
)


def described(failure: BaseException, named: str, password: str) -> str:
    """Return what a driver says.

    A quoted text stays where it stands in ``named`` (the query, the user, the host), or else it may be out of a record.
    """
    text = " ".join(_PLACE.sub("", _words(failure)).split())
    if password:
        text = text.replace(password, "***")
    text = _QUOTED.sub(lambda quoted: _or_hidden(quoted[0], named), text)
    state = getattr(failure, "sqlstate", None)
    return f"{text[:_LONGEST] or type(failure).__name__}{f' ({state})' if state else ''}"


def _words(failure: BaseException) -> str:
    """Return the sentence of a failure; pymssql gives a number and bytes."""
    for part in failure.args:
        if isinstance(part, tuple):
            return _words(Exception(*part))
        if isinstance(part, bytes):
            return f"{part.decode(errors='replace')}"
    strings = [str(part) for part in failure.args if not isinstance(part, int)]
    return strings[0] if strings else type(failure).__name__


def _or_hidden(quoted: str, named: str) -> str:
    inner = quoted[1:-1]
    folded = named.casefold()
    return (
        quoted
        if all(word.casefold() in folded for word in re.findall(r"\w+", inner))
        else f"{quoted[0]}...{quoted[-1]}"
    )
