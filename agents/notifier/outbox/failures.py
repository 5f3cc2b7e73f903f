"""Why the outbox cannot be used, in a sentence, and whether that may pass."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError


class OutboxError(RuntimeError):
    """The outbox cannot be used."""


class OutboxUnavailableError(OutboxError):
    """The outbox cannot be used now; the same may succeed later."""


_PASSING: Final = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk fails, or lets the file grow no further",
    "SQLITE_READONLY": "the disk, the folder or the file is read-only",
    "SQLITE_CANTOPEN": "it cannot be opened: is its folder there, and may the notifier write it",
    "SQLITE_PERM": "the notifier may not write it",
    "SQLITE_BUSY": "another program holds it",
    "SQLITE_LOCKED": "another program holds it",
}
"""What to say of SQLite's error codes, by their beginnings, where the cause lies outside the file."""
_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def outbox_error(file: Path, failure: DBAPIError | sqlite3.Error) -> OutboxError | None:
    """Return the error to raise for a failure of SQLite; None where it is due to what was to be written."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    code: str = getattr(cause, "sqlite_errorname", None) or ""
    for begins, reason in _PASSING.items():
        if code.startswith(begins):
            return OutboxUnavailableError(
                f"{file}: {reason} ({code}); nothing is lost, and nothing sent until it is mended"
            )
    if code.startswith(_DAMAGED):
        return damaged(file, code)
    if code == "SQLITE_ERROR":
        return OutboxError(f"{file}: its tables are not as this release made them: restore it from a backup")
    return None


def damaged(file: Path, detail: str) -> OutboxError:
    """Return the error of a file that is damaged."""
    return OutboxError(
        f"{file}: damaged ({detail}): restore it from a backup, or move it away, and the notifier makes it anew and "
        "tells of every open alert again"
    )


def is_refusal(failure: Exception) -> bool:
    """Return whether a failure is due to what was to be written, or to our reading of it.

    Then the rest can be written.
    """
    if isinstance(failure, DataError | IntegrityError):
        return True
    # Whatever else fails in the outbox, its disk or the client library is of one of these.
    return not isinstance(failure, SQLAlchemyError | OSError | MemoryError | RuntimeError)
