"""One board: everything its pages need."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment
from starlette.requests import Request

from dashboards.board.accounts.oidc import Provider
from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.accounts.sessions import Sessions
from dashboards.board.domain.kafka_health import Contact
from dashboards.board.domain.people import Person
from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.domain.ports import ActionSink, AuditSink, Clock
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.live.freshness import Freshness, freshness, known_clocks
from dashboards.board.live.hub import Hub
from dashboards.board.readmodel import ReadModel
from streams.policy import PolicyBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a board is made of."""

    settings: BoardSettings
    model: ReadModel
    actions: ActionSink
    audit: AuditSink
    clock: Clock
    book: PolicyBook
    policies: PolicyChoices
    contact: Contact
    hub: Hub
    sessions: Sessions
    users: LocalUsers
    provider: Provider | None
    templates: Environment

    def note(self, person: Person, action: str, target: str | None) -> None:
        """Note what a person does; raises where it cannot be noted, and then it is not done."""
        self.audit.note(person.name, person.role, action, target)

    def freshness(self, person: Person) -> Freshness:
        """Judge what a person may believe of what they see now."""
        with self.model.reading() as connection:
            known = known_clocks(connection, person)
        return freshness(known, self.contact, self.book, self.clock())

    def render(self, template: str, **context: object) -> str:
        """Write a page or a part of one."""
        return self.templates.get_template(template).render(**context)


def board_of(request: Request) -> Board:
    """Return the board a request came to."""
    board = request.app.state.board
    assert isinstance(board, Board)  # noqa: S101 - create_app put it there
    return board
