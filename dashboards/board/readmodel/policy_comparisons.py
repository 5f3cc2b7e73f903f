"""Policy comparisons in the read model: their queue, progress, results and retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, RowMapping, Update, func, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.store import ReadModel
from dashboards.board.readmodel.tables import clocks, comparisons, differences
from dashboards.board.readmodel.visibility import visible
from streams.policy.calendar import MINUTE
from streams.reports.alert_differences import RuleSummary

State: TypeAlias = Literal["QUEUED", "RUNNING", "DONE", "FAILED"]
Phase: TypeAlias = Literal["READING", "JUDGING_CHOSEN", "JUDGING_IN_FORCE", "WRITING"]

NAME: Final = "comparison"
PROCESS: Final = "The process that compares"
LOST_MS: Final = MINUTE
"""A running comparison whose board has not kept it alive for so long has failed."""
MOST_WAITING: Final = 20
_AT_ONCE: Final = 500


class ComparisonRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to compare a policy with the one in force, over one force's records."""

    comparison_id: str
    force: str
    asked_by: str
    asked_at: int
    chosen_as: str
    """How the policy was chosen, in words."""
    version: str
    digest: str
    """SHA-256 of the texts."""
    texts: tuple[str, ...]
    """The policy's files, each laid over the one before, the first over the built-in one."""
    against_version: str
    against_digest: str
    against_texts: tuple[str, ...]


class ComparisonResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison read, and its counts by day and rule."""

    snapshots: int
    refused: int
    """Messages that could not be read, or that no worker would take."""
    counted: dict[str, int]
    """Duplicates, and bodies that contradict one another under one event_id."""
    by_day: dict[str, list[RuleSummary]]
    """By the local date on which matters began."""


class PolicyComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison and its progress; times in ms."""

    request: ComparisonRequest
    state: State
    seen_at: int | None
    phase: Phase | None
    share: float
    """How much of the phase is done."""
    error: str | None
    started_at: int | None
    ended_at: int | None
    as_of: int | None
    """Where the stream clock ended; None: not known yet, or there was no record."""
    result: ComparisonResult | None

    @property
    def is_open(self) -> bool:
        """Whether it is queued or running."""
        return self.state in {"QUEUED", "RUNNING"}


def forces(connection: Connection, person: Person) -> list[str]:
    """Return the forces a person may compare policies for: those of theirs whose clock is known."""
    return [
        force
        for force in connection.execute(select(clocks.c.force).order_by(clocks.c.force)).scalars()
        if person.sees(force)
    ]


def enqueue(model: ReadModel, request: ComparisonRequest) -> bool:
    """Put a comparison at the end of the queue, once; return False where too many wait already."""
    row = {**msgspec.structs.asdict(request), "state": "QUEUED"}
    row |= {name: _json(row[name]) for name in ("texts", "against_texts")}
    with model.writing() as connection:
        waiting = select(func.count()).select_from(comparisons).where(comparisons.c.state == "QUEUED")
        if connection.execute(waiting).scalar_one() >= MOST_WAITING:
            return False
        model.put(connection, comparisons, row, replace=False)
    return True


def find(connection: Connection, comparison_id: str, person: Person | None = None) -> PolicyComparison | None:
    """Return a comparison, or None where there is none, or none that this person may see."""
    query = select(comparisons).where(comparisons.c.comparison_id == comparison_id)
    row = connection.execute(query).mappings().one_or_none()
    return _read(row) if row is not None and (person is None or person.sees(row["force"])) else None


def search(connection: Connection, person: Person, force: str | None = None) -> list[PolicyComparison]:
    """Return the comparisons that a person may see, the newest first, without their results."""
    columns = [column for column in comparisons.c if column.name not in {"result", "texts", "against_texts"}]
    query = select(*columns).order_by(comparisons.c.asked_at.desc(), comparisons.c.comparison_id)
    query = query.where(*visible(comparisons.c.force, person))
    if force:
        query = query.where(comparisons.c.force == force)
    return [_read(row) for row in connection.execute(query).mappings()]


def ahead_of(connection: Connection, comparison: PolicyComparison) -> int:
    """Count the comparisons that come before a queued one."""
    query = (
        select(func.count())
        .select_from(comparisons)
        .where(comparisons.c.state.in_(["QUEUED", "RUNNING"]), comparisons.c.asked_at < comparison.request.asked_at)
    )
    return int(connection.execute(query).scalar_one())


def remove(model: ReadModel, comparison_id: str) -> None:
    """Remove a comparison; the board that runs it stops as soon as it finds it removed."""
    with model.writing() as connection:
        connection.execute(comparisons.delete().where(comparisons.c.comparison_id == comparison_id))
    _drop_differences(model)


