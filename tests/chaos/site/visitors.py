"""People at the board: each signs in once and then asks for everything, allowed or not, as fast as it answers."""

from __future__ import annotations

import re
import sqlite3
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import httpx

from agents.settings.clock import wall_clock
from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.domain.people import ROLE_NAMES
from dashboards.board.readmodel import ReadModel
from streams.actions import Role
from tests.chaos.checks.visits import FAILED, Visit, forces_named
from tests.dashboards.board.server.authorisation import EXPECTED, SIGNED_OUT, read_table

PASSWORD: Final = "three random words"
_ANSWER_SECONDS: Final = 6.0
_SIGN_IN_SECONDS: Final = 45.0
_PAUSE_SECONDS: Final = 0.05
_NO_ANSWER_SECONDS: Final = 0.5
"""How long to wait where the board does not answer."""
_WRONG_PASSWORDS: Final = 8
_EVENTS: Final = "GET /live/events"
_NOTE: Final = "POST /alerts/{alert_id}/actions"
_UNMADE: Final = re.compile(r"\{(?!alert_id\})|estimates\.csv")
"""In the routes of what no visitor made: audits and comparisons."""
_ROUTES: Final = (
    _NOTE,
    *("GET /live", "GET /alerts/{alert_id}", "GET /trace") * 5,
    *(
        route
        for route in dict.fromkeys(cell.route for cell in read_table(EXPECTED))
        if route.startswith("GET") and not route.endswith("/events") and not _UNMADE.search(route)
    ),
)
"""What is asked for: every page, those that name records most, and notes on alerts; nothing that changes an alert."""
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')
_SINCE: Final = re.compile(r'data-since="([0-9]+)"')


