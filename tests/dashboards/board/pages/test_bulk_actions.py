"""Several alerts of the list are acted on at once, and each is answered for."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from playwright.sync_api import expect
from starlette.testclient import TestClient

from dashboards.board.pages.alert_forms.bulk_actions import KINDS, MOST_AT_ONCE
from schemas.products import AlertAction
from tests.dashboards.board.browsers import BoardBrowsers, connected
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import a_clock, an_alert

HOUR = 3_600_000
ALERTS = [an_alert("crime-not-recorded", "STORM", f"INC-{number}", wall=WALL, due_in=-HOUR) for number in range(3)]
IDS = [alert.alert_id for alert in ALERTS]


@pytest.fixture
def patel(board: ServedBoard) -> TestClient:
    """Give a supervisor before a list of three alerts."""
    board.feeder.put(a_clock(WALL), *ALERTS)
    return board.client("insp.patel")


def act(client: TestClient, kind: str, ids: list[str] = IDS, **fields: Any) -> Any:
    """Act on alerts from a freshly loaded list."""
    page = client.get("/live").text
    token = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id")}
    return client.post(
        "/live/actions", data={**token, "kind": kind, "text": "a burst of calls", **fields, "alert_id": ids}
    )


def results(page: str) -> list[str]:
    """Return what the page says became of each alert."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert body is not None
    return [html.unescape(row) for row in re.findall(r"<td>([^<]*)</td></tr>", body[1])]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("ACK", {"span": "4h"}, "Acknowledged by insp.patel"),
        ("ASSIGN", {"assignee": "ddm.lee"}, "With ddm.lee"),
        ("NOTE", {}, "a burst of calls"),
        ("SILENCE", {"span": "1h"}, "Silenced by insp.patel"),
        ("ESCALATE", {"level": "DUTY_INSPECTOR"}, "Escalated to the duty inspector"),
    ],
)
def test_each_alert_is_acted_on_for_the_one_reason(
    board: ServedBoard, patel: TestClient, kind: str, fields: dict[str, Any], sentence: str
) -> None:
    """An action of its own, noted by itself, and shown on its page at once."""
    answer = act(patel, kind, **fields)
    assert answer.status_code == 200
    assert "3 of 3 alerts done" in answer.text
    assert results(answer.text) == ["Done"] * 3
    assert [(sent.alert_id, sent.kind, sent.text) for sent in board.actions.sent] == [
        (alert_id, kind, "a burst of calls") for alert_id in IDS
    ]
    assert board.audit.noted[-3:] == [("insp.patel", "SUPERVISOR", f"ACTION_{kind}", alert_id) for alert_id in IDS]
    assert sentence in patel.get(f"/alerts/{IDS[1]}").text


def test_every_kind_that_is_offered_is_tried_here() -> None:
    """None of them decides on a single alert."""
    assert set(KINDS) == {"ACK", "ASSIGN", "NOTE", "SILENCE", "ESCALATE"}


def test_an_alert_that_cannot_be_acted_on_is_named_and_the_others_are_done(
    board: ServedBoard, patel: TestClient
) -> None:
    """One of another force, one that is gone, and one that is there."""
    elsewhere = an_alert("crime-not-recorded", "STORM", "INC-9", wall=WALL, due_in=-HOUR, force="DERBS")
    board.feeder.put(elsewhere)
    answer = act(patel, "NOTE", [elsewhere.alert_id, "nothing", IDS[0], IDS[0]])
    missing = "There is no such alert, or it is another force's."
    assert results(answer.text) == [missing, missing, "Done"]
    assert "1 of 3 alerts done" in answer.text
    assert [sent.alert_id for sent in board.actions.sent] == [IDS[0]]


def test_no_colleague_is_overruled_and_nobody_unknown_is_given_anything_in_bulk(
    board: ServedBoard, patel: TestClient
) -> None:
    """Each such alert is named, and the others are done."""
    act(board.client("ddm.lee"), "ACK", [IDS[1]], span="1h")
    answer = act(patel, "ACK", span="1h")
    taken = "Ddm.lee has acknowledged it until 19:00: say on its own page that yours is to hold instead."
    assert results(answer.text) == ["Done", taken, "Done"]
    unknown = "Nobody who may see LEICS signs in here as “bne”: choose a name of the list."
    assert results(act(patel, "ASSIGN", assignee="bne").text) == [unknown] * 3


def test_operations_hear_of_each_alert_that_is_none_of_theirs(board: ServedBoard, patel: TestClient) -> None:
    """A feed is theirs; the rest is refused in a sentence, by alert."""
    feed = an_alert("feed-silent", "FEED", "cats.referrals.v1", wall=WALL, due_in=None)
    board.feeder.put(feed)
    answer = act(board.client("ops.green"), "ACK", [IDS[0], feed.alert_id], span="1h")
    assert results(answer.text) == ["Operations may act on alerts about feeds only.", "Done"]


