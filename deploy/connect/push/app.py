"""The application of one push feed: it hands requests over, and answers once they are done."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agents.settings.clock import stopwatch, wall_clock
from deploy.connect.push.bodies import read_body
from deploy.connect.push.problems import ProblemError
from deploy.connect.push.requests import PushRequest
from schemas.times import from_rfc3339

if TYPE_CHECKING:
    from deploy.connect.push.tokens import PushTokens

REPLAYED: Final = "Idempotency-Replayed"
"""The header of an answer that was given before, and is given again."""
RETRY_SECONDS: Final = 10
"""After how long a sender is asked to try again."""
_RETRY_BUSY_SECONDS: Final = 1
_LONGEST_KEY: Final = 200
_LENIENT: Final = "handling=lenient"
_log: Final = structlog.get_logger("cdi.push")


class PushApp:
    """Answers the requests of one feed."""

    def __init__(
        self,
        hand_over: Callable[[PushRequest], None],
        tokens: PushTokens,
        description: dict[str, Any],
        *,
        most_bytes: int,
        most_requests: int,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        """``hand_over`` takes a request, to be answered later; so many may be in hand, with their bodies."""
        self._hand_over = hand_over
        self._tokens = tokens
        self._description = description
        self._most_bytes = most_bytes
        self._most_requests = most_requests
        self._requests = 0
        """How many are in hand."""
        self._clock = clock

    def starlette(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/records", self._records, methods=["POST"]),
                Route("/complete", self._complete, methods=["POST"]),
                Route("/openapi.json", self._describe),
                Route("/healthy", _healthy),
            ],
            exception_handlers={
                ProblemError: _problem,
                sqlite3.Error: _unavailable,
                Exception: _failure,
            },
        )

    async def _records(self, request: Request) -> Response:
        await self._require_token(request)
        through = _moment(request, "complete_through")
        is_lenient = _LENIENT in request.headers.get("prefer", "").replace(" ", "").lower()
        return await self._answer(request, through, has_rows=True, is_lenient=is_lenient)

    async def _complete(self, request: Request) -> Response:
        await self._require_token(request)
        through = _moment(request, "through")
        if through is None:
            raise ProblemError(400, "the address ends with ?through= and a time (RFC 3339)")
        return await self._answer(request, through, has_rows=False)

    async def _answer(
        self, request: Request, through: int | None, *, has_rows: bool, is_lenient: bool = False
    ) -> Response:
        if self._requests >= self._most_requests:
            detail = "too many requests wait: send it again later"
            raise ProblemError(429, detail, headers={"Retry-After": str(_RETRY_BUSY_SECONDS)})
        self._requests += 1
        try:
            return await self._answer_in_turn(request, through, has_rows=has_rows, is_lenient=is_lenient)
        finally:
            self._requests -= 1

    async def _answer_in_turn(
        self, request: Request, through: int | None, *, has_rows: bool, is_lenient: bool
    ) -> Response:
        started_at = stopwatch()
        body = await read_body(request, self._most_bytes)
        pushed = PushRequest(
            media_type=request.headers.get("content-type", "").partition(";")[0].strip().lower(),
            body=body,
            digest=_digest_of(request, body),
            has_rows=has_rows,
            complete_through=through,
            is_lenient=is_lenient,
            idempotency_key=_idempotency_key(request),
        )
        self._hand_over(pushed)
        answer = await asyncio.wrap_future(pushed.answer)
        _log.info("answered", path=request.url.path, bytes=len(body), took_ms=_milliseconds_since(started_at))
        headers = {REPLAYED: "true"} if answer.replayed else None
        return Response(answer.content, headers=headers, media_type="application/json")

    async def _require_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not await run_in_threadpool(self._tokens.is_valid, token, self._clock()):
            raise ProblemError(
                401, "Authorization: Bearer and a token that is valid", headers={"WWW-Authenticate": "Bearer"}
            )

    async def _describe(self, _: Request) -> Response:
        return JSONResponse(self._description)


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")


def _digest_of(request: Request, body: bytes) -> bytes:
    digest = hashlib.sha256()
    headers = (request.headers.get(name, "") for name in ("content-type", "prefer"))
    for part in (request.url.path, request.url.query, *headers):
        digest.update(part.encode() + b"\0")
    digest.update(body)
    return digest.digest()


def _idempotency_key(request: Request) -> str | None:
    """Return a request's key; the draft has it in quotation marks, and most senders leave them out."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    key = key.strip().removeprefix('"').removesuffix('"')
    if not key or len(key) > _LONGEST_KEY:
        raise ProblemError(400, f"Idempotency-Key: between 1 and {_LONGEST_KEY} characters")
    return key


def _moment(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return from_rfc3339(text)
    except ValueError as refusal:
        raise ProblemError(400, f"{name}: {refusal} (a + in an address is written %2B)") from None


def _milliseconds_since(started_at: float) -> int:
    return round((stopwatch() - started_at) * 1000)


def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, ProblemError)  # noqa: S101 - Starlette chooses the handler by the error's type
    _log.info("refused", status=problem.status, reason=problem.detail, bad_rows=len(problem.rows))
    return problem.answer()


def unavailable() -> ProblemError:
    """Return what a request is answered that cannot be done now."""
    return ProblemError(
        503, "what was sent cannot be taken now: send it again later", headers={"Retry-After": str(RETRY_SECONDS)}
    )


def _unavailable(_: Request, failure: Exception) -> Response:
    _log.warning("unavailable", error=type(failure).__name__, reason=str(failure))
    return unavailable().answer()


def _failure(_: Request, failure: Exception) -> Response:
    _log.error("request_failed", error=type(failure).__name__)
    return ProblemError(500, "this failed at the receiver; its log says more").answer()
