"""The board of an installation, with its settings, users, producers and read model."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector
from sqlalchemy import select

from agents.kafka.codecs import product_codec
from agents.kafka.topic_reader import TopicReader
from agents.observability.logs import process_logs
from agents.observability.status import StatusServer
from agents.settings.clock import wall_clock
from agents.topics.actions import ActionProducer
from agents.topics.audit_log import AuditLog
from agents.topics.judgements import JudgementProducer
from agents.topics.snapshots import SnapshotSearch
from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.tables import users
from dashboards.board.server.run import run_board
from deploy.local import child_process

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.actions import Role
    from streams.policy import PolicyBook

POLICIES = Path(__file__).parents[1] / "policies"
"""Policy files that come with the package."""
_ANSWER_SECONDS = 5.0

_log = structlog.get_logger("cdi.board")


def read_board_settings(settings: Settings, **overrides: object) -> BoardSettings:
    """Return the board's settings; its data folder is the installation's unless it has its own."""
    board_settings = BoardSettings(**overrides)  # type: ignore[arg-type]
    return (
        board_settings
        if "data" in board_settings.model_fields_set
        else board_settings.model_copy(update={"data": settings.data})
    )


def serve(settings: Settings, board_settings: BoardSettings, book: PolicyBook) -> None:
    """Run the board, and its health and metrics, until the process is told to stop."""
    with process_logs(settings, "board"):
        _serve(settings, board_settings, book)


def _serve(settings: Settings, board_settings: BoardSettings, book: PolicyBook) -> None:
    kafka_health, registry = KafkaHealth(wall_clock()), CollectorRegistry()
    ProcessCollector(registry=registry)
    status = StatusServer(
        settings.metrics_port,
        registry,
        ready=lambda: kafka_health.heard_at is not None and kafka_health.trouble is None,
        live=lambda: True,
        host=settings.metrics_host,
    )
    with status:
        _log.info("started", url=f"http://{board_settings.host}:{board_settings.port}/")
        run_board(
            board_settings,
            ReadModel(board_settings.database_url),
            ActionProducer(settings, book.actions),
            JudgementProducer(settings),
            AuditLog(settings, "board"),
            open_topics=lambda: open_topics(settings),
            clock=wall_clock,
            book=book,
            kafka_health=kafka_health,
            registry=registry,
            codec=product_codec(settings),
            choices=choices_of(settings, board_settings),
            snapshots=SnapshotSearch(settings),
            compare=lambda comparison_id: start_process("board-comparison", settings, board_settings, comparison_id),
            look_at_audits=lambda request_id: start_process("board-audit", settings, board_settings, request_id),
        )


def open_topics(settings: Settings) -> TopicReader:
    """Connect the board to Kafka; it notices within seconds that nobody answers."""
    return TopicReader(settings, "board", offset_reset="earliest", answer_seconds=_ANSWER_SECONDS)


def choices_of(settings: Settings, board_settings: BoardSettings) -> PolicyChoices:
    """Return the policies that may be compared with the one in force.

    Raises OSError, UnicodeDecodeError.
    """
    in_force = () if settings.policy is None else (settings.policy.read_text(encoding="utf-8"),)
    return PolicyChoices(in_force, (POLICIES, *(() if board_settings.policies is None else (board_settings.policies,))))


def start_process(
    command: str, settings: Settings, board_settings: BoardSettings, request_id: str
) -> subprocess.Popen[bytes]:
    """Start the process that answers one request: to compare policies, or about audits."""
    environment = {**child_process.environment_of(settings), "CDI_BOARD_DATABASE": board_settings.database_url}
    return child_process.start((command, request_id), environment)


def add_user(board_settings: BoardSettings, name: str, role: Role, forces: list[str]) -> str:
    """Make a user of the board, or replace one; return a password that signs in once."""
    return LocalUsers(ReadModel(board_settings.database_url), wall_clock).add_with_one_time_password(name, role, forces)


def remove_user(board_settings: BoardSettings, name: str) -> bool:
    """Remove a user of the board and end their sessions; return False where there is none of that name."""
    return LocalUsers(ReadModel(board_settings.database_url), wall_clock).remove(name)


def add_first_user(board_settings: BoardSettings, name: str = "cdi") -> str | None:
    """Make a user who may see and do all where the board has no users.

    Return a password that signs in once.
    """
    model = ReadModel(board_settings.database_url)
    with model.reading() as connection:
        if not board_settings.local_users or connection.execute(select(users.c.name).limit(1)).first() is not None:
            return None
    return LocalUsers(model, wall_clock).add_with_one_time_password(name, "FCR", ["*"])
