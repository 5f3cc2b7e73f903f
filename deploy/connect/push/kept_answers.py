"""What requests were answered, kept by idempotency key: one sent again is answered the same.

After draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from deploy.connect.push.store import PushStore

KEPT_MS: Final = 7 * 24 * 60 * 60 * 1000
"""How long an answer is kept; records that are sent again after that are still the same records."""


class KeptAnswer(NamedTuple):
    """An answer that was given."""

    request: bytes
    """The digest of the request that it answered."""
    answer: bytes


class KeptAnswers:
    """The answers of one feed."""

    def __init__(self, store: PushStore) -> None:
        self._store = store

    def of(self, key: str, now: int) -> KeptAnswer | None:
        """Return what an idempotency key was answered; None where there is none, or it is too old."""
        with self._store.open() as database:
            row = database.execute(
                "select request, answer from answers where key = ? and at > ?", [key, now - KEPT_MS]
            ).fetchone()
        return None if row is None else KeptAnswer(*row)

    def keep(self, key: str, answer: KeptAnswer, now: int) -> None:
        """Keep an answer, and drop those that are too old."""
        with self._store.open() as database:
            database.execute("delete from answers where at <= ?", [now - KEPT_MS])
            database.execute("insert or replace into answers values (?, ?, ?, ?)", [key, *answer, now])
