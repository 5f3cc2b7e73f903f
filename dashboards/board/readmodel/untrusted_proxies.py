"""When sign-ins last came through an untrusted proxy: boards note it, ``cdi doctor`` tells it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.tables import meta
from dashboards.board.readmodel.versions import reading_only
from streams.policy.calendar import HOUR

_NAME: Final = "untrusted-proxy"
_NOTED: Final = select(meta.c.value).where(meta.c.name == _NAME)


def note(model: ReadModel, clock: int) -> bool:
    """Store that a sign-in came so at ``clock`` (ms); return False where that was noted within the hour."""
    with model.reading() as connection:
        noted_at = connection.execute(_NOTED).scalar()
    if noted_at is not None and clock - int(noted_at) < HOUR:
        return False
    with model.writing() as connection:
        model.put(connection, meta, {"name": _NAME, "value": str(clock)})
    return True


def last_noted(url: str) -> int | None:
    """Return when (ms) that was last noted in a read model of this version; None where it never was.

    Raises SQLAlchemyError.
    """
    with reading_only(url) as connection:
        value = None if connection is None else connection.execute(_NOTED).scalar()
    return None if value is None else int(value)
