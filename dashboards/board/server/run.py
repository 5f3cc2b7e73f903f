"""Run a board as a process: the thread that reads Kafka and the web server, which end together."""

from __future__ import annotations

import signal

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.domain.ports import ActionSink, AuditSink, Clock, JudgementSink, OpenTopics, SnapshotSource
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.ingest.consumer import BoardConsumer
from dashboards.board.ingest.metrics import BoardMeasures
from dashboards.board.ingest.process_queue import ProcessQueue, Start
from dashboards.board.readmodel import ReadModel, policy_comparisons
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.server.app import create_app
from schemas.codec import Codec
from streams.policy import PolicyBook

_LEAVING_SECONDS = 2
"""How long the server waits for open screens when the board stops."""


def server_of(settings: BoardSettings, app: Starlette) -> uvicorn.Server:
    """Return the web server of a board; :mod:`dashboards.board.http.request_ids` logs its requests."""
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


def run_server(server: uvicorn.Server) -> None:
    """Run a web server until SIGTERM or Ctrl-C stops it; whoever calls it goes on after that.

    Once it has stopped, uvicorn raises the signal again for the handler that was there before: Python's own would end
    the process then and there, with the board's threads at work and the status of a process that was killed.
    """

    def stop(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_board(
    settings: BoardSettings,
    read_model: ReadModel,
    actions: ActionSink,
    judgements: JudgementSink,
    audit: AuditSink,
    *,
    open_topics: OpenTopics,
    clock: Clock,
    book: PolicyBook,
    kafka_health: KafkaHealth | None = None,
    registry: CollectorRegistry | None = None,
    codec: Codec | None = None,
    choices: PolicyChoices | None = None,
    compare: Start | None = None,
    snapshots: SnapshotSource | None = None,
    look_at_audits: Start | None = None,
) -> None:
    """Serve a board until a signal stops it; ``open_topics`` connects to Kafka.

    ``kafka_health`` states how well it reads Kafka, and its metrics are registered with ``registry``; ``codec`` reads
    messages, where not the package's own does.  ``choices`` are policies to compare; ``compare`` starts the process of
    one comparison, ``look_at_audits`` that of one request about audits: without them another board on the database has
    to.
    """
    kafka_health = KafkaHealth(clock()) if kafka_health is None else kafka_health
    consumer = BoardConsumer(open_topics, read_model, kafka_health, clock, codec)
    app = create_app(
        settings,
        read_model,
        actions,
        judgements,
        audit,
        clock=clock,
        book=book,
        kafka_health=kafka_health,
        choices=choices,
        snapshots=snapshots,
    )
    if registry is not None:
        hub = app.state.board.hub
        registry.register(BoardMeasures(kafka_health, lambda: hub.screens, read_model, book.version))
    threads: list[BoardConsumer | ProcessQueue] = [consumer]
    keep_days = settings.comparison_days
    if compare is not None:
        threads.append(ProcessQueue(policy_comparisons, read_model, clock, compare, keep_days=keep_days))
    if look_at_audits is not None:
        threads.append(ProcessQueue(audit_requests, read_model, clock, look_at_audits, keep_days=keep_days))
    for thread in threads:
        thread.start()
    try:
        run_server(server_of(settings, app))
    finally:
        for thread in threads:
            thread.stop()
