"""Who may do what: every route for every role, with the records of their own force and of another's.

The routes are read from the application, the roles from what it knows: a new one without a line here fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from dashboards.board.domain.people import ROLE_NAMES
from dashboards.board.live.hub import Event, Screen
from dashboards.board.readmodel import ReadModel
from dashboards.board.server.app import create_app
from schemas.identifiers import alert_id
from schemas.products import AlertAction, Product
from schemas.times import to_rfc3339
from streams.policy.calendar import DAY
from tests.dashboards.board.served_board import PASSWORD, WALL, FixedClock, ServedBoard, csrf_of, served, sign_in
from tests.dashboards.board.server.authorisation import EXPECTED, SIGNED_OUT, read_table
from tests.dashboards.board.server.routes import routes_of
from tests.dashboards.trials.audits import DRAWN, PLAN, REQUEST, audited, first_readings, number_of, previewed
from tests.dashboards.trials.counted import counted
from tests.dashboards.trials.policy_comparison import COMPARISON, compared
from tests.dashboards.trials.sample import (
    FORCE,
    a_case,
    a_clock,
    a_linked_matter,
    a_review,
    an_alert,
    an_unreported_crime,
)

OTHER_FORCE: Final = "DERBS"
ROLES: Final = tuple(ROLE_NAMES)

CELLS: Final = read_table(EXPECTED)
ROUTES: Final = list(dict.fromkeys(cell.route for cell in CELLS))


ALERT, _MATTER = a_linked_matter(WALL)
REFERRAL: Final = a_case(
    "CATS",
    "CHILD-1",
    began_at=WALL - 2 * DAY,
    topic="cats.referrals.v1",
    summary=[("received_at", to_rfc3339(WALL - 2 * DAY)), ("unit", "CAIU"), ("vulnerable", "CHILD")],
)
DISPUTE: Final = a_case(
    "CIS",
    "CR/1/26",
    began_at=WALL - 9 * DAY,
    topic="cis.crimes.v1",
    summary=[("recorded_at", to_rfc3339(WALL - 9 * DAY)), ("dispute_raised_at", to_rfc3339(WALL - 5 * DAY))],
)
UNREPORTED: Final = an_unreported_crime("CR/0001/26", "LOG-1")
RECORDS: Final[tuple[Product, ...]] = (
    *_MATTER,
    REFERRAL,
    DISPUTE,
    a_review("LOG-1", wall=WALL),
    UNREPORTED,
    an_alert("no-crime-unsupported", "CIS", "CR/7/26", wall=WALL, due_in=-DAY, team="Crime bureau"),
)
"""What there is of the one force; of the other there is nothing but a clock."""
REPORT: Final = {"force": FORCE, "system": "STORM", "ref": "LOG-1"}
"""The report of the review queue that is asked for."""
QUERIES: Final = {"/trace": {"ref": ALERT.subject_ref}, "/reviews/report": REPORT}
ACTION_ID: Final = "7f7b1d52-5a0e-4f5e-9d52-000000000000"
FORMS: Final[dict[str, dict[str, str]]] = {
    "POST /live/actions": {"alert_id": ALERT.alert_id, "kind": "NOTE", "text": "seen"},
    "POST /alerts/{alert_id}/actions": {"kind": "NOTE", "text": "seen"},
    "POST /alerts/{alert_id}/assessments": {"answer": "ONE", "likely": "VIOLENCE"},
    "POST /assessments/undo": {"assessment_id": "nobodys"},
    "POST /reviews/next": {"force": FORCE},
    "POST /reviews/answer": {**REPORT, "answer": "SKIP"},
    "POST /reviews/leave": REPORT,
    "POST /alerts/{alert_id}/contacts": {},
    "POST /alerts/{alert_id}/links": {"crime_ref": "CR/0940/26"},
    "POST /alerts/{alert_id}/links/undo": {"link_id": "none"},
    "POST /handover": {"assignee": "insp.next"},
    "POST /fcr/audits": {"alert_id": alert_id(FORCE, "referral-not-audited", "CATS", "CHILD-1"), "outcome": "LATE"},
    "POST /fcr/oversight": {"alert_id": ALERT.alert_id, "answer": "NONE", "rationale": "A civil dispute"},
    "POST /fcr/unreported": {"alert_id": UNREPORTED.alert_id, "system": "STORM", "ref": "LOG-1"},
    "POST /fcr/disputes": {
        "alert_id": alert_id(FORCE, "dispute-undecided", "CIS", "CR/1/26"),
        "outcome": "RECORD_STANDS",
    },
    "POST /fcr/policies": {"force": FORCE, "by": "text", "text": 'version = "x"\n\n[rules]\nrecording_limit = "48h"\n'},
    "POST /fcr/policies/{comparison_id}/again": {},
    "POST /fcr/policies/{comparison_id}/remove": {},
    "POST /audits/refresh": {"force": FORCE},
    "POST /audits/plan": {"force": FORCE, "frame": "ASB", "from": "2026-04-01", "to": "2026-04-30", "n": "5"},
    "POST /audits/requests/{request_id}/make": {},
    "POST /audits/{audit_id}/read": {
        "reader": "first",
        "record": number_of(DRAWN[-1]),
        **dict.fromkeys(("crimes_found", "crimes_recorded", "in_time", "classified_right"), "1"),
    },
    "POST /audits/{audit_id}/form": {},
    "POST /sign-in": {"name": "somebody", "password": PASSWORD},
    "POST /sign-out": {},
    "POST /account/password": {"password": "my own three words"},
}
"""A valid form for each POST, besides its token."""


@pytest.fixture
def full(model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Give a board that holds records of one force."""
    with served(model, clock) as board:
        prepare(board, RECORDS)
        yield board


