"""The tokens by which a system may push to a feed.

Two may be valid at once, while the sender changes from one to the other.  Only digests are kept: a token is random, so
that its digest tells nobody what it is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from deploy.connect.push.store import PushStore

_ID_BYTES: Final = 4
_SECRET_BYTES: Final = 32
_USE_NOTED_EVERY_MS: Final = 60_000
_NOBODY: Final = bytes(32)


class TokenState(NamedTuple):
    """A token as it stands, without what it is; all times in ms."""

    token_id: str
    made_at: int
    ends_at: int | None
    """When it ceases to be valid; None where nobody has said."""
    used_at: int | None
    """When it last opened the feed, to a minute; None where it never did."""


class PushTokens:
    """The tokens of one feed."""

    def __init__(self, store: PushStore) -> None:
        self._store = store

    def make(self, now: int, others_end_at: int | None = None) -> str:
        """Return a new token, which cannot be shown again; let the others end at a time, where one is given."""
        token_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        with self._store.open() as database:
            if others_end_at is not None:
                database.execute(
                    "update tokens set ends_at = ? where ends_at is null or ends_at > ?", [others_end_at, others_end_at]
                )
            database.execute("insert into tokens values (?, ?, ?, null, null)", [token_id, _digest(secret), now])
        return f"cdi_{token_id}_{secret}"

    def end(self, token_id: str, at: int) -> bool:
        """Let a token be valid no longer; return whether there is such a one."""
        with self._store.open() as database:
            ended = database.execute(
                "update tokens set ends_at = min(ifnull(ends_at, ?), ?) where token_id = ?", [at, at, token_id]
            )
            return ended.rowcount > 0

    def is_valid(self, token: str, now: int) -> bool:
        """Return whether a token opens the feed now, and note that it was used."""
        _, _, rest = token.partition("_")
        token_id, _, secret = rest.partition("_")
        with self._store.open() as database:
            row = database.execute(
                "select digest from tokens where token_id = ? and (ends_at is null or ends_at > ?)", [token_id, now]
            ).fetchone()
            # Compared even where there is none, so that the time an answer takes does not tell which ids there are.
            if not hmac.compare_digest(_NOBODY if row is None else row[0], _digest(secret)):
                return False
            database.execute(
                "update tokens set used_at = ? where token_id = ? and ifnull(used_at, 0) < ?",
                [now, token_id, now - _USE_NOTED_EVERY_MS],
            )
        return True

    def states(self) -> list[TokenState]:
        """Return every token's state, the newest first."""
        with self._store.open() as database:
            rows = database.execute("select token_id, made_at, ends_at, used_at from tokens order by made_at desc")
            return [TokenState(*row) for row in rows]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
