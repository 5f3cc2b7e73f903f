"""The sign-in page, sign-out, and the account page with its password."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

import structlog
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.board.accounts.oidc import ProviderUnavailableError, SignInRefusedError
from dashboards.board.accounts.passwords import TooManyAttemptsError
from dashboards.board.domain.people import Person
from dashboards.board.domain.wording import sentence
from dashboards.board.http.forwarding import address_of, came_by_untrusted_proxy
from dashboards.board.http.request_text import has_storable_text
from dashboards.board.http.security_headers import is_forged, safe_path
from dashboards.board.pages.board import Board, board_of
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel import leases, untrusted_proxies
from schemas.quantities import counted

_log = structlog.get_logger("cdi.board")

_WRONG = "The name or the password is not right."
_FORGED = "The form had expired. Try again."


async def show(request: Request) -> Response:
    """Show the sign-in form."""
    return _form(request)


async def sign_in(request: Request) -> Response:
    """Sign somebody in by name and password."""
    board = board_of(request)
    if not board.settings.local_users:
        return _form(request, "Passwords are not used here.", 403)
    sent = await request.form(max_files=0, max_fields=10)
    if is_forged(request, request.session.get("form", ""), sent.get("csrf"), board.settings.public_url):
        return _form(request, _FORGED, 403)
    if not has_storable_text(sent):
        return _form(request, _WRONG, 400)
    name, password = str(sent.get("name", "")).strip(), str(sent.get("password", ""))
    await _note_untrusted_proxy(board, request)
    try:
        signed_in = await to_thread.run_sync(board.users.sign_in, name, password, address_of(request))
    except TooManyAttemptsError as refusal:
        minutes = -(-refusal.wait_seconds // 60)
        error = f"Too many attempts. Try again in {counted(minutes, 'minute')}."
        answer = _form(request, error, 429)
        answer.headers["retry-after"] = str(refusal.wait_seconds)
        return answer
    if signed_in is None:
        _log.info("board_sign_in_failed")
        return _form(request, _WRONG, 401, name)
    begin = partial(board.sessions.begin_local, signed_in)
    return await to_thread.run_sync(_begin_session, board, request, signed_in.person, begin)


async def _note_untrusted_proxy(board: Board, request: Request) -> None:
    """Log, and note for ``cdi doctor``, that everybody behind a proxy counts as one address."""
    if came_by_untrusted_proxy(request) and await to_thread.run_sync(
        untrusted_proxies.note, board.model, board.clock()
    ):
        _log.warning("board_proxy_not_trusted", to_do="set CDI_BOARD_PROXIES to the proxy's address")


async def redirect_to_provider(request: Request) -> Response:
    """Send somebody to the OpenID provider."""
    board = board_of(request)
    if board.provider is None:
        return _form(request, "There is no other sign-in here.", 404)
    request.session["next"] = safe_path(request.query_params.get("next"))
    public = board.settings.public_url
    callback = f"{public.rstrip('/')}/sign-in/callback" if public else str(request.url_for("callback"))
    try:
        return await board.provider.redirect_to_sign_in(request, callback)
    except ProviderUnavailableError as failure:
        return _form(request, str(failure), 503)


async def callback(request: Request) -> Response:
    """Sign in whoever the OpenID provider says came back."""
    board = board_of(request)
    if board.provider is None:
        return _form(request, "There is no other sign-in here.", 404)
    try:
        person = await board.provider.complete_sign_in(request)
    except SignInRefusedError as refusal:
        return _form(request, str(refusal), 403)
    except ProviderUnavailableError as failure:
        return _form(request, str(failure), 503)
    begin = partial(board.sessions.begin, person)
    return await to_thread.run_sync(_begin_session, board, request, person, begin)


def sign_out(visit: Visit) -> Response:
    """End the sign-in."""
    token = visit.request.session.get("token", "")
    visit.board.note(visit.person, "SIGN_OUT", None)
    visit.board.sessions.end(token)
    leases.release_all(visit.board.model, visit.person.name)
    visit.request.session.clear()
    return RedirectResponse("/sign-in", SEE_OTHER)


def account(visit: Visit) -> Response:
    """Show a person their account."""
    return visit.page("account.html", error=None)


def choose_password(visit: Visit) -> Response:
    """Store the password that somebody chooses after a one-time one."""
    if not visit.session.one_time:
        reason = "Ask whoever administers this board for a new one-time password."
        return visit.page("message.html", 403, title="Not changed", sentence=reason)
    password = str(visit.form.get("password", ""))
    try:
        visit.board.users.choose_password(visit.person.name, password)
    except ValueError as refusal:
        return visit.page("account.html", 422, error=sentence(str(refusal)))
    visit.board.note(visit.person, "CHOOSE_PASSWORD", None)
    visit.board.sessions.chose_password(visit.request.session.get("token", ""))
    return RedirectResponse("/live", SEE_OTHER)


def _begin_session(board: Board, request: Request, person: Person, begin: Callable[[], str | None]) -> Response:
    board.note(person, "SIGN_IN", None)
    if (token := begin()) is None:
        return _form(request, _WRONG, 401, person.name)
    going_to = safe_path(request.session.get("next"))
    request.session.clear()  # nothing from before the sign-in is kept
    request.session["token"] = token
    return RedirectResponse(going_to, SEE_OTHER)


def _form(request: Request, error: str | None = None, status: int = 200, name: str = "") -> Response:
    board = board_of(request)
    if "next" in request.query_params:
        request.session["next"] = safe_path(request.query_params["next"])
    token = request.session.setdefault("form", secrets.token_urlsafe(24))
    look = {key: request.cookies.get(f"cdi_{key}", "") for key in ("theme", "size")}
    page = board.render(
        "sign_in.html",
        error=error,
        csrf=token,
        name=name,
        look=look,
        local=board.settings.local_users,
        provider=board.provider is not None,
    )
    return HTMLResponse(page, status)
