"""What a page needs of its board: the read model, accounts, clocks, policies and templates."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from dashboards.board.accounts.oidc import Provider
from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.accounts.sessions import Sessions
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.people import Person
from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.domain.ports import ActionSink, AuditSink, Clock, JudgementSink, SnapshotSource
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.live.freshness import Freshness, freshness
from dashboards.board.live.hub import Hub
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.feeds import force_clocks
from streams.policy import PolicyBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The parts of one board."""

    settings: BoardSettings
    model: ReadModel
    actions: ActionSink
    judgements: JudgementSink
    snapshots: SnapshotSource | None
    """None: this board looks no record up."""
    audit: AuditSink
    clock: Clock
    book: PolicyBook
    policies: PolicyChoices
    kafka_health: KafkaHealth
    hub: Hub
    sessions: Sessions
    users: LocalUsers
    provider: Provider | None
    templates: Environment

    def note(self, person: Person, action: str, target: str | None) -> None:
        """Write what a person does to the audit log; raises where that fails, and then it must not be done."""
        self.audit.note(person.name, person.role, action, target)

    def freshness(self, person: Person) -> Freshness:
        """Return how current what a person sees is now."""
        with self.model.reading() as connection:
            clocks = force_clocks(connection, person)
        return freshness(clocks, self.kafka_health, self.book, self.clock())

    def render(self, template: str, **context: object) -> str:
        """Render a template."""
        return self.templates.get_template(template).render(**context)


def board_of(request: Request) -> Board:
    """Return the board a request came to."""
    board = request.app.state.board
    assert isinstance(board, Board)  # noqa: S101 - create_app put it there
    return board
