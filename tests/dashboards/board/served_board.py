"""A board for tests without a network: a fixed clock, fake sinks, users of every role and a client that signs in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from dashboards.board.accounts import passwords
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.pages.board import Board
from dashboards.board.readmodel import ReadModel
from dashboards.board.server.app import create_app
from schemas.times import from_rfc3339
from tests.dashboards.trials.sample import Feeder
from tests.dashboards.trials.serving import KeptActions, KeptAudit, KeptJudgements

WALL = from_rfc3339("2026-11-23T18:00:00Z")
PASSWORD = "three random words"
USERS = {
    "insp.patel": ("SUPERVISOR", ["LEICS"]),
    "fcr.jones": ("FCR", ["LEICS"]),
    "ddm.lee": ("DDM", ["LEICS"]),
    "ddm.kaur": ("DDM", ["LEICS"]),
    "ops.green": ("OPS", ["*"]),
    "audit.brown": ("AUDITOR", ["*"]),
    "insp.derby": ("SUPERVISOR", ["DERBS"]),
}
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Tests sign in often: a cheap hash is enough for them."""


@dataclass
class FixedClock:
    """A clock that shows the time it was set to."""

    at: int

    def __call__(self) -> int:
        """Return the time (ms)."""
        return self.at


@dataclass
class ServedBoard:
    """A board and its fakes."""

    app: Any
    model: ReadModel
    clock: FixedClock
    feeder: Feeder
    kafka_health: KafkaHealth
    actions: KeptActions = field(default_factory=KeptActions)
    judgements: KeptJudgements = field(default_factory=KeptJudgements)
    audit: KeptAudit = field(default_factory=KeptAudit)

    @property
    def board(self) -> Board:
        """The board itself."""
        board: Board = self.app.state.board
        return board

    def client(self, name: str | None = None) -> TestClient:
        """Return a test client; with a name, one that is signed in."""
        client = TestClient(self.app, base_url="http://127.0.0.1", follow_redirects=False)
        if name is not None:
            answer = sign_in(client, name)
            assert answer.status_code == 303, answer.text
        return client


@contextmanager
def served(model: ReadModel, clock: FixedClock, settings: BoardSettings | None = None) -> Iterator[ServedBoard]:
    """Serve a board with a user of each role; its hub polls only while a client is entered."""
    kafka_health, actions = KafkaHealth(clock(), heard_at=clock()), KeptActions()
    judgements, audit = KeptJudgements(), KeptAudit()
    kafka_health.ticked_at[0] = clock()
    with patch.object(passwords, "PasswordHasher", return_value=CHEAP):
        app = create_app(
            settings or BoardSettings(), model, actions, judgements, audit, clock=clock, kafka_health=kafka_health
        )
    users = app.state.board.users
    for name, (role, forces) in USERS.items():
        users.add(name, role, forces, PASSWORD)
    yield ServedBoard(app, model, clock, Feeder(model), kafka_health, actions, judgements, audit)


def sign_in(client: TestClient, name: str, password: str = PASSWORD) -> Any:
    """Send the sign-in form."""
    token = csrf_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"csrf": token, "name": name, "password": password})


def csrf_of(page: str) -> str:
    """Return the CSRF token of a page's first form."""
    match = re.search(r'name="csrf" value="([^"]+)"', page)
    assert match is not None, "no form with a token"
    return match[1]


def field_of(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match is not None, f"no field {name}"
    return match[1]
