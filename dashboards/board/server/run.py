"""A board as a process: the thread that reads Kafka, the server that shows, and both ending together."""

from __future__ import annotations

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from dashboards.board.domain.kafka_health import Contact
from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.domain.ports import ActionSink, AuditSink, Clock, OpenTopics
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.ingest.consumer import BoardConsumer
from dashboards.board.ingest.metrics import BoardMeasures
from dashboards.board.ingest.policy_comparison_queue import PolicyComparisonQueue, Start
from dashboards.board.readmodel import ReadModel
from dashboards.board.server.app import create_app
from schemas.codec import Codec
from streams.policy import PolicyBook

_LEAVING_SECONDS = 2
"""How long open screens are waited for when the board stops."""


def server_of(settings: BoardSettings, app: Starlette) -> uvicorn.Server:
    """Return the server that shows a board; :mod:`dashboards.board.http.request_ids` logs its requests."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        timeout_graceful_shutdown=_LEAVING_SECONDS,
    )
    return uvicorn.Server(config)


def run_board(
    settings: BoardSettings,
    read_model: ReadModel,
    actions: ActionSink,
    audit: AuditSink,
    *,
    open_topics: OpenTopics,
    clock: Clock,
    book: PolicyBook,
    contact: Contact | None = None,
    registry: CollectorRegistry | None = None,
    codec: Codec | None = None,
    choices: PolicyChoices | None = None,
    compare: Start | None = None,
) -> None:
    """Serve a board until a signal stops it; ``open_topics`` connects to Kafka.

    ``contact`` says how it hears, and ``registry`` is given its figures, for whoever serves them; ``codec`` is what it
    reads by, where that is not the package's own.  ``choices`` are policies to compare, and ``compare`` starts the
    process for one comparison: without it another board on the database has to.
    """
    contact = Contact(clock()) if contact is None else contact
    consumer = BoardConsumer(open_topics, read_model, contact, clock, codec)
    app = create_app(settings, read_model, actions, audit, clock=clock, book=book, contact=contact, choices=choices)
    if registry is not None:
        hub = app.state.board.hub
        registry.register(BoardMeasures(contact, lambda: hub.screens, read_model, book.version))
    threads: list[BoardConsumer | PolicyComparisonQueue] = [consumer]
    if compare is not None:
        threads.append(PolicyComparisonQueue(read_model, clock, compare, keep_days=settings.comparison_days))
    for thread in threads:
        thread.start()
    try:
        server_of(settings, app).run()
    finally:
        for thread in threads:
            thread.stop()
