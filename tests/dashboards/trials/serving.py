"""A board on made-up data, in a thread of its own, until it is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette

from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.ports import Clock, Judgement
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.pages.board import Board
from dashboards.board.readmodel import ReadModel
from dashboards.board.server.app import create_app
from dashboards.board.server.run import server_of
from schemas.products import AlertAction
from tests.dashboards.trials.sample import Feeder


@dataclass(slots=True)
class KeptActions:
    """Keeps the actions sent, and refuses them where told to."""

    sent: list[AlertAction] = field(default_factory=list)
    refusing: bool = False

    def send(self, action: AlertAction) -> None:
        """Keep an action."""
        if self.refusing:
            message = "no broker"
            raise RuntimeError(message)
        self.sent.append(action)

    def send_all(self, actions: Iterable[AlertAction]) -> None:
        """Keep several."""
        for action in actions:
            self.send(action)


@dataclass(slots=True)
class KeptJudgements:
    """Keeps the judgements sent, and refuses them where told to."""

    sent: list[Judgement] = field(default_factory=list)
    refusing: bool = False

    def send(self, judgement: Judgement) -> None:
        """Keep a judgement."""
        if self.refusing:
            message = "no broker"
            raise RuntimeError(message)
        self.sent.append(judgement)


@dataclass(slots=True)
class KeptAudit:
    """Keeps what was noted."""

    noted: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    refusing: bool = False

    def note(self, actor: str, role: str, action: str, target: str | None) -> None:
        """Keep a note."""
        if self.refusing:
            message = "no audit log"
            raise RuntimeError(message)
        self.noted.append((actor, role, action, target))


@dataclass(frozen=True, slots=True)
class Tried:
    """A board that is being tried."""

    url: str
    app: Starlette
    model: ReadModel
    feeder: Feeder
    actions: KeptActions
    judgements: KeptJudgements
    audit: KeptAudit
    kafka_health: KafkaHealth

    @property
    def board(self) -> Board:
        """The board behind the application."""
        board: Board = self.app.state.board
        return board


@contextmanager
def tried(folder: Path, clock: Clock, settings: BoardSettings | None = None, url: str | None = None) -> Iterator[Tried]:
    """Serve a board on a free port; it reads no Kafka, and is taken to hear it as long as ``clock`` goes."""
    chosen = settings or BoardSettings(port=0, data=folder)
    model = ReadModel(url or f"sqlite:///{folder / 'board.sqlite'}")
    kafka_health, actions, judgements, audit = KafkaHealth(clock()), KeptActions(), KeptJudgements(), KeptAudit()
    app = create_app(chosen, model, actions, judgements, audit, clock=clock, kafka_health=kafka_health)
    server = server_of(chosen, app)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    hearing = threading.Event()
    ear = threading.Thread(target=_hear, args=(kafka_health, clock, hearing), daemon=True)
    ear.start()
    try:
        while not server.started:
            if not thread.is_alive():
                message = "the board did not start"
                raise RuntimeError(message)
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Tried(f"http://127.0.0.1:{port}", app, model, Feeder(model), actions, judgements, audit, kafka_health)
    finally:
        hearing.set()
        server.should_exit = True
        thread.join()
        ear.join()
        model.close()


def _hear(kafka_health: KafkaHealth, clock: Clock, stop: threading.Event) -> None:
    """Stand in for the thread that reads Kafka: it hears, and workers tick."""
    while not stop.wait(0.2):
        kafka_health.heard_at = clock()
        kafka_health.ticked_at[0] = clock()
