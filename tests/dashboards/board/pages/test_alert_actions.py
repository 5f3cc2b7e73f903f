"""What people do about an alert: sent as actions, seen at once, refused in a sentence."""

from __future__ import annotations

import html
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from dashboards.board.domain.people import Person
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import ReadModel
from schemas.products import ActionKind, AlertAction
from tests.dashboards.board.served_board import (
    PASSWORD,
    WALL,
    FixedClock,
    ServedBoard,
    csrf_of,
    field_of,
    served,
)
from tests.dashboards.trials.sample import a_case, a_clock, an_alert

HOUR = 3_600_000
ALERT = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=-HOUR, team="North")
PATH = f"/alerts/{ALERT.alert_id}"


@pytest.fixture
def patel(board: ServedBoard) -> TestClient:
    """Give a supervisor before an alert."""
    board.feeder.put(a_clock(WALL), ALERT, a_case("STORM", "INC-1", began_at=WALL - 30 * HOUR))
    return board.client("insp.patel")


def act(client: TestClient, kind: str, path: str = PATH, **fields: str) -> Any:
    """Send an action from a freshly loaded page."""
    page = client.get(path).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": kind, **fields}
    return client.post(f"{path}/actions", data=form)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("ACK", {"span": "4h"}, "Acknowledged by insp.patel"),
        ("ASSIGN", {"assignee": "ddm.lee"}, "With ddm.lee"),
        ("ASSIGN", {"to_me": "1"}, "With insp.patel"),
        ("NOTE", {"text": "Rung the officer <b>now</b>"}, "Rung the officer &lt;b&gt;now&lt;/b&gt;"),
        ("SILENCE", {"span": "1h", "text": "known fault"}, "Silenced by insp.patel"),
        ("ESCALATE", {"level": "DUTY_INSPECTOR"}, "Escalated to the duty inspector"),
    ],
)
def test_an_action_is_sent_and_shown_at_once(
    board: ServedBoard, patel: TestClient, kind: str, fields: dict[str, str], sentence: str
) -> None:
    """It goes to the actions' topic with who, what and when, is noted, and stands on the page straight away."""
    answer = act(patel, kind, **fields)
    assert answer.status_code == 303
    [sent] = board.actions.sent
    assert (sent.kind, sent.by, sent.role, sent.at, sent.force) == (kind, "insp.patel", "SUPERVISOR", WALL, "LEICS")
    assert board.audit.noted[-1] == ("insp.patel", "SUPERVISOR", f"ACTION_{kind}", ALERT.alert_id)
    assert sentence in patel.get(PATH).text


def test_an_acknowledgement_ends(board: ServedBoard, patel: TestClient) -> None:
    """It holds for the time that was chosen, and then the alert is nobody's again."""
    act(patel, "ACK", span="1h")
    assert board.actions.sent[0].expires_at == WALL + HOUR
    board.clock.at = WALL + HOUR
    assert "Acknowledged by" in patel.get("/live").text
    board.clock.at += 1
    assert "Acknowledged by" not in patel.get("/live").text


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("SILENCE", {"span": "1h", "text": "  "}, "A silence needs a reason"),
        ("SILENCE", {"span": "for-ever", "text": "x"}, "Choose how long it holds"),
        ("SILENCE", {"text": "x"}, "Choose how long it holds"),
        ("ACK", {"span": "7d"}, "ACK may hold for 24 hours at most"),
        ("NOTE", {"text": ""}, "A note needs words"),
        ("NOTE", {"text": "x" * 2001}, "More than 2000 characters"),
        ("ESCALATE", {"level": "MAYOR"}, "An escalation needs a level"),
        ("OVERRIDE", {"text": "x", "outcome": "CLOSE"}, "SUPERVISOR may not OVERRIDE"),
        ("DELETE", {}, "Choose what to do"),
    ],
)
def test_what_may_not_be_done_is_refused_in_a_sentence(
    board: ServedBoard, patel: TestClient, kind: str, fields: dict[str, str], sentence: str
) -> None:
    """Nothing is sent, and the page says what is wrong."""
    answer = act(patel, kind, **fields)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert board.actions.sent == []


def test_sending_a_form_twice_acts_once(board: ServedBoard, patel: TestClient) -> None:
    """An impatient second click sends the same action id, so there is one note."""
    page = patel.get(PATH).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": "NOTE", "text": "once"}
    for _ in range(2):
        patel.post(f"{PATH}/actions", data=form)
    assert len({action.action_id for action in board.actions.sent}) == 1
    assert patel.get(PATH).text.count("once") == 1


def test_an_action_that_cannot_be_sent_is_not_shown(board: ServedBoard, patel: TestClient) -> None:
    """Where the broker does not take it, the page says so and nothing stands."""
    board.actions.refusing = True
    answer = act(patel, "ASSIGN", to_me="1")
    assert answer.status_code == 503
    assert "was not taken" in answer.text
    assert "With insp.patel" not in patel.get(PATH).text


