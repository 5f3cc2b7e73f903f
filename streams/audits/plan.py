"""The plan of an audit: what is read, of what, and the thresholds that decide it for good.

A plan is made once and never changed.  It is kept as an entry of the audit log (action AUDIT_PLAN, the audit's id its
target), or, where files are audited, as a file of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from schemas.identifiers import normalise
from streams.audits.draw import audit_name, draw, record_digest
from streams.audits.frames import FRAMES, STRATA_BY, FrameName, StrataBy, frame_records
from streams.audits.sizing import SampleSize, size_for_half_width, size_of
from streams.audits.strata import FormerReadings, StratumSize
from streams.facts.context import Context
from streams.facts.memory import whole_since
from streams.policy.calendar import local_date

PLAN_ACTION: Final = "AUDIT_PLAN"
"""The action of a plan's entry in the audit log."""
_DETAIL: Final = "plan"
SHORT: Final = 16
"""Hexadecimal digits of a drawn record's digest that a plan keeps."""


class PlanRefusedError(ValueError):
    """A plan that cannot be made; the text says why, in words for whoever asked for it."""


class PlanRequest(NamedTuple):
    """What is asked for."""

    frame: FrameName
    start: int
    """The period's first moment (ms)."""
    end: int
    """The first moment after it (ms)."""
    by: StrataBy | None = None
    """What strata are made of; None: the frame is one stratum."""
    n: int | None = None
    """How many records to read ..."""
    half_width: float | None = None
    """... or how near the truth the share is to be (0 to 1); one of the two is given."""


class PlannedStratum(msgspec.Struct, frozen=True):
    """A stratum as it was when the audit was planned."""

    name: str
    population: int
    threshold: str
    """The largest digest drawn; empty where nothing is."""
    drawn: tuple[str, ...]
    """The first digits of each digest drawn, in order: what is drawn once is never dropped."""


class AuditPlan(msgspec.Struct, frozen=True):
    """An audit as it was planned."""

    audit_id: str
    force: str
    frame: FrameName
    start: int
    end: int
    by: StrataBy | None
    half_width: float | None
    """Wanted; None where the number of records was given."""
    neyman: bool
    """Whether a former audit decided how the sample is shared out."""
    planned_at: int
    """The force's clock (ms)."""
    policy_version: str
    strata: tuple[PlannedStratum, ...]

    @property
    def n(self) -> int:
        """How many records were drawn."""
        return sum(len(stratum.drawn) for stratum in self.strata)

    def as_json(self) -> bytes:
        """Write the plan as a file holds it."""
        return msgspec.json.format(msgspec.json.encode(self)) + b"\n"

    def details(self) -> Mapping[str, str]:
        """Return the details of its entry in the audit log."""
        return {_DETAIL: msgspec.json.encode(self).decode()}


def plan_from_json(text: bytes | str) -> AuditPlan:
    """Read a plan.  Raises ValueError where it is none."""
    return msgspec.json.decode(text, type=AuditPlan)


def plan_from_details(details: Mapping[str, str]) -> AuditPlan:
    """Read the plan of an entry of the audit log.  Raises ValueError where it holds none."""
    return plan_from_json(details.get(_DETAIL, ""))


class PlannedSize(NamedTuple):
    """What a plan would read of one stratum."""

    name: str
    population: int
    n: int
    """How many records would be drawn."""


class PlanPreview(NamedTuple):
    """What a plan would come to, before it is made."""

    strata: tuple[PlannedSize, ...]
    neyman: bool
    """Whether a former audit decides how the sample is shared out."""

    @property
    def population(self) -> int:
        """How many records the frame has."""
        return sum(stratum.population for stratum in self.strata)

    @property
    def n(self) -> int:
        """How many records would be drawn."""
        return sum(stratum.n for stratum in self.strata)


def preview_plan(request: PlanRequest, context: Context, former: Mapping[str, FormerReadings]) -> PlanPreview:
    """Return how many records a plan would draw of each stratum, and draw none.  Raises PlanRefusedError."""
    refs, size = _sized(request, context, former)
    strata = (PlannedSize(name, len(refs[name]), n) for name, n in size.by_stratum.items())
    return PlanPreview(tuple(strata), size.neyman)


def make_plan(request: PlanRequest, context: Context, head: str, former: Mapping[str, FormerReadings]) -> AuditPlan:
    """Draw the records of a frame as the facts are now.  Raises PlanRefusedError.

    ``head`` is the hash of the audit log's newest entry; ``former`` is what the newest audits of the frame found, by
    stratum.
    """
    refs, size = _sized(request, context, former)
    first, last = (local_date(moment).isoformat() for moment in (request.start, request.end - 1))
    audit_id = audit_name(context.force, request.frame, first, last, head)
    strata = []
    for name, n in size.by_stratum.items():
        drawn = draw((record_digest(audit_id, system, ref) for system, ref in refs[name]), n)
        short = tuple(digest[:SHORT] for digest in drawn.digests)
        strata.append(PlannedStratum(name, len(refs[name]), drawn.threshold, short))
    return AuditPlan(
        audit_id=audit_id,
        force=context.force,
        frame=request.frame,
        start=request.start,
        end=request.end,
        by=request.by,
        half_width=request.half_width,
        neyman=size.neyman,
        planned_at=context.clock,
        policy_version=context.book.version,
        strata=tuple(strata),
    )


def _sized(
    request: PlanRequest, context: Context, former: Mapping[str, FormerReadings]
) -> tuple[dict[str, list[tuple[str, str]]], SampleSize]:
    """Return the system and reference of each record of a frame by stratum, and how many of them to read."""
    frame = FRAMES[request.frame]
    require_plannable(request)
    if (since := whole_since(context)) is not None and request.start < since:
        raise PlanRefusedError(f"some records of the period are forgotten: it may begin on {local_date(since)}")
    refs: dict[str, list[tuple[str, str]]] = {}
    for record in frame_records(frame, context, request.start, request.end, request.by, context.clock):
        refs.setdefault(record.stratum, []).append((record.system, record.ref))
    if not refs:
        raise PlanRefusedError(f"the frame {request.frame} has no records in the period")
    return refs, _size(request, [StratumSize(name, len(records)) for name, records in refs.items()], context, former)


def require_plannable(request: PlanRequest) -> None:
    """Raise PlanRefusedError for what cannot be planned."""
    allowed = FRAMES[request.frame].strata
    if request.by is not None and request.by not in allowed:
        words = " or ".join(name for name in STRATA_BY if name in allowed)
        raise PlanRefusedError(f"records of {request.frame} state no {request.by}: they have strata by {words}")
    if request.start >= request.end:
        raise PlanRefusedError("the period ends before it begins")
    if (request.n is None) == (request.half_width is None):
        raise PlanRefusedError("either a number of records or a half-width is needed")
    if request.n is not None and request.n < 1:
        raise PlanRefusedError("a sample has at least one record")
    if request.half_width is not None and not 0 < request.half_width < 1:
        raise PlanRefusedError("a half-width is above 0 and below 1, such as 0.05")


def _size(
    request: PlanRequest, strata: list[StratumSize], context: Context, former: Mapping[str, FormerReadings]
) -> SampleSize:
    policy = context.book.audits
    if request.half_width is not None:
        return size_for_half_width(strata, request.half_width, former, policy)
    return size_of(strata, request.n or 0, former, policy)


def is_plan_of(plan: AuditPlan, audit_id: str) -> bool:
    """Return whether a plan is that of an audit, however its id is typed."""
    return normalise(plan.audit_id) == normalise(audit_id)
