"""Wrap the handler of a page: check the session and the right, audit, and render the frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

import structlog
from anyio import to_thread
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from dashboards.board.accounts.sessions import Session
from dashboards.board.domain.people import Person, Right
from dashboards.board.http.query_params import BadQueryError
from dashboards.board.http.request_text import has_storable_text
from dashboards.board.http.security_headers import is_forged
from dashboards.board.pages.board import Board, board_of
from streams.policy.calendar import local_date

_log: Final = structlog.get_logger("cdi.board")

Endpoint = Callable[[Request], Awaitable[Response]]
SEE_OTHER: Final = 303


class Visit:
    """One request of somebody who is signed in."""

    __slots__ = ("board", "form", "request", "session")

    def __init__(self, board: Board, request: Request, session: Session, form: FormData | None = None) -> None:
        self.board = board
        self.request = request
        self.session = session
        self.form = form if form is not None else FormData()

    @property
    def person(self) -> Person:
        """Who is signed in."""
        return self.session.person

    def text(self, field: str) -> str:
        """Return a text field of the form, without blanks around it."""
        value = self.form.get(field)
        return value.strip() if isinstance(value, str) else ""

    def page(self, template: str, status: int = 200, /, **context: object) -> Response:
        """Answer with a page inside the board's frame."""
        look = {name: self.request.cookies.get(f"cdi_{name}", "") for name in ("theme", "size")}
        frame = {"fresh": self.board.freshness(self.person), "behind": self.board.kafka_health.behind, "look": look}
        return HTMLResponse(self.board.render(template, **(self._context() | frame | context)), status)

    def fragment(self, template: str, **context: object) -> Response:
        """Answer a script with a part of a page."""
        return HTMLResponse(self.board.render(template, **(self._context() | context)))

    def _context(self) -> dict[str, object]:
        return {"visit": self, "person": self.person, "session": self.session}

    def missing(self, sentence: str) -> Response:
        """Answer 404, the same whether there is no such thing or this person may not see it."""
        return self.page("message.html", 404, title="Not found", sentence=sentence)


Handler = Callable[[Visit], Response]


def page(handler: Handler, right: Right, action: str | Callable[[Request], str] = "VIEW") -> Endpoint:
    """Return the endpoint of a page that is viewed: for people with a right, and audited as ``action``."""

    async def endpoint(request: Request) -> Response:
        session = await session_of(request)
        if session is None:
            return _to_sign_in(request)
        return await to_thread.run_sync(answer, board_of(request), request, session)

    def answer(board: Board, request: Request, session: Session) -> Response:
        visit = Visit(board, request, session)
        if not session.person.may(right):
            return _refused(visit)
        name = action if isinstance(action, str) else action(request)
        if not _audit(board, session.person, name, request):
            return _not_audited(visit)
        return _handle(handler, visit)

    return endpoint


def form(handler: Handler, right: Right, *, files: int = 0) -> Endpoint:
    """Return the endpoint of a form, for people with a right; its handler writes the audit log.

    ``files`` is how many files it may hold.
    """

    async def endpoint(request: Request) -> Response:
        session = await session_of(request)
        if session is None:
            return _to_sign_in(request)
        fields = await request.form(max_files=files, max_fields=1000)
        return await to_thread.run_sync(answer, board_of(request), request, session, fields)

    def answer(board: Board, request: Request, session: Session, fields: FormData) -> Response:
        visit = Visit(board, request, session, fields)
        if is_forged(request, session.csrf, fields.get("csrf"), board.settings.public_url):
            sentence = "The form had expired. Go back, load the page anew and send it again."
            return visit.page("message.html", 403, title="Not sent", sentence=sentence)
        if not session.person.may(right):
            return _refused(visit)
        if not has_storable_text(fields):
            sentence = "A field holds a character that no text can hold. Go back, remove it and send the form again."
            return visit.page("message.html", 400, title="Not sent", sentence=sentence)
        return _handle(handler, visit)

    return endpoint


async def session_of(request: Request) -> Session | None:
    """Return the session of a request, or None where nobody is signed in."""
    return await to_thread.run_sync(board_of(request).sessions.find, request.session.get("token"))


def today_of(visit: Visit) -> str:
    """Return London's date as part of a file's name: of what is as of today."""
    return local_date(visit.board.clock()).isoformat()


def is_fragment(request: Request) -> bool:
    """Return whether a script asks for a part of a page."""
    return request.headers.get("x-fragment") == "1"


def _to_sign_in(request: Request) -> Response:
    if is_fragment(request) or request.url.path.endswith("/events"):
        return PlainTextResponse("signed out", 401)
    if request.method != "GET":
        return RedirectResponse("/sign-in", SEE_OTHER)
    going_to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(going_to, safe='')}", SEE_OTHER)


def _audit(board: Board, person: Person, action: str, request: Request) -> bool:
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    try:
        board.note(person, action, target)
    except Exception:  # noqa: BLE001 - whatever keeps it out of the audit log, it is not shown
        _log.exception("board_cannot_note")
        return False
    return True


def _handle(handler: Handler, visit: Visit) -> Response:
    try:
        return handler(visit)
    except BadQueryError as refusal:
        return visit.page("message.html", 400, title="That address cannot be read", sentence=str(refusal))


def _refused(visit: Visit) -> Response:
    sentence = f"Your role, {visit.person.role_name}, does not include this page."
    return visit.page("message.html", 403, title="Not for your role", sentence=sentence)


def _not_audited(visit: Visit) -> Response:
    sentence = "The audit log cannot be written, so nothing that must be noted there can be shown. Tell operations."
    return visit.page("message.html", 503, title="Not available", sentence=sentence)
