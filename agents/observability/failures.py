"""Naming a failure by its kind and where it happened, never by its message, which may quote a record."""

from __future__ import annotations

import traceback

MOST_CAUSES = 4


def place(failure: BaseException, frames: int = 3) -> str:
    """Return where it happened: file, line and function of the innermost frames, without a value."""
    stack = traceback.extract_tb(failure.__traceback__)
    innermost = stack[: -frames - 1 : -1]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in innermost)


def kind(failure: BaseException) -> str:
    """Return the type of a failure, and the types of its causes."""
    names: list[str] = []
    cause: BaseException | None = failure
    while cause is not None and len(names) < MOST_CAUSES:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " < ".join(names)
