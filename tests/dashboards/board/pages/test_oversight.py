"""The registrar oversees what others decided, and rules on it by an assessment."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.records import Assessment
from streams.policy.calendar import HOUR
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import a_case, a_clock, an_alert, an_assessment

PATH = "/fcr/oversight"
ALERT = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=-HOUR)
SECOND = an_alert("incident-closed-unresolved", "STORM", "INC-1", wall=WALL, due_in=None)
CRIMED = an_alert("crime-not-recorded", "STORM", "INC-2", wall=WALL, due_in=-HOUR)
CLOSED = an_alert("crime-not-recorded", "STORM", "INC-3", wall=WALL, due_in=-HOUR, status="CLEARED")


@pytest.fixture
def jones(board: ServedBoard) -> TestClient:
    """Give a registrar one report to rule on, one that was crimed and one whose alert is closed."""
    cases = [
        a_case("STORM", ref, began_at=WALL - 30 * HOUR, summary=[("status", "CLOSED"), ("disposition", stated)])
        for ref, stated in (("INC-1", "NOT_A_CRIME"), ("INC-2", "CRIMED"), ("INC-3", "EXEMPT"))
    ]
    board.feeder.put(a_clock(WALL), ALERT, SECOND, CRIMED, CLOSED, *cases)
    return board.client("fcr.jones")


def rule(client: TestClient, **fields: str) -> Any:
    """Send a ruling from a freshly loaded page."""
    page = client.get(PATH).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "alert_id": ALERT.alert_id, **fields}
    return client.post(PATH, data=form)


def test_a_report_is_listed_once_while_its_alerts_are_open(jones: TestClient) -> None:
    """Not one that was crimed: a crime record alone answers that."""
    page = jones.get(PATH).text
    assert page.count('name="alert_id"') == 1
    assert "STORM INC-1" in page
    assert "INC-2" not in page
    assert "INC-3" not in page


@pytest.mark.parametrize(("answer", "crimes"), [("NONE", 0), ("ONE", 1)])
def test_a_ruling_is_an_assessment_by_the_registrar(
    board: ServedBoard, jones: TestClient, answer: str, crimes: int
) -> None:
    """It is noted, sent and shown at once, and the report waits no more."""
    assert rule(jones, answer=answer, rationale="A civil dispute").status_code == 303
    [ruling] = board.judgements.sent
    assert isinstance(ruling, Assessment)
    assert (ruling.system, ruling.ref, ruling.crimes, ruling.rationale) == ("STORM", "INC-1", crimes, "A civil dispute")
    assert (ruling.assessed_by, ruling.assessed_role) == ("fcr.jones", "FCR")
    assert board.audit.noted[-1] == ("fcr.jones", "FCR", "ASSESS", "STORM INC-1")
    assert "No report waits for a ruling" in jones.get(PATH).text


@pytest.mark.parametrize("answer", ["NONE", "ONE"])
def test_a_ruling_needs_a_rationale(board: ServedBoard, jones: TestClient, answer: str) -> None:
    """Either way."""
    assert rule(jones, answer=answer, rationale=" ").status_code == 422
    assert board.judgements.sent == []


def test_a_supervisors_assessment_is_no_ruling_and_a_decision_makers_is(board: ServedBoard, jones: TestClient) -> None:
    """What the one has looked at still waits."""
    board.feeder.put(an_assessment("INC-1", wall=WALL, crimes=0, by="insp.patel", role="SUPERVISOR"))
    assert "STORM INC-1" in jones.get(PATH).text
    board.feeder.put(an_assessment("INC-1", wall=WALL, crimes=0))
    assert "STORM INC-1" not in jones.get(PATH).text


def test_the_auditor_looks_and_rules_on_nothing(board: ServedBoard, jones: TestClient) -> None:
    """The list has no form."""
    page = board.client("audit.brown").get(PATH).text
    assert "STORM INC-1" in page
    assert 'name="answer"' not in page