def test_two_people_see_each_others_action(board: ServedBoard, patel: TestClient) -> None:
    """Both acknowledge at once: both pages show both actions, and the last word stands."""
    other = board.client("fcr.jones")
    act(patel, "ACK", span="1h")
    board.clock.at += 1
    act(other, "ACK", span="2h", replaces="insp.patel")
    for client in (patel, other):
        page = client.get(PATH).text
        assert "insp.patel acknowledged" in page
        assert "fcr.jones acknowledged" in page
        assert "Acknowledged by fcr.jones" in page


def test_only_the_registrar_decides_and_may_take_it_back(board: ServedBoard, patel: TestClient) -> None:
    """The registrar closes an alert with a rationale, everybody sees it, and the registrar opens it again."""
    registrar = board.client("fcr.jones")
    assert (
        act(registrar, "OVERRIDE", outcome="CLOSE", text="Recorded under CR/7, link is on its way").status_code == 303
    )
    assert "Closed by fcr.jones" in patel.get(PATH).text
    assert ALERT.alert_id not in patel.get("/live").text
    board.clock.at += 1
    act(registrar, "OVERRIDE", outcome="REOPEN", text="It was another incident")
    assert ALERT.alert_id in patel.get("/live").text


def test_operations_act_on_feeds_only(board: ServedBoard) -> None:
    """Whoever runs the machine may acknowledge a silent feed and nothing that the machine watches."""
    feed = an_alert("feed-silent", "FEED", "cats.referrals.v1", wall=WALL, due_in=None)
    board.feeder.put(a_clock(WALL), ALERT, feed)
    ops = board.client("ops.green")
    assert 'name="kind" value="ACK"' not in ops.get(PATH).text
    assert act(ops, "ACK", f"/alerts/{feed.alert_id}", span="1h").status_code == 303
    page = ops.get(f"/alerts/{feed.alert_id}").text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": "NOTE", "text": "x"}
    assert ops.post(f"{PATH}/actions", data=form).status_code == 422


def test_an_auditor_looks_and_does_nothing(board: ServedBoard, patel: TestClient) -> None:
    """No form is offered, and one that is made up is refused."""
    auditor = board.client("audit.brown")
    assert 'name="kind"' not in auditor.get(PATH).text
    token = csrf_of(auditor.get("/live").text)
    assert auditor.post(f"{PATH}/actions", data={"csrf": token, "kind": "NOTE", "text": "x"}).status_code == 403


def test_a_shift_is_handed_over_whole(board: ServedBoard, patel: TestClient) -> None:
    """Everything that is mine goes to the colleague with one word on it, and the list of mine is empty."""
    second = an_alert("crime-not-recorded", "STORM", "INC-2", wall=WALL, due_in=HOUR)
    board.feeder.put(second)
    act(patel, "ASSIGN", to_me="1")
    act(patel, "ACK", f"/alerts/{second.alert_id}", span="4h")
    board.actions.sent.clear()
    board.clock.at += 1
    page = patel.get("/handover").text
    assert "Hand over 2 alerts" in page
    form = {
        "csrf": csrf_of(page),
        "action_id": field_of(page, "action_id"),
        "assignee": "fcr.jones",
        "text": "quiet night",
    }
    assert patel.post("/handover", data=form).status_code == 303
    about = {action.alert_id for action in board.actions.sent}
    assert about == {"", ALERT.alert_id, second.alert_id}
    assert {(action.kind, action.assignee) for action in board.actions.sent} == {("HANDOVER", "fcr.jones")}
    assert "With fcr.jones" in patel.get(PATH).text


def test_a_handover_needs_somebody_else(board: ServedBoard, patel: TestClient) -> None:
    """Nobody hands over to themselves."""
    act(patel, "ASSIGN", to_me="1")
    page = patel.get("/handover").text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "assignee": "insp.patel"}
    assert patel.post("/handover", data=form).status_code == 422


def test_the_page_of_an_audited_alert_says_so(board: ServedBoard, patel: TestClient) -> None:
    """An audit is entered in the registrar's queue, and shown on the alert like any other action."""
    audit = AlertAction(
        action_id="audit-1",
        alert_id=ALERT.alert_id,
        force="LEICS",
        kind="AUDIT",
        by="fcr.jones",
        role="FCR",
        at=WALL,
        outcome="RIGHTLY_RECORDED",
    )
    board.feeder.put(audit)
    page = patel.get(PATH)
    assert page.status_code == 200
    assert "fcr.jones audited: Rightly recorded" in page.text