def remove_before(model: ReadModel, moment: int) -> None:
    """Remove the comparisons that were requested before a moment (ms)."""
    with model.writing() as connection:
        connection.execute(comparisons.delete().where(comparisons.c.asked_at < moment))
    _drop_differences(model)


def _drop_differences(model: ReadModel) -> None:
    """Drop the differences of comparisons that were removed."""
    with model.writing() as connection:
        connection.execute(
            differences.delete().where(differences.c.comparison_id.not_in(select(comparisons.c.comparison_id)))
        )


def claim(model: ReadModel, wall: int) -> str | None:
    """Start the next comparison, unless one is running on any board, and return its id."""
    with model.writing() as connection:
        lost = (comparisons.c.state == "RUNNING", comparisons.c.seen_at < wall - LOST_MS)
        connection.execute(
            comparisons.update()
            .where(*lost)
            .values(state="FAILED", ended_at=wall, error="The board that ran it stopped on the way. Run it again.")
        )
        if connection.execute(select(comparisons.c.comparison_id).where(comparisons.c.state == "RUNNING")).first():
            return None
        first = select(comparisons.c.comparison_id).where(comparisons.c.state == "QUEUED")
        comparison_id = connection.execute(first.order_by(comparisons.c.asked_at).limit(1)).scalar_one_or_none()
        if comparison_id is not None:
            started = {"state": "RUNNING", "seen_at": wall, "started_at": wall, "phase": None, "share": 0.0}
            connection.execute(_of(comparison_id).values(**started))
        return comparison_id


def keep_alive(model: ReadModel, comparison_id: str, wall: int) -> None:
    """State that a comparison is still running."""
    with model.writing() as connection:
        connection.execute(_running(comparison_id).values(seen_at=wall))


def exists(model: ReadModel, comparison_id: str) -> bool:
    """Return whether a comparison has not been removed."""
    query = select(comparisons.c.comparison_id).where(comparisons.c.comparison_id == comparison_id)
    with model.reading() as connection:
        return connection.execute(query).first() is not None


def requeue(model: ReadModel, comparison_id: str) -> None:
    """Put a running comparison back into the queue: its board stops."""
    with model.writing() as connection:
        connection.execute(_running(comparison_id).values(state="QUEUED", seen_at=None, phase=None, share=None))


def progress(model: ReadModel, comparison_id: str, phase: Phase, share: float) -> None:
    """Store how far a comparison has got: the share, from 0 to 1, of its phase."""
    with model.writing() as connection:
        connection.execute(_running(comparison_id).values(phase=phase, share=share))


def fail(model: ReadModel, comparison_id: str, error: str, wall: int) -> None:
    """Store, in a sentence for whoever requested it, why a comparison failed."""
    with model.writing() as connection:
        connection.execute(_running(comparison_id).values(state="FAILED", error=error, ended_at=wall))


def finish(
    model: ReadModel,
    comparison_id: str,
    result: ComparisonResult,
    rows: Sequence[dict[str, Any]],
    *,
    as_of: int | None,
    wall: int,
) -> None:
    """Store the result of a comparison.

    Its differences are written in parts, so that no other writer waits for long.
    """
    with model.writing() as connection:
        connection.execute(differences.delete().where(differences.c.comparison_id == comparison_id))
    for start in range(0, len(rows), _AT_ONCE):
        with model.writing() as connection:
            model.put(connection, differences, *rows[start : start + _AT_ONCE])
    done = {"state": "DONE", "result": _json(result), "as_of": as_of, "ended_at": wall, "phase": None, "share": None}
    with model.writing() as connection:
        connection.execute(_running(comparison_id).values(**done))


def _of(comparison_id: str) -> Update:
    return comparisons.update().where(comparisons.c.comparison_id == comparison_id)


def _running(comparison_id: str) -> Update:
    return _of(comparison_id).where(comparisons.c.state == "RUNNING")


def _read(row: RowMapping) -> PolicyComparison:
    request = {name: row.get(name, "[]") for name in ComparisonRequest.__struct_fields__}
    texts = {name: msgspec.json.decode(request[name], type=tuple[str, ...]) for name in ("texts", "against_texts")}
    result = row.get("result")
    names = ("state", "seen_at", "phase", "error", "started_at", "ended_at", "as_of")
    return PolicyComparison(
        request=ComparisonRequest(**{**request, **texts}),
        share=row["share"] or 0.0,
        result=None if result is None else msgspec.json.decode(result, type=ComparisonResult),
        **{name: row[name] for name in names},
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
