"""The board as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from dashboards.board.accounts.oidc import Provider
from dashboards.board.accounts.passwords import LocalUsers
from dashboards.board.accounts.sessions import Sessions, cookie_secret
from dashboards.board.domain.kafka_health import KafkaHealth
from dashboards.board.domain.policy_choices import PolicyChoices
from dashboards.board.domain.ports import ActionSink, AuditSink, Clock, JudgementSink, SnapshotSource
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.http.request_ids import HEADER, REQUEST_ID, RequestIds
from dashboards.board.http.request_text import ReadableAddresses
from dashboards.board.http.security_headers import HEADERS, SecureHeaders
from dashboards.board.http.sub_path import SubPath
from dashboards.board.live.hub import Hub
from dashboards.board.pages import (
    alert,
    assessing,
    breach_register,
    feeds,
    figures,
    handover,
    live,
    policies,
    policy_comparison,
    registrar_queues,
    reviews,
    sign_in,
    trace,
    unreported,
)
from dashboards.board.pages.alert_forms import bulk_actions, contacts, linking, oversight
from dashboards.board.pages.audits import estimates as audit_estimates
from dashboards.board.pages.audits import plans as audit_plans
from dashboards.board.pages.audits import reading as audit_reading
from dashboards.board.pages.audits import requests as audit_requests
from dashboards.board.pages.audits import spreadsheets
from dashboards.board.pages.board import Board, board_of
from dashboards.board.pages.deciders import deciders, training
from dashboards.board.pages.handler import form, page, session_of
from dashboards.board.pages.rendering import environment, row_renderer
from dashboards.board.readmodel import ReadModel
from streams.policy import PolicyBook

STATIC: Final = Path(__file__).parent.parent / "static"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_HOUR_SECONDS: Final = 3600


def create_app(
    settings: BoardSettings,
    read_model: ReadModel,
    actions: ActionSink,
    judgements: JudgementSink,
    audit: AuditSink,
    *,
    clock: Clock,
    book: PolicyBook | None = None,
    kafka_health: KafkaHealth | None = None,
    choices: PolicyChoices | None = None,
    snapshots: SnapshotSource | None = None,
) -> Starlette:
    """Return the board; ``kafka_health`` is written by the thread that reads Kafka, where there is one.

    ``choices`` are the policies that may be compared with ``book``, whose text they hold.
    """
    board = _board(
        settings,
        read_model,
        actions,
        judgements,
        audit,
        clock=clock,
        book=book if book is not None else PolicyBook.built_in(),
        kafka_health=kafka_health if kafka_health is not None else KafkaHealth(clock()),
        choices=choices if choices is not None else PolicyChoices(),
        snapshots=snapshots,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        polling = asyncio.create_task(board.hub.run())
        yield
        polling.cancel()

    app = Starlette(
        routes=_routes(),
        middleware=_middleware(settings, read_model),
        exception_handlers={404: _not_found, 405: _not_found, Exception: _internal_error},
        lifespan=lifespan,
    )
    app.state.board = board
    return app


def _board(
    settings: BoardSettings,
    read_model: ReadModel,
    actions: ActionSink,
    judgements: JudgementSink,
    audit: AuditSink,
    *,
    clock: Clock,
    book: PolicyBook,
    kafka_health: KafkaHealth,
    choices: PolicyChoices,
    snapshots: SnapshotSource | None,
) -> Board:
    templates = environment(settings.base_path)
    return Board(
        settings=settings,
        model=read_model,
        actions=actions,
        judgements=judgements,
        snapshots=snapshots,
        audit=audit,
        clock=clock,
        book=book,
        policies=choices,
        kafka_health=kafka_health,
        hub=Hub(read_model, kafka_health, book, clock, row_renderer(templates)),
        sessions=Sessions(read_model, clock, int(settings.session_hours * _HOUR_SECONDS * 1000)),
        users=LocalUsers(read_model, clock),
        provider=Provider(settings) if settings.oidc_issuer else None,
        templates=templates,
    )


def _middleware(settings: BoardSettings, read_model: ReadModel) -> list[Middleware]:
    secret = settings.secret.get_secret_value() if settings.secret else cookie_secret(read_model)
    below = [Middleware(SubPath, base=settings.base_path)] if settings.base_path else []
    return [
        *below,
        Middleware(RequestIds),
        Middleware(SecureHeaders, https=settings.https),
        Middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, *settings.allowed_hosts], www_redirect=False),
        Middleware(
            SessionMiddleware,
            secret_key=secret,
            session_cookie="__Host-cdi" if settings.https else "cdi",
            max_age=int(settings.session_hours * _HOUR_SECONDS),
            same_site="lax",
            https_only=settings.https,
        ),
        Middleware(ReadableAddresses, answer=_error_page),
    ]


def _routes() -> list[BaseRoute]:
    return [
        Route("/", lambda _: RedirectResponse("/live")),
        Route("/live", page(live.show, "live", _search_or_view)),
        Route("/live/events", live.events),
        Route("/live/actions", form(bulk_actions.act, "act"), methods=["POST"]),
        Route("/alerts/{alert_id}", page(alert.show, "live")),
        Route("/alerts/{alert_id}/events", live.events),
        Route("/alerts/{alert_id}/actions", form(alert.act, "act"), methods=["POST"]),
        Route("/alerts/{alert_id}/assessments", form(alert.assess, "assess"), methods=["POST"]),
        Route("/assessments/undo", form(assessing.undo, "assess"), methods=["POST"]),
        Route("/reviews", page(reviews.show, "assess")),
        Route("/reviews/report", page(reviews.show_report, "assess")),
        Route("/reviews/next", form(reviews.go_on, "assess"), methods=["POST"]),
        Route("/reviews/answer", form(reviews.answer, "assess"), methods=["POST"]),
        Route("/reviews/leave", form(reviews.leave, "assess"), methods=["POST"]),
        Route("/alerts/{alert_id}/links", form(linking.confirm, "link"), methods=["POST"]),
        Route("/alerts/{alert_id}/links/undo", form(linking.undo, "link"), methods=["POST"]),
        Route("/alerts/{alert_id}/contacts", form(contacts.show, "contacts"), methods=["POST"]),
        Route("/handover", page(handover.show, "act"), methods=["GET"]),
        Route("/handover", form(handover.hand_over, "act"), methods=["POST"]),
        Route("/trace", page(trace.show, "trace", _search_or_view)),
        Route("/fcr/register", page(breach_register.show, "register")),
        Route("/fcr/register.csv", page(breach_register.export, "export", "EXPORT")),
        Route("/fcr/audits", page(registrar_queues.audits, "register"), methods=["GET"]),
        Route("/fcr/audits", form(registrar_queues.record_audit, "override"), methods=["POST"]),
        Route("/fcr/oversight", page(oversight.show, "register"), methods=["GET"]),
        Route("/fcr/oversight", form(oversight.rule, "override"), methods=["POST"]),
        Route("/fcr/unreported", page(unreported.show, "register"), methods=["GET"]),
        Route("/fcr/unreported", form(unreported.confirm, "override"), methods=["POST"]),
        Route("/fcr/disputes", page(registrar_queues.disputes, "register"), methods=["GET"]),
        Route("/fcr/disputes", form(registrar_queues.record_decision, "override"), methods=["POST"]),
        Route("/fcr/figures", page(figures.show, "figures")),
        Route("/fcr/figures.csv", page(figures.export, "export", "EXPORT")),
        Route("/fcr/figures/parts.csv", page(figures.export_parts, "export", "EXPORT")),
        Route("/fcr/deciders", page(deciders.show, "deciders", "DECIDERS")),
        Route("/fcr/deciders.csv", page(deciders.export, "deciders", "EXPORT")),
        Route("/fcr/training", page(training.show, "deciders", "TRAINING_NEEDS")),
        Route("/fcr/training.csv", page(training.export, "deciders", "EXPORT")),
        Route("/fcr/policies", page(policies.show, "figures"), methods=["GET"]),
        Route("/fcr/policies", form(policies.compare, "compare"), methods=["POST"]),
        Route("/fcr/policies/{comparison_id}", page(policy_comparison.show, "register")),
        Route("/fcr/policies/{comparison_id}/progress", policies.progress),
        Route("/fcr/policies/{comparison_id}/rules.csv", page(policy_comparison.export_rules, "export", "EXPORT")),
        Route(
            "/fcr/policies/{comparison_id}/cases.csv", page(policy_comparison.export_differences, "export", "EXPORT")
        ),
        Route("/fcr/policies/{comparison_id}/again", form(policies.compare_again, "compare"), methods=["POST"]),
        Route("/fcr/policies/{comparison_id}/remove", form(policies.remove, "compare"), methods=["POST"]),
        Route("/audits", page(audit_plans.show, "audit")),
        Route("/audits/estimates", page(audit_estimates.show, "audit")),
        Route("/audits/estimates.csv", page(audit_estimates.export, "export", "EXPORT")),
        Route("/audits/refresh", form(audit_estimates.refresh, "audit"), methods=["POST"]),
        Route("/audits/plan", page(audit_plans.show_form, "audit"), methods=["GET"]),
        Route("/audits/plan", form(audit_plans.preview, "audit"), methods=["POST"]),
        Route("/audits/requests/{request_id}/make", form(audit_plans.make, "audit"), methods=["POST"]),
        Route("/audits/requests/{request_id}", page(audit_requests.show, "audit")),
        Route("/audits/requests/{request_id}/progress", audit_requests.progress),
        Route("/audits/{audit_id}", page(audit_reading.show_audit, "audit")),
        Route("/audits/{audit_id}/read", page(audit_reading.show, "audit"), methods=["GET"]),
        Route("/audits/{audit_id}/read", form(audit_reading.read, "audit"), methods=["POST"]),
        Route("/audits/{audit_id}/form.csv", page(spreadsheets.export, "audit", "EXPORT")),
        Route("/audits/{audit_id}/form", form(spreadsheets.take, "audit", files=1), methods=["POST"]),
        Route("/feeds", page(feeds.show, "live")),
        Route("/sign-in", sign_in.show, methods=["GET"]),
        Route("/sign-in", sign_in.sign_in, methods=["POST"]),
        Route("/sign-in/provider", sign_in.redirect_to_provider),
        Route("/sign-in/callback", sign_in.callback, name="callback"),
        Route("/sign-out", form(sign_in.sign_out, "live"), methods=["POST"]),
        Route("/account", page(sign_in.account, "live")),
        Route("/account/password", form(sign_in.choose_password, "live"), methods=["POST"]),
        Route("/signed-in", _signed_in),
        Route("/healthy", _healthy),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _search_or_view(request: Request) -> str:
    return "SEARCH" if request.query_params.get("q") or request.query_params.get("ref") else "VIEW"


async def _signed_in(request: Request) -> Response:
    """Answer a page that lost its events: 401 where the sign-in has ended."""
    return Response(status_code=204 if await session_of(request) else 401)


def _not_found(request: Request, _error: Exception) -> Response:
    return _error_page(request, 404, "Not found", "There is no such page.")


def _internal_error(request: Request, _error: Exception) -> Response:
    """Answer where the board itself failed; the log says why."""
    request_id = request.scope.get(REQUEST_ID, "")
    sentence = f"The page could not be shown. Try again, or tell operations: request {request_id}."
    answer = _error_page(request, 500, "Something went wrong", sentence)
    answer.headers[HEADER] = request_id
    return answer


def _error_page(request: Request, status: int, title: str, sentence: str) -> Response:
    look = {name: request.cookies.get(f"cdi_{name}", "") for name in ("theme", "size")}
    page = board_of(request).render("error.html", title=title, sentence=sentence, look=look)
    return HTMLResponse(page, status, HEADERS)  # faults are answered outside the middleware that adds them


def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