@dataclass(slots=True)
class Visits:
    """One stay of visitors at a board: a person of each role, and somebody who is not signed in."""

    url: str
    alerts: Mapping[str, list[str]]
    """The ids of alerts by force: of at least two."""
    forces_by_story: Mapping[int, str]
    dice: Random
    made: list[Visit] = field(default_factory=list)
    signed_in: set[str] = field(default_factory=set)
    killed: threading.Event = field(default_factory=threading.Event)
    """Set once the board was killed."""
    over: threading.Event = field(default_factory=threading.Event)
    """Set when everybody is to go."""
    refused: int = 0
    """How many wrong passwords were refused."""

    def begin(self) -> list[threading.Thread]:
        """Let them come."""
        forces = sorted(self.alerts)
        threads = [threading.Thread(target=self._ask_signed_out, args=(Random(self.dice.random()),), daemon=True)]
        for role in ROLE_NAMES:
            visitor = (role, self.dice.choice(forces), Random(self.dice.random()))
            threads.append(threading.Thread(target=self._visit, args=visitor, daemon=True))
        for thread in threads:
            thread.start()
        return threads

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=_ANSWER_SECONDS, follow_redirects=False)

    def _visit(self, role: Role, force: str, dice: Random) -> None:
        with self._client() as client:
            csrf = self._sign_in(client, name_of(role, force))
            if csrf is None:
                return
            self.signed_in.add(role)
            while not self.over.wait(_PAUSE_SECONDS):
                route, owns = dice.choice(_ROUTES), dice.random() < 0.5
                self._ask(client, (role, force), route, csrf, dice, owns=owns)
                if dice.random() < 0.1:
                    self._listen(client, role, force)

    def _ask_signed_out(self, dice: Random) -> None:
        """Ask for pages without a session, and for a session with wrong passwords."""
        with self._client() as client:
            wrong = _WRONG_PASSWORDS
            while not self.over.wait(_PAUSE_SECONDS):
                self._ask(client, (SIGNED_OUT, ""), dice.choice(_ROUTES), "none", dice, owns=False)
                if wrong and dice.random() < 0.2:
                    wrong -= 1
                    answer = _send_sign_in(client, "nobody", "a wrong password")
                    if answer is not None and answer.status_code in {401, 429}:
                        self.refused += 1
                    elif answer is not None and answer.status_code < FAILED:
                        self.made.append(Visit(SIGNED_OUT, "", "GET /signed-in", True, answer.status_code))

    def _sign_in(self, client: httpx.Client, name: str) -> str | None:
        """Sign in, again where the board fails; return the token for forms."""
        until = wall_clock() + _SIGN_IN_SECONDS * 1000
        while wall_clock() < until and not self.over.wait(_PAUSE_SECONDS):
            answer = _send_sign_in(client, name, PASSWORD)
            if answer is not None and answer.status_code == httpx.codes.SEE_OTHER:
                break
        while wall_clock() < until and not self.over.wait(_PAUSE_SECONDS):
            with suppress(httpx.HTTPError):
                token = _CSRF.search(client.get("/account").text)
                if token is not None:
                    return token[1]
        return None

    def _ask(
        self, client: httpx.Client, who: tuple[str, str], route: str, csrf: str, dice: Random, *, owns: bool
    ) -> None:
        role, force = who
        killed = self.killed.is_set()
        alert = dice.choice([alert for of, alerts in self.alerts.items() if (of == force) == owns for alert in alerts])
        reference = _typed(dice.choice([n for n, of in self.forces_by_story.items() if (of == force) == owns]))
        method, _, path = route.partition(" ")
        form = {"csrf": csrf, "kind": "NOTE", "text": "seen", "action_id": str(uuid.UUID(int=dice.getrandbits(128)))}
        try:
            answer = client.request(
                method,
                path.format(alert_id=alert),
                params={"ref": reference} if path == "/trace" else None,
                data=form if method == "POST" else None,
            )
        except httpx.HTTPError:
            self.made.append(Visit(role, force, route, owns, None))
            self.over.wait(_NO_ANSWER_SECONDS)
            return
        named = forces_named(answer.text.replace(reference, ""), self.forces_by_story)
        self.made.append(Visit(role, force, route, owns, answer.status_code, named, killed))

    def _listen(self, client: httpx.Client, role: str, force: str) -> None:
        """Open the live list, and read what it is sent for a moment."""
        with suppress(httpx.HTTPError):
            since = _SINCE.search(client.get("/live").text)
            params = {"since": str(max(0, int(since[1]) - 50))} if since else {}
            with client.stream("GET", "/live/events", params=params, timeout=2.0) as answer:
                for _, line in zip(range(60), answer.iter_lines(), strict=False):
                    named = forces_named(line, self.forces_by_story)
                    if named:
                        self.made.append(Visit(role, force, _EVENTS, True, answer.status_code, named))


def _typed(number: int) -> str:
    """Return a reference of a story as somebody may type it, and no record writes it."""
    return f"i/1/S{number}"


def _send_sign_in(client: httpx.Client, name: str, password: str) -> httpx.Response | None:
    """Send the form of the sign-in page; None where no answer came."""
    with suppress(httpx.HTTPError):
        token = _CSRF.search(client.get("/sign-in").text)
        if token is not None:
            return client.post("/sign-in", data={"csrf": token[1], "name": name, "password": password})
    return None


def name_of(role: str, force: str) -> str:
    """Return the name of the person of a role and a force."""
    return f"{role.lower()}.{force.lower()}"


def add_people(database: Path, forces: list[str]) -> None:
    """Make a person of each role and force."""
    model = ReadModel(f"sqlite:///{database}")
    try:
        people = LocalUsers(model, wall_clock)
        for role in ROLE_NAMES:
            for force in forces:
                people.add(name_of(role, force), role, [force], PASSWORD)
    finally:
        model.close()


def alerts_by_force(database: Path) -> dict[str, list[str]]:
    """Read the ids of a board's alerts."""
    ids: dict[str, list[str]] = defaultdict(list)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        for alert_id, force in connection.execute("SELECT alert_id, force FROM alerts"):
            ids[force].append(alert_id)
    return dict(ids)
