"""What a failure of the read model's database means: a value refused, or a database out of use."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

_REFUSED_CLASSES: Final = ("22", "23", "54")
"""PostgreSQL's classes of errors that are about a value: no such value, a constraint, more than a limit."""
_AWAY: Final = "its database does not answer"
_TROUBLE_BY_CODE: Final = {
    "SQLITE_FULL": "the disk of its database is full",
    "SQLITE_IOERR": "the disk of its database fails",
    "SQLITE_READONLY": "its database cannot be written",
    "SQLITE_CANTOPEN": "its database cannot be opened",
    "SQLITE_CORRUPT": "its database is damaged",
    "SQLITE_NOTADB": "its database is damaged",
    "SQLITE_BUSY": "its database is locked by another program",
    "SQLITE_ERROR": "its database is not as this board made it",
    "53100": "the disk of its database is full",
    "25006": "its database cannot be written",
    "42501": "it may not use its database",
    "42": "its database is not as this board made it",
    "XX": "its database is damaged",
}
"""What to say of SQLite's and PostgreSQL's error codes, by their beginnings, the longest first."""


def is_refusal(failure: Exception) -> bool:
    """Return whether a failure is due to what was to be written, so that other rows can be.

    It is not where the database is away, full or not as it should be: then nothing can be written.
    """
    if isinstance(failure, DBAPIError):
        if isinstance(failure, DataError | IntegrityError):
            return not failure.connection_invalidated
        return (getattr(failure.orig, "sqlstate", None) or "").startswith(_REFUSED_CLASSES)
    # What decoding a message raises is due to that message; the database, the disk and the process raise these.
    return not isinstance(failure, SQLAlchemyError | OSError | MemoryError | RuntimeError)


def trouble_of(failure: SQLAlchemyError) -> str:
    """Return in words for the page why the database cannot be used."""
    code = _code_of(failure)
    return next((words for begins, words in _TROUBLE_BY_CODE.items() if code.startswith(begins)), _AWAY)


def fault_of(failure: Exception) -> str:
    """Return the kind of a failure and where it was raised.

    Its sentence is left out: it may quote what was to be written.
    """
    kind = " ".join(filter(None, (type(failure).__name__, _code_of(failure))))
    frames = traceback.extract_tb(failure.__traceback__)
    return f"{kind} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else kind


def _code_of(failure: Exception) -> str:
    """Return the error code of SQLite or PostgreSQL; empty where there is none."""
    cause = getattr(failure, "orig", None)
    return getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
