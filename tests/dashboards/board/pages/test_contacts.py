"""Whom to ring about an alert: looked up when somebody asks, noted, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboards.board.readmodel import ReadModel
from schemas.products import Case
from schemas.records import Crime, Incident, Snapshot
from streams.topology.messages import UnreadableError
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of
from tests.dashboards.trials.sample import a_clock, a_linked_matter

ALERT, MATTER = a_linked_matter(WALL)
PATH = f"/alerts/{ALERT.alert_id}"
OFFICER, HANDLER, INVESTIGATOR = "PC 1207 Featherstonehaugh", "CH-88", "DC 0846"


class Snapshots:
    """Gives an incident and a crime, of which only the incident is found in time where it is slow."""

    def __init__(self) -> None:
        self.asked: list[Case] = []
        self.slow = self.failing = False

    def newest(self, cases: Iterable[Case]) -> Mapping[str, Snapshot]:
        """Return the snapshots of an incident and a crime."""
        self.asked = list(cases)
        if self.failing:
            raise UnreadableError("no broker")
        snapshots = {case.event_id: self._of(case) for case in self.asked if case.system in {"STORM", "CIS"}}
        return dict(list(snapshots.items())[:1]) if self.slow else snapshots

    def _of(self, case: Case) -> Snapshot:
        if case.system == "CIS":
            return Crime(
                event_id=case.event_id,
                force="LEICS",
                source="S",
                event_time=case.event_time,
                crime_ref=case.ref,
                recorded_at=WALL,
                offence_code="8/06",
                offence_class="VIOLENCE",
                status="RECORDED",
                officer_in_case=INVESTIGATOR,
                victim_token="vt-1",
            )
        return Incident(
            event_id=case.event_id,
            force="LEICS",
            source="S",
            event_time=case.event_time,
            incident_ref=case.ref,
            reported_at=WALL,
            channel="PHONE",
            reporter="VICTIM",
            opening_code="VIO-01",
            status="OPEN",
            attending_officer=OFFICER,
            call_handler=HANDLER,
            team="City response B",
            location="12 Tanner's Yard",
        )


@pytest.fixture
def snapshots(board: ServedBoard) -> Snapshots:
    """Give a board records to look up."""
    board.feeder.put(a_clock(WALL), *MATTER)
    source = Snapshots()
    board.app.state.board = replace(board.board, snapshots=source)
    return source


def ask(client: TestClient) -> Any:
    """Ask whom to ring from the alert's page."""
    return client.post(f"{PATH}/contacts", data={"csrf": csrf_of(client.get(PATH).text)})


def test_the_people_of_every_record_are_shown_and_that_is_noted(board: ServedBoard, snapshots: Snapshots) -> None:
    """The alert's own record first; the disclosure stands in the audit log, without what it disclosed."""
    answer = ask(board.client("insp.patel"))
    assert answer.status_code == 200
    for shown in ("Attending officer", OFFICER, "Call handler", HANDLER, "Officer in the case", INVESTIGATOR, "Team"):
        assert shown in answer.text
    assert "Tanner" not in answer.text
    assert "vt-1" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert board.audit.noted[-1] == ("insp.patel", "SUPERVISOR", "DISCLOSE_CONTACTS", ALERT.alert_id)
    assert (snapshots.asked[0].system, snapshots.asked[0].ref) == ("STORM", ALERT.subject_ref)
    assert OFFICER not in str(board.audit.noted)


def test_nobody_is_named_before_one_asks_or_after(board: ServedBoard, snapshots: Snapshots) -> None:
    """The alert's page and the read model hold no name; a page that is loaded by its address is none."""
    client = board.client("insp.patel")
    ask(client)
    assert OFFICER not in client.get(PATH).text
    assert client.get(f"{PATH}/contacts").status_code == 404


def test_the_read_model_holds_no_name(
    board: ServedBoard, snapshots: Snapshots, model: ReadModel, tmp_path: Path
) -> None:
    """Nor does any file of it."""
    ask(board.client("insp.patel"))
    assert snapshots.asked
    assert model.newest_change() > 0
    for file in tmp_path.rglob("board.sqlite*"):
        assert OFFICER.encode() not in file.read_bytes()


def test_what_is_not_found_in_time_is_named(board: ServedBoard, snapshots: Snapshots) -> None:
    """Nothing is left out in silence."""
    snapshots.slow = True
    answer = ask(board.client("fcr.jones"))
    assert OFFICER in answer.text
    assert "Not found in time: " in answer.text
    assert "CIS CR/0931/26" in answer.text


def test_records_that_cannot_be_read_are_said_so(board: ServedBoard, snapshots: Snapshots) -> None:
    """In a sentence; the question was noted all the same."""
    snapshots.failing = True
    answer = ask(board.client("insp.patel"))
    assert answer.status_code == 503
    assert "cannot be read now" in answer.text
    assert board.audit.noted[-1][2] == "DISCLOSE_CONTACTS"


def test_what_cannot_be_noted_is_not_looked_up(board: ServedBoard, snapshots: Snapshots) -> None:
    """Without an audit log nothing is disclosed."""
    client = board.client("insp.patel")
    token = csrf_of(client.get(PATH).text)
    board.audit.refusing = True
    quiet = TestClient(board.app, base_url="http://127.0.0.1", raise_server_exceptions=False, cookies=client.cookies)
    answer = quiet.post(f"{PATH}/contacts", data={"csrf": token})
    assert answer.status_code >= 500
    assert OFFICER not in answer.text
    assert snapshots.asked == []


def test_operations_and_auditors_are_refused(board: ServedBoard, snapshots: Snapshots) -> None:
    """They see no button, and a form that is made up is refused; another force's people find no alert."""
    for name in ("ops.green", "audit.brown"):
        client = board.client(name)
        assert "Whom to ring" not in client.get(PATH).text
        token = csrf_of(client.get("/live").text)
        assert client.post(f"{PATH}/contacts", data={"csrf": token}).status_code == 403
    derby = board.client("insp.derby")
    assert derby.post(f"{PATH}/contacts", data={"csrf": csrf_of(derby.get("/live").text)}).status_code == 404
    assert snapshots.asked == []
