"""What may be said of a failure: its kind and where it happened, never its message, which may quote a record."""

from __future__ import annotations

import traceback

MOST_CAUSES = 4


def place(failure: BaseException, frames: int = 3) -> str:
    """Say where it happened: file, line and function of the innermost frames, without a value."""
    found = traceback.extract_tb(failure.__traceback__)
    innermost = found[: -frames - 1 : -1]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in innermost)


def kind(failure: BaseException) -> str:
    """Name a failure, and what it was raised for."""
    names: list[str] = []
    cause: BaseException | None = failure
    while cause is not None and len(names) < MOST_CAUSES:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " < ".join(names)
