"""Sessions of signed-in people, stored in the read model.

Every board on the database shares them, so a sign-out holds everywhere.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.accounts.passwords import SignedIn, still_stands
from dashboards.board.domain.people import ALL_FORCES, Person
from dashboards.board.domain.ports import Clock
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.tables import meta, sessions

_SIGNING = "cookie-signing"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A person's sign-in."""

    person: Person
    csrf: str
    """The token that every form of theirs must carry."""
    one_time: bool
    """They signed in with a one-time password and have not chosen their own."""


class Sessions:
    """The sessions of an installation.

    Only a digest of each token is stored: nobody can sign in with what is in the database.
    """

    def __init__(self, model: ReadModel, clock: Clock, lasting_ms: int) -> None:
        self._model = model
        self._clock = clock
        self._lasting_ms = lasting_ms

    def begin(self, person: Person) -> str:
        """Begin the session of somebody whom a provider vouches for, and return the token for their cookie."""
        with self._model.writing() as connection:
            return self._begin(connection, person, one_time=False)

    def begin_local(self, signed_in: SignedIn) -> str | None:
        """Begin the session of a local user, and return the token for their cookie.

        Return None where the user was replaced or removed since their password was checked: whoever does that ends
        the sessions there are.
        """
        with self._model.writing() as connection:
            if not still_stands(connection, signed_in):
                return None
            return self._begin(connection, signed_in.person, one_time=signed_in.one_time)

    def _begin(self, connection: Connection, person: Person, *, one_time: bool) -> str:
        token = secrets.token_urlsafe(32)
        row = {
            "token_digest": _digest(token),
            "name": person.name,
            "role": person.role,
            "forces": "\n".join(person.forces),
            "csrf": secrets.token_urlsafe(32),
            "one_time": one_time,
            "expires_at": self._clock() + self._lasting_ms,
        }
        connection.execute(sessions.delete().where(sessions.c.expires_at <= self._clock()))
        connection.execute(sessions.insert().values(**row))
        return token

    def find(self, token: str | None) -> Session | None:
        """Return the session of a token, or None where there is none or it has expired."""
        if not token:
            return None
        query = select(sessions).where(sessions.c.token_digest == _digest(token))
        with self._model.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None or row["expires_at"] <= self._clock():
            return None
        person = msgspec.convert(
            {"name": row["name"], "role": row["role"], "forces": row["forces"].split("\n")}, Person
        )
        return Session(person=person, csrf=row["csrf"], one_time=row["one_time"])

    def may_see(self, connection: Connection, name: str, force: str) -> bool:
        """Return whether somebody of this name is signed in who may act on a force's alerts."""
        query = select(sessions.c.role, sessions.c.forces).where(
            sessions.c.name == name, sessions.c.expires_at > self._clock()
        )
        return any(
            row.role != "AUDITOR" and {ALL_FORCES, force} & set(row.forces.split("\n"))
            for row in connection.execute(query)
        )

    def chose_password(self, token: str) -> None:
        """Record that the person of a session has chosen their own password."""
        with self._model.writing() as connection:
            change = sessions.update().where(sessions.c.token_digest == _digest(token))
            connection.execute(change.values(one_time=False))

    def end(self, token: str) -> None:
        """Sign out."""
        with self._model.writing() as connection:
            connection.execute(sessions.delete().where(sessions.c.token_digest == _digest(token)))


def cookie_secret(model: ReadModel) -> str:
    """Return the secret that signs cookies, the same for every board on this database.

    The first call creates it.
    """
    with model.writing() as connection:
        model.put(connection, meta, {"name": _SIGNING, "value": secrets.token_urlsafe(48)}, replace=False)
        return str(connection.execute(select(meta.c.value).where(meta.c.name == _SIGNING)).scalar_one())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