def prepare(board: ServedBoard, records: tuple[Product, ...]) -> None:
    """Put records into a board, and have its event streams end at once."""
    board.feeder.put(a_clock(WALL, force=OTHER_FORCE), *((a_clock(WALL), *records) if records else ()))
    if records:
        compared(board.model, WALL, [ALERT], [])
        audited(board.model, WALL, *first_readings())
        previewed(board.model, WALL)
        counted(board.model, WALL)
    board.board.users.add("somebody", "SUPERVISOR", [OTHER_FORCE], PASSWORD)
    board.board.users.add("insp.next", "SUPERVISOR", [FORCE, OTHER_FORCE], PASSWORD)

    async def open_and_end(screen: Screen) -> None:
        screen.put(Event("reload", {}, 0))

    board.board.hub.open = open_and_end  # type: ignore[method-assign]


def client_of(board: ServedBoard, role: str, *, owns: bool) -> TestClient:
    """Return a client of somebody with a role, of the force or of the other one, by a one-time password."""
    client = board.client()
    if role != SIGNED_OUT:
        name = f"{role.lower()}.{'own' if owns else 'other'}"
        board.board.users.add(name, role, [FORCE if owns else OTHER_FORCE], PASSWORD, one_time=True)  # type: ignore[arg-type]
        assert sign_in(client, name).status_code == 303
        if owns:
            action = AlertAction(
                action_id=f"assign-{name}", alert_id=ALERT.alert_id, force=FORCE, kind="ASSIGN", by="x", role="FCR",
                at=WALL + board.model.newest_change(), assignee=name,
            )  # fmt: skip
            board.feeder.put(action)
    return client


def path_of(path: str) -> str:
    """Return a route's path, of records that are there."""
    return path.format(alert_id=ALERT.alert_id, comparison_id=COMPARISON, request_id=REQUEST, audit_id=PLAN.audit_id)


def ask(client: TestClient, route: str) -> Any:
    """Ask for a route, with the token of a form where it takes one."""
    method, _, path = route.partition(" ")
    url = path_of(path)
    if method == "GET":
        return client.get(url, params=QUERIES.get(path))
    page = client.get("/account").text if path != "/sign-in" else client.get("/sign-in").text
    token = csrf_of(page) if "csrf" in page else "none"
    return client.post(url, data={"csrf": token, "action_id": ACTION_ID, **FORMS[route]})


def test_every_route_has_a_line_and_every_role_a_column(board: ServedBoard) -> None:
    """A route or a role that is new is decided on here before it can be released."""
    assert sorted(ROUTES) == sorted(routes_of(board.app.routes))
    assert {cell.role for cell in CELLS} == {SIGNED_OUT, *ROLES}
    assert {route for route in ROUTES if route.startswith("POST")} == FORMS.keys()


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_each_role_as_the_table_says(full: ServedBoard, route: str) -> None:
    """With a valid form where it takes one, about records of one's own force and of another's."""
    answers = {}
    for cell in (cell for cell in CELLS if cell.route == route):
        if cell.role == SIGNED_OUT and not cell.owns:
            continue
        client = client_of(full, cell.role, owns=cell.owns)
        answers[cell] = ask(client, route).status_code
        compared(full.model, WALL, [ALERT], [])  # one may have been removed
        if "{audit_id}" in route:
            audited(full.model, WALL + 9 * DAY, *first_readings())  # without what was read meanwhile
    wrong = {(cell.role, cell.owns): status for cell, status in answers.items() if status != cell.status}
    assert wrong == {}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.startswith("POST")])
def test_no_form_is_taken_without_its_token(full: ServedBoard, route: str) -> None:
    """Whatever the role: another site cannot have somebody's browser send it."""
    path = path_of(route.partition(" ")[2])
    for role in ROLES:
        client = client_of(full, role, owns=True)
        for token in ("", "wrong"):
            answer = client.post(path, data={"csrf": token, "action_id": ACTION_ID, **FORMS[route]})
            assert answer.status_code == 403, role
    assert full.actions.sent == []


def masked(text: str) -> str:
    """Return a page without what differs from one answer to the next."""
    text = re.sub(r'name="csrf" value="[^"]+"|name="action_id" value="[^"]+"|data-since="\d+"', "", text)
    return re.sub(r"request [0-9a-f-]{36}", "", text)


@pytest.mark.parametrize("route", ROUTES)
def test_a_foreign_force_shows_nowhere(full: ServedBoard, clock: FixedClock, tmp_path: Path, route: str) -> None:
    """To whom a force is foreign, every answer is the same as on a board that holds nothing of it."""
    empty = ReadModel(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with served(empty, clock) as other:
        prepare(other, ())
        for role in ROLES:
            seen, unseen = (ask(client_of(board, role, owns=False), route) for board in (full, other))
            assert seen.status_code == unseen.status_code, role
            assert masked(seen.text) == masked(unseen.text), role
    empty.close()


def test_the_board_of_the_tests_is_the_one_that_is_served(board: ServedBoard) -> None:
    """The routes are those of the application itself, not of a list that may fall behind."""
    app = create_app(board.board.settings, board.model, board.actions, board.judgements, board.audit, clock=board.clock)
    assert routes_of(app.routes) == routes_of(board.app.routes)
