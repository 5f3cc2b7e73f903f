"""Sign in with a password that the board itself checks, with limits on failed attempts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, func, select

from dashboards.board.domain.people import Person
from dashboards.board.domain.ports import Clock
from dashboards.board.http.request_text import is_storable
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.tables import attempts, leases, sessions, users
from streams.actions import Role

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
WINDOW_MS: Final = 300_000
"""Failed sign-ins are counted over this time."""
MOST_FOR_NAME_AND_ADDRESS: Final = 5
"""What stops guessing one account: nobody else has to wait for it."""
MOST_FOR_ADDRESS: Final = 300
"""With any names: high, since a whole station may share one address; it bounds guessing many accounts."""
MOST_FOR_NAME: Final = 50
"""From every address: high, so that nobody can easily lock out somebody else; it bounds guessing from everywhere."""


class SignedIn(msgspec.Struct, frozen=True):
    """Somebody whose password was right."""

    person: Person
    one_time: bool
    password_hash: str
    """As it is stored now: empty where a one-time password was used up."""


class TooManyAttemptsError(Exception):
    """Sign-in has failed too often; it may be tried again after ``wait_seconds``."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"too many attempts: wait {wait_seconds} s")
        self.wait_seconds = wait_seconds


class LocalUsers:
    """The users that the board itself holds, with argon2id hashes of their passwords."""

    def __init__(self, model: ReadModel, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._model = model
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._dummy_hash = self._hasher.hash(secrets.token_urlsafe(16))

    def add(self, name: str, role: Role, forces: Sequence[str], password: str, *, one_time: bool = False) -> None:
        """Add a user or replace one, whose sessions end: a role or a force taken away is gone at once.

        Raises ValueError where name or forces are empty, one of them cannot be stored, or the password is too short or
        too long.
        """
        _check(password)
        if not name.strip() or not forces or not all(force.strip() for force in forces):
            message = "a user needs a name and at least one force"
            raise ValueError(message)
        if not is_storable("".join((name, *forces))):
            message = "a name or a force holds a character that no text can hold"
            raise ValueError(message)
        row = {
            "name": name.strip(),
            "role": role,
            "forces": "\n".join(forces),
            "password_hash": self._hasher.hash(password),
            "one_time": one_time,
        }
        with self._model.writing() as connection:
            self._model.put(connection, users, row)
            _end_sessions(connection, name.strip())

    def remove(self, name: str) -> bool:
        """Remove a user, and end their sessions at once; return False where there is none of that name."""
        name = name.strip()
        with self._model.writing() as connection:
            _end_sessions(connection, name)
            return connection.execute(users.delete().where(users.c.name == name)).rowcount == 1

    def add_with_one_time_password(self, name: str, role: Role, forces: Sequence[str]) -> str:
        """Add a user with a password that signs in once, and return it; it is stored nowhere."""
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        self.add(name, role, forces, password, one_time=True)
        return password

    def sign_in(self, name: str, password: str, address: str) -> SignedIn | None:
        """Return who has this name and password, or None.  An unknown name takes as long as a wrong password.

        Raises TooManyAttemptsError.
        """
        name = name.strip()
        attempt = self._begin_attempt(name, address)
        with self._model.reading() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).mappings().one_or_none()
        right = self._verify(self._dummy_hash if row is None else row["password_hash"], password[:LONGEST_PASSWORD])
        if row is None or not right or (row["one_time"] and not self._spend(name, row["password_hash"])):
            return None
        with self._model.writing() as connection:
            connection.execute(attempts.delete().where(attempts.c.number == attempt))
        person = msgspec.convert({"name": name, "role": row["role"], "forces": row["forces"].split("\n")}, Person)
        return SignedIn(person, row["one_time"], "" if row["one_time"] else row["password_hash"])

    def choose_password(self, name: str, password: str) -> None:
        """Store the password that somebody chose.  Raises ValueError where it is too short or too long."""
        _check(password)
        change = users.update().where(users.c.name == name)
        with self._model.writing() as connection:
            connection.execute(change.values(password_hash=self._hasher.hash(password), one_time=False))

    def names(self, force: str) -> list[str]:
        """Return the names of the users to whom alerts of a force can be assigned."""
        with self._model.reading() as connection:
            rows = connection.execute(select(users.c.name, users.c.forces, users.c.role).order_by(users.c.name)).all()
        return [row.name for row in rows if row.role != "AUDITOR" and {"*", force} & set(row.forces.split("\n"))]

    def _verify(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False

    def _spend(self, name: str, digest: str) -> bool:
        """Use up a one-time password; return False where another sign-in just did."""
        change = users.update().where(users.c.name == name, users.c.password_hash == digest).values(password_hash="")
        with self._model.writing() as connection:
            return connection.execute(change).rowcount == 1

    def _begin_attempt(self, name: str, address: str) -> int:
        """Count an attempt as failed until it succeeds, and return its number.

        So parallel attempts all count.  Raises TooManyAttemptsError.
        """
        at = self._clock()
        name_digest = _digest(name)
        by_name, by_address = attempts.c.name_digest == name_digest, attempts.c.address == address
        limits = (
            ((by_name, by_address), MOST_FOR_NAME_AND_ADDRESS),
            ((by_address,), MOST_FOR_ADDRESS),
            ((by_name,), MOST_FOR_NAME),
        )
        with self._model.writing() as connection:
            connection.execute(attempts.delete().where(attempts.c.at <= at - WINDOW_MS))
            for conditions, most in limits:
                query = select(func.count(), func.min(attempts.c.at)).where(*conditions)
                failed, first = connection.execute(query).one()
                if failed >= most:
                    raise TooManyAttemptsError((first + WINDOW_MS - at) // 1000 + 1)
            row = attempts.insert().values(name_digest=name_digest, address=address, at=at)
            return int(connection.execute(row.returning(attempts.c.number)).scalar_one())


def still_stands(connection: Connection, signed_in: SignedIn) -> bool:
    """Return whether a user still has the role, forces and password that they signed in with."""
    columns = (users.c.role, users.c.forces, users.c.password_hash)
    row = connection.execute(select(*columns).where(users.c.name == signed_in.person.name)).one_or_none()
    person = signed_in.person
    return row is not None and tuple(row) == (person.role, "\n".join(person.forces), signed_in.password_hash)


def _end_sessions(connection: Connection, name: str) -> None:
    """End a person's sessions, and give back the entries that they were reading."""
    for table in (sessions, leases):
        connection.execute(table.delete().where(table.c.name == name))


def _check(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")


def _digest(name: str) -> str:
    """Hash a name: a password typed into the field of the name must not be stored."""
    return hashlib.sha256(name.encode()).hexdigest()