@pytest.mark.parametrize(
    ("kind", "ids", "fields", "sentence"),
    [
        ("NOTE", [], {}, "Choose at least one alert"),
        ("OVERRIDE", IDS, {}, "Choose what to do"),
        ("NOTE", IDS, {"text": " "}, "Say why: one reason for all of them"),
        ("NOTE", [f"id-{number}" for number in range(MOST_AT_ONCE + 1)], {}, f"choose {MOST_AT_ONCE} at most"),
    ],
)
def test_a_form_that_is_not_whole_does_nothing_to_any(
    board: ServedBoard, patel: TestClient, kind: str, ids: list[str], fields: dict[str, Any], sentence: str
) -> None:
    """The page says what is wrong and offers the alerts again."""
    answer = act(patel, kind, ids, **fields)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert board.actions.sent == []
    if ids == IDS:
        assert answer.text.count('class="choose"') == 3


def test_what_is_refused_for_one_alert_is_refused_for_each_by_name(board: ServedBoard, patel: TestClient) -> None:
    """Such as one that would hold longer than the policy allows."""
    answer = act(patel, "ACK", span="7d")
    assert results(answer.text) == ["ACK may hold for 24 hours at most."] * 3
    assert board.actions.sent == []


def test_once_one_cannot_be_sent_the_rest_are_left_and_said_so(board: ServedBoard, patel: TestClient) -> None:
    """And the page offers all of them again."""
    board.actions.refusing = True
    answer = act(patel, "NOTE")
    first, *rest = results(answer.text)
    assert "was not taken" in first
    assert rest == ["Not tried, since one before it could not be sent."] * 2
    assert "0 of 3 alerts done" in answer.text
    board.actions.refusing = False
    page = answer.text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": "NOTE", "text": "again"}
    assert "3 of 3 alerts done" in patel.post("/live/actions", data={**form, "alert_id": IDS}).text


def test_without_an_audit_log_nothing_is_done(board: ServedBoard, patel: TestClient) -> None:
    """What cannot be noted must not be done."""
    page = patel.get("/live").text
    board.audit.refusing = True
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": "NOTE", "text": "x"}
    assert "0 of 3 alerts done" in patel.post("/live/actions", data={**form, "alert_id": IDS}).text
    assert board.actions.sent == []


def test_sending_the_form_twice_acts_once_on_each(board: ServedBoard, patel: TestClient) -> None:
    """The ids of the actions follow from the form and the alert."""
    page = patel.get("/live").text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "kind": "NOTE", "text": "once"}
    for _ in range(2):
        patel.post("/live/actions", data={**form, "alert_id": IDS})
    assert len({sent.action_id for sent in board.actions.sent}) == 3
    assert patel.get(f"/alerts/{IDS[0]}").text.count("once") == 1


def test_who_may_not_act_is_offered_nothing(board: ServedBoard, patel: TestClient) -> None:
    """The auditor's list has no form, and its boxes are not shown."""
    page = board.client("audit.brown").get("/live").text
    assert 'id="bulk"' not in page
    assert 'class="can-act"' not in page


@pytest.mark.parametrize("scripted", [True, False])
def test_alerts_are_ticked_and_acted_on_in_a_browser(browsers: BoardBrowsers, *, scripted: bool) -> None:
    """With a script, which keeps what is ticked while rows change, and without one."""
    wall = browsers.board.board.clock()
    browsers.feeder.put(a_clock(wall), *ALERTS)
    page = browsers.signed_in(java_script_enabled=scripted)
    boxes = page.locator("#lists .choose")
    expect(boxes).to_have_count(3)
    boxes.nth(0).check()
    boxes.nth(1).check()
    if scripted:
        connected(page)
        expect(page.locator("#chosen")).to_have_text("2 chosen")
        about = boxes.nth(0).get_attribute("value") or ""
        note = AlertAction(
            action_id="n", alert_id=about, force="LEICS", kind="NOTE", by="x", role="FCR", at=wall, text="seen"
        )
        browsers.feeder.put(note)
        expect(page.locator(f"#a-{about}")).to_contain_text("1 note")
        expect(boxes.nth(0)).to_be_checked()
    page.get_by_text("Act on several").click()
    page.get_by_label("What to do").select_option("ACK")
    page.get_by_label("Reason, the same for all").fill("A burst of calls")
    page.get_by_role("button", name="Do it to those chosen").click()
    expect(page.get_by_text("2 of 2 alerts done")).to_be_visible()
    assert {sent.kind for sent in browsers.board.actions.sent} == {"ACK"}
    assert browsers.faults == []