@pytest.mark.parametrize("kind", get_args(ActionKind))
def test_an_alerts_page_shows_every_kind_of_action(board: ServedBoard, patel: TestClient, kind: ActionKind) -> None:
    """The registrar's audit of a referral too, and one without an outcome, an end, a level or an assignee."""
    action = AlertAction(
        action_id=f"any-{kind}", alert_id=ALERT.alert_id, force="LEICS", kind=kind, by="fcr.jones", role="FCR",
        at=WALL - 1, outcome="LATE" if kind == "AUDIT" else None,
    )  # fmt: skip
    board.feeder.put(action)
    for path in (PATH, "/live", f"/trace?ref={ALERT.subject_ref}"):
        assert patel.get(path).status_code == 200, path
    assert "fcr.jones" in patel.get(PATH).text


NOBODYS = ("bne", "insp.derby", "audit.brown", "INSP.PATEL", "somebody who left", "x" * 200)
"""A slip, somebody of another force, one who may not act, another case, a user who is gone, a long name."""


@pytest.mark.parametrize("name", NOBODYS)
def test_an_alert_is_assigned_to_nobody_who_is_not_there(board: ServedBoard, patel: TestClient, name: str) -> None:
    """On its page and in a handover: it would be with nobody."""
    board.board.users.add("somebody who left", "SUPERVISOR", ["LEICS"], PASSWORD)
    board.board.users.remove("somebody who left")
    answer = act(patel, "ASSIGN", assignee=name)
    assert answer.status_code == 422
    assert "Nobody who may see LEICS signs in here as" in html.unescape(answer.text)
    act(patel, "ASSIGN", to_me="1")
    page = patel.get("/handover").text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "assignee": name}
    assert patel.post("/handover", data=form).status_code == 422
    assert [(sent.kind, sent.assignee) for sent in board.actions.sent] == [("ASSIGN", "insp.patel")]


def test_people_of_a_provider_are_assigned_once_they_are_known(model: ReadModel, clock: FixedClock) -> None:
    """By a sign-in that lasts, or by what they did before; a slip is still refused."""
    settings = BoardSettings(
        oidc_issuer="https://force.example", oidc_client_id="cdi", oidc_client_secret=SecretStr("x")
    )
    with served(model, clock, settings) as board:
        board.feeder.put(a_clock(WALL), ALERT)
        client = board.client("insp.patel")
        board.board.sessions.begin(Person(name="sgt.here", role="SUPERVISOR", forces=("LEICS",)))
        board.board.sessions.begin(Person(name="sgt.derby", role="SUPERVISOR", forces=("DERBS",)))
        board.board.sessions.begin(Person(name="auditor", role="AUDITOR", forces=("*",)))
        board.feeder.put(
            AlertAction(
                action_id="before", alert_id=ALERT.alert_id, force="LEICS", kind="NOTE", by="sgt.before",
                role="SUPERVISOR", at=WALL - HOUR, text="x",
            )
        )  # fmt: skip
        names = ("sgt.here", "sgt.before", "sgt.derby", "auditor", "bne")
        assert [act(client, "ASSIGN", assignee=name).status_code for name in names] == [303, 303, 422, 422, 422]


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("ACK", {"span": "2h"}, "Insp.patel has acknowledged it until 19:00"),
        ("SILENCE", {"span": "2h", "text": "again"}, "Insp.patel has silenced it until 19:00"),
    ],
)
def test_a_colleagues_word_is_replaced_only_when_asked(
    board: ServedBoard, patel: TestClient, kind: str, fields: dict[str, str], words: str
) -> None:
    """Whoever does it names whose: not one who did it since the page was loaded.  One's own is replaced freely."""
    other = board.client("fcr.jones")
    act(patel, kind, span="1h", text="first")
    page = other.get(PATH).text
    assert 'name="replaces" value="insp.patel"' in page
    assert 'name="replaces"' not in patel.get(PATH).text
    for replaces in ("", "ddm.lee", "fcr.jones"):
        answer = act(other, kind, replaces=replaces, **fields)
        assert answer.status_code == 422
        assert words in html.unescape(answer.text)
    assert len(board.actions.sent) == 1
    board.clock.at += 1
    assert act(patel, kind, **fields).status_code == 303
    assert act(other, kind, replaces="insp.patel", **fields).status_code == 303
    assert [sent.by for sent in board.actions.sent] == ["insp.patel", "insp.patel", "fcr.jones"]


@pytest.mark.parametrize("kind", ["ACK", "SILENCE"])
def test_what_has_ended_is_replaced_freely(board: ServedBoard, patel: TestClient, kind: str) -> None:
    """It holds no longer, so nobody loses it."""
    act(patel, kind, span="1h", text="first")
    board.clock.at = WALL + HOUR + 1
    assert act(board.client("fcr.jones"), kind, span="1h", text="second").status_code == 303
