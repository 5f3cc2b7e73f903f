"""What people ask of the workers' state for an audit: the queue, and the answers.

The board holds no monitor.  A process of its own reads the state that the workers keep, answers one request, and leaves
how all audits of the force stand (:mod:`dashboards.board.readmodel.audits.sheets`).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, RowMapping, Update, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.audits.tables import audit_requests as requests
from dashboards.board.readmodel.store import ReadModel
from streams.actions import Role
from streams.audits.plan import PlanPreview, PlanRequest
from streams.policy.calendar import MINUTE

AuditRequestKind: TypeAlias = Literal["PREVIEW", "PLAN", "REFRESH"]
AuditRequestState: TypeAlias = Literal["QUEUED", "RUNNING", "DONE", "FAILED"]

NAME: Final = "audit"
PROCESS: Final = "The process that reads the records"
LOST_MS: Final = MINUTE
"""A running request whose board has not kept it alive for so long has failed."""
MOST_WAITING: Final = 20


class AuditRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks, and what came of it; times in ms."""

    request_id: str
    force: str
    kind: AuditRequestKind
    asked_by: str
    asked_role: Role
    asked_at: int
    plan_request: PlanRequest | None = None
    """What is to be planned."""
    state: AuditRequestState = "QUEUED"
    error: str | None = None
    preview: PlanPreview | None = None
    audit_id: str | None = None
    """The audit that was planned."""

    @property
    def is_open(self) -> bool:
        """Whether it is queued or running."""
        return self.state in {"QUEUED", "RUNNING"}


def enqueue(model: ReadModel, request: AuditRequest) -> bool:
    """Put a request at the end of the queue, once; return False where too many wait already."""
    row = {name: getattr(request, name) for name in ("request_id", "force", "kind", "asked_by", "asked_role")}
    row |= {"asked_at": request.asked_at, "state": "QUEUED", "plan_request": _json(request.plan_request)}
    with model.writing() as connection:
        waiting = select(func.count()).select_from(requests).where(requests.c.state == "QUEUED")
        if connection.execute(waiting).scalar_one() >= MOST_WAITING:
            return False
        model.put(connection, requests, row, replace=False)
    return True


def find(connection: Connection, request_id: str, person: Person | None = None) -> AuditRequest | None:
    """Return a request, or None where there is none, or none that this person may see."""
    row = connection.execute(select(requests).where(requests.c.request_id == request_id)).mappings().one_or_none()
    return _read(row) if row is not None and (person is None or person.sees(row["force"])) else None


def newest_refresh(connection: Connection, force: str) -> AuditRequest | None:
    """Return the newest request to read how a force's audits stand."""
    query = select(requests).where(requests.c.force == force, requests.c.kind == "REFRESH")
    row = connection.execute(query.order_by(requests.c.asked_at.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else _read(row)


def remove_before(model: ReadModel, moment: int) -> None:
    """Remove the requests made before a moment (ms)."""
    with model.writing() as connection:
        connection.execute(requests.delete().where(requests.c.asked_at < moment))


def claim(model: ReadModel, wall: int) -> str | None:
    """Start the next request, unless one is running on any board, and return its id."""
    with model.writing() as connection:
        lost = (requests.c.state == "RUNNING", requests.c.seen_at < wall - LOST_MS)
        sentence = "The board that read the records stopped on the way. See whether the audit is there, then ask again."
        connection.execute(requests.update().where(*lost).values(state="FAILED", ended_at=wall, error=sentence))
        if connection.execute(select(requests.c.request_id).where(requests.c.state == "RUNNING")).first():
            return None
        first = select(requests.c.request_id).where(requests.c.state == "QUEUED")
        request_id = connection.execute(first.order_by(requests.c.asked_at).limit(1)).scalar_one_or_none()
        if request_id is not None:
            connection.execute(_of(request_id).values(state="RUNNING", seen_at=wall))
        return request_id


def keep_alive(model: ReadModel, request_id: str, wall: int) -> None:
    """State that a request is still being answered."""
    _update(model, request_id, seen_at=wall)


def exists(model: ReadModel, request_id: str) -> bool:
    """Return whether a request has not been removed."""
    with model.reading() as connection:
        return find(connection, request_id) is not None


def requeue(model: ReadModel, request_id: str) -> None:
    """Put a running request back into the queue, but not a plan: it may have been made already."""
    with model.writing() as connection:
        connection.execute(_running(request_id).where(requests.c.kind != "PLAN").values(state="QUEUED", seen_at=None))
    fail(model, request_id, "The board stopped on the way. See whether the audit is there, then ask again.", None)


def fail(model: ReadModel, request_id: str, error: str, wall: int | None) -> None:
    """Store, in a sentence for whoever asked, why a request failed."""
    _update(model, request_id, state="FAILED", error=error, ended_at=wall)


def finish(
    model: ReadModel, request_id: str, wall: int, *, preview: PlanPreview | None = None, audit_id: str | None = None
) -> None:
    """Store the answer."""
    _update(model, request_id, state="DONE", ended_at=wall, preview=_json(preview), audit_id=audit_id)


def _update(model: ReadModel, request_id: str, **values: str | int | None) -> None:
    with model.writing() as connection:
        connection.execute(_running(request_id).values(**values))


def _of(request_id: str) -> Update:
    return requests.update().where(requests.c.request_id == request_id)


def _running(request_id: str) -> Update:
    return _of(request_id).where(requests.c.state == "RUNNING")


def _read(row: RowMapping) -> AuditRequest:
    names = ("request_id", "force", "kind", "asked_by", "asked_role", "asked_at", "state", "error", "audit_id")
    plan, preview = row["plan_request"], row["preview"]
    return AuditRequest(
        **{name: row[name] for name in names},
        plan_request=None if plan is None else msgspec.json.decode(plan, type=PlanRequest),
        preview=None if preview is None else msgspec.json.decode(preview, type=PlanPreview),
    )


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
