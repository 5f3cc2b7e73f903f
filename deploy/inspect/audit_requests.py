"""Answer one request about audits that the board has queued, in a process of its own.

The board queues it (:mod:`dashboards.board.ingest.process_queue`) and shows the answer.  The workers' state is read
back as ``cdi audit`` does; the board's read model holds too little of a record to tell which frames it is in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agents.settings.clock import wall_clock
from agents.settings.schema_registry import RegistryError
from agents.topics.audit_log import AuditLog
from agents.topics.audit_plans import append_plan, audit_plans
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.audits.requests import AuditRequest
from dashboards.board.readmodel.audits.sheets import AuditSheet, AuditState
from dashboards.board.readmodel.counts import force_counts
from deploy.inspect.force_records import erased_since
from deploy.inspect.worker_state import monitors_of_workers
from streams.audits.frames import OVERALL
from streams.audits.plan import AuditPlan, PlanPreview, PlanRefusedError, PlanRequest, make_plan, preview_plan
from streams.audits.results import AuditResults, former_readings, newest_by_frame, overall_recorded, results_of
from streams.reports.audits import linkage_of
from streams.topology.messages import UnreadableError

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.audits.strata import FormerReadings
    from streams.facts.context import Context
    from streams.policy import PolicyBook

NICENESS: Final = 10
"""Lower than the board's and the workers', which may be on the same machine."""


def run(settings: Settings, book: PolicyBook, model: ReadModel, request_id: str) -> None:
    """Answer a request that the board has begun, and keep the answer, or the reason why there is none."""
    with model.reading() as connection:
        request = audit_requests.find(connection, request_id)
    if request is None or request.state != "RUNNING":
        return
    os.nice(NICENESS)
    try:
        _answer(settings, book, model, request)
    except PlanRefusedError as refusal:
        text = str(refusal)
        _fail(model, request, f"{text[:1].upper()}{text[1:]}.")
    except UnreadableError as failure:
        _fail(model, request, f"Kafka could not be read: {failure}.")
    except RegistryError as failure:
        _fail(model, request, f"The schema registry does not answer: {failure}.")
    except MemoryError:
        _fail(model, request, "There was not enough memory for the force's records.")


def _fail(model: ReadModel, request: AuditRequest, sentence: str) -> None:
    audit_requests.fail(model, request.request_id, sentence, wall_clock())


def _answer(settings: Settings, book: PolicyBook, model: ReadModel, request: AuditRequest) -> None:
    read_at = wall_clock()
    monitor = monitors_of_workers(settings, book).get(request.force)
    if monitor is None or monitor.clock is None:
        _fail(model, request, f"The workers know nothing of {request.force} yet.")
        return
    context = monitor.context
    plans = [plan for plan in audit_plans(settings).values() if plan.force == request.force]
    results = [results_of(plan, context) for plan in plans]
    preview, planned = None, None
    if request.plan_request is not None:
        former = former_readings(results, request.plan_request.frame, request.plan_request.by)
        if request.kind == "PLAN":
            planned = _plan(settings, request, request.plan_request, context, former)
            results.append(results_of(planned, context))
        else:
            preview = preview_plan(request.plan_request, context, former)
    erased = erased_since(settings, request.force, read_at)
    audits.replace(model, audit_state(results, context, read_at), erased)
    force_counts.replace(model, force_counts.force_counts(context, read_at))
    _finish(model, request, preview, planned)


def _finish(model: ReadModel, request: AuditRequest, preview: PlanPreview | None, planned: AuditPlan | None) -> None:
    audit_id = None if planned is None else planned.audit_id
    audit_requests.finish(model, request.request_id, wall_clock(), preview=preview, audit_id=audit_id)


def _plan(
    settings: Settings,
    request: AuditRequest,
    plan_request: PlanRequest,
    context: Context,
    former: dict[str, FormerReadings],
) -> AuditPlan:
    """Draw an audit's records, and note the plan in the audit log as whoever asked for it."""
    with AuditLog(settings, "board") as log:
        return append_plan(
            log,
            request.asked_by,
            request.asked_role,
            lambda head: make_plan(plan_request, context, head, former),
        )


def audit_state(results: Iterable[AuditResults], context: Context, read_at: int) -> AuditState:
    """Return how a force's audits stand, as the board keeps it."""
    results = list(results)
    linkage = linkage_of([result.plan for result in results], context)
    of_reports = [result.plan for result in newest_by_frame(results) if result.plan.frame in OVERALL]
    sheets = [
        AuditSheet(
            sample=result.sample,
            readings=tuple(
                reading for one in result.records.values() for reading in one.readings if reading is not None
            ),
            recorded_a_year=result.recorded_a_year,
            linkage=linkage[result.plan.audit_id],
        )
        for result in results
    ]
    return AuditState(
        force=context.force,
        clock=context.clock,
        read_at=read_at,
        recorded=overall_recorded(of_reports, context) if of_reports else None,
        sheets=tuple(sheets),
    )
