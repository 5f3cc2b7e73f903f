"""An audited force for trials of the board: two frames planned, most records of one read, a few by two people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.audits.requests import AuditRequest
from deploy.inspect.audit_requests import audit_state
from schemas.identifiers import normalise
from schemas.products import Case, CaseSystem
from schemas.records import AuditReading, Snapshot
from streams.audits.plan import AuditPlan, PlannedSize, PlanPreview, PlanRequest
from streams.audits.results import results_of
from streams.audits.sample import DrawnRecord, sample_of
from tests.dashboards.trials.sample import a_case
from tests.streams.audits.audited import PLANNED, START, incidents, known, planned, read
from tests.streams.world import asb_report, crime

RECORDS: Final[tuple[Snapshot, ...]] = (
    *incidents(60),
    *incidents(40, "THEFT", 100, crime_refs=("C-1",)),
    *(asb_report(START + n, f"S-{n}") for n in range(20)),
    crime(START, "C-1"),
)
_CONTEXT: Final = known(*RECORDS).context
PLAN: Final[AuditPlan] = planned(_CONTEXT, by="FAMILY", n=50)
ASB_PLAN: Final[AuditPlan] = planned(_CONTEXT, frame="ASB", n=8)
DRAWN: Final[list[DrawnRecord]] = list(sample_of(PLAN, _CONTEXT).records)
TWICE: Final[list[DrawnRecord]] = [record for record in DRAWN if record.read_twice]
REQUEST: Final = "0d6f2c1e-7c1c-4b6c-8a52-000000000001"
FIRST_READER: Final = "audit.first"


def first_readings(but: int = 4) -> Iterator[AuditReading]:
    """Yield the first reader's readings of all records but the last few: one crime each, some not recorded."""
    for place, record in enumerate(DRAWN[: len(DRAWN) - but]):
        recorded = int(place % 5 != 0)
        cause = None if recorded else "TREATED_AS_CIVIL"
        yield read(PLAN, record.ref, 1, recorded, read_by=FIRST_READER, cause=cause)


def audited(model: ReadModel, wall: int, *readings: AuditReading, records: tuple[Snapshot, ...] = RECORDS) -> None:
    """Put both audits into a read model, with these readings."""
    context = known(*records, *readings, clock=PLANNED + 1).context
    audits.replace(model, audit_state([results_of(plan, context) for plan in (PLAN, ASB_PLAN)], context, wall))


def drawn_cases() -> list[Case]:
    """Return what the read model holds of the records drawn, and of a crime linked to some."""
    crime_of: tuple[CaseSystem, str] = ("CIS", "C-1")
    cases = [
        a_case(
            "STORM",
            record.ref,
            began_at=START,
            linked=[crime_of] if record == DRAWN[0] else [],
            moments=[(0, f"opened {record.stratum}"), (3_600_000, "closed")],
            summary=[("opening_code", record.stratum), ("status", "CLOSED")],
        )
        for record in DRAWN
    ]
    return [*cases, a_case("CIS", "C-1", began_at=START, topic="cis.crimes.v1", summary=[("status", "RECORDED")])]


def number_of(record: DrawnRecord) -> str:
    """Return by what a record is named in the addresses of its audit."""
    return record.digest[:16]


def differing(record: DrawnRecord, by: str = "audit.second") -> AuditReading:
    """Return a second reading of a record that found two crimes, neither of them recorded."""
    reading = read(PLAN, record.ref, 2, 0, reader="SECOND", read_by=by, cause="NOT_RECOGNISED")
    return msgspec.structs.replace(reading, ref=record.ref, event_id=f"second-{normalise(record.ref)}")


def previewed(model: ReadModel, wall: int) -> None:
    """Store a look at what a plan would come to."""
    request = AuditRequest(
        request_id=REQUEST,
        force=PLAN.force,
        kind="PREVIEW",
        asked_by="fcr.jones",
        asked_role="FCR",
        asked_at=wall,
        plan_request=PlanRequest(PLAN.frame, PLAN.start, PLAN.end, PLAN.by, 50),
    )
    audit_requests.enqueue(model, request)
    audit_requests.claim(model, wall)
    strata = (PlannedSize("THEFT", 40, 20), PlannedSize("VIOLENCE", 60, 30))
    audit_requests.finish(model, REQUEST, wall, preview=PlanPreview(strata, neyman=False))
