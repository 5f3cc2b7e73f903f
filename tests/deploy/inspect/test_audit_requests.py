"""The board's requests about audits, by its own process and over a real Kafka, find what ``cdi audit`` finds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.settings.clock import wall_clock
from agents.settings.settings import Settings
from agents.topics.audit_log import entries, verify
from agents.topics.audit_plans import audit_plans
from dashboards.board.domain.people import Person
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.ingest.process_queue import ProcessQueue
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits import sheets as audits
from dashboards.board.readmodel.audits.requests import AuditRequest, AuditRequestKind
from deploy.cli import main
from deploy.local import board as parts
from schemas.products import AuditEntry
from schemas.records import Snapshot
from schemas.times import to_rfc3339
from streams.audits.plan import PlanRequest
from streams.policy import PolicyBook
from streams.reports.audits import as_json
from tests.dashboards.board.ingest.test_process_queue import until
from tests.deploy.installed import installed, use
from tests.streams.world import DAY, crime, incident, ms

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

START = ms("2016-06-01 12:00")
RECORDS: tuple[Snapshot, ...] = (
    *(incident(START + n, f"I-{n}", event_id=f"i-{n}", crimes_expected=1, crime_refs=("C-1",)) for n in range(20)),
    *(incident(START + n, f"J-{n}", event_id=f"j-{n}", opening_code="THEFT") for n in range(10)),
    crime(START + DAY, "C-1", event_id="c-1"),
)
PERIOD = (ms("2016-05-31T23:00:00Z"), ms("2016-06-30T23:00:00Z"))
PERSON = Person(name="fcr.jones", role="FCR", forces=("LEICS",))
Z = PolicyBook.built_in().audits.z


@pytest.fixture
def own(tmp_path: Path) -> BoardSettings:
    """Give the settings of a board with a database of its own."""
    return BoardSettings(data=tmp_path)


@pytest.fixture
def model(own: BoardSettings) -> Iterator[ReadModel]:
    """Give the board's read model."""
    model = ReadModel(own.database_url)
    yield model
    model.close()


def ask(
    settings: Settings,
    own: BoardSettings,
    model: ReadModel,
    kind: AuditRequestKind,
    plan_request: PlanRequest | None = None,
    force: str = "LEICS",
) -> AuditRequest:
    """Let a board's own thread and process answer a request, and return it once it has ended."""
    request_id = f"{kind}-{force}-{wall_clock()}"
    asked = AuditRequest(
        request_id=request_id,
        force=force,
        kind=kind,
        asked_by="fcr.jones",
        asked_role="FCR",
        asked_at=wall_clock(),
        plan_request=plan_request,
    )
    assert audit_requests.enqueue(model, asked)

    def one() -> AuditRequest:
        with model.reading() as connection:
            request = audit_requests.find(connection, request_id)
        assert request is not None
        return request

    def start(number: str) -> subprocess.Popen[bytes]:
        return parts.start_process("board-audit", settings, own, number)

    thread = ProcessQueue(audit_requests, model, wall_clock, start, keep_days=30)
    thread.start()
    try:
        until(lambda: not one().is_open)
    finally:
        thread.stop()
    return one()


def test_a_plan_made_on_the_board_is_that_of_the_command_line(
    kafka: str,
    tmp_path: Path,
    own: BoardSettings,
    model: ReadModel,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """It is looked at, made, noted as whoever asked, and its estimate is the one that ``cdi audit estimate`` writes."""
    settings = installed(kafka, tmp_path, RECORDS, START + 40 * DAY)
    use(settings, monkeypatch)
    plan_request = PlanRequest("INCIDENTS", *PERIOD, "FAMILY", 12)
    looked_at = ask(settings, own, model, "PREVIEW", plan_request)
    assert looked_at.error is None
    assert looked_at.preview is not None
    assert [tuple(one) for one in looked_at.preview.strata] == [("THEFT", 10, 4), ("VIOLENCE", 20, 8)]
    assert audit_plans(settings) == {}
    made = ask(settings, own, model, "PLAN", plan_request)
    (plan,) = audit_plans(settings).values()
    assert made.audit_id == plan.audit_id
    noted = [one for one, _ in entries(settings) if isinstance(one, AuditEntry) and one.action == "AUDIT_PLAN"]
    assert [(one.actor, one.role) for one in noted] == [("fcr.jones", "FCR")]
    assert verify(settings)[1] == []
    with model.reading() as connection:
        assert audits.find_plan(connection, plan.audit_id, PERSON) == plan
        on_board = as_json(audits.report(connection, "LEICS", [plan], Z))
        age = audits.ages(connection, PERSON)["LEICS"]
    assert age.clock == START + 40 * DAY, to_rfc3339(age.clock or 0)
    capfdbinary.readouterr()
    assert main(["audit", "estimate", "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == json.loads(on_board)
    refused = ask(settings, own, model, "PLAN", PlanRequest("ASB", *PERIOD, None, 5))
    assert refused.error == "The frame ASB has no records in the period."
    assert ask(settings, own, model, "REFRESH", force="DERBS").error == "The workers know nothing of DERBS yet."
    assert ask(settings, own, model, "REFRESH").state == "DONE"
