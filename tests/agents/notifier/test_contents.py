from __future__ import annotations

import json

from agents.notifier.contents import AlertItem, contents_of, digest_of
from schemas.products import Fact
from streams.policy.calendar import local_time_on_day_of
from tests.streams.actions.alerts import BEGAN, alert

BOARD = "https://board.example"
PERSON = "Jane Doe"


def test_a_message_says_what_to_look_at_and_nothing_about_anybody() -> None:
    """Id, rule, force, deadline and link; no reference, fact, team, place or title that came over the wire."""
    given_alert = alert(
        subject_ref=PERSON,
        team=PERSON,
        beat=PERSON,
        discriminator=PERSON,
        title=PERSON,
        facts=(Fact(name="victim", value=PERSON),),
    )
    contents = contents_of("SINGLE", "m1", [AlertItem(given_alert, "BREACHED")], BOARD, 50)
    assert contents.subject == "[HIGH] Breached: A reported crime is not recorded, LEICS"
    for needed in (
        given_alert.alert_id,
        "crime-not-recorded",
        "LEICS",
        "14 November 2023 22:13:20 GMT",
        f"{BOARD}/alerts/{given_alert.alert_id}",
    ):
        assert needed in contents.text
    assert PERSON not in contents.subject + contents.text + contents.payload


def test_a_webhook_is_told_the_same_as_data() -> None:
    """With the deadline as RFC 3339."""
    contents = contents_of("SINGLE", "m1", [AlertItem(alert(), "BREACHED")], BOARD, 50)
    payload = json.loads(contents.payload)
    assert (payload["message_id"], payload["kind"], payload["count"]) == ("m1", "SINGLE", 1)
    assert payload["alerts"] == [
        {
            "alert_id": alert().alert_id,
            "sequence": 2,
            "told": "BREACHED",
            "rule_id": "crime-not-recorded",
            "title": "A reported crime is not recorded",
            "force": "LEICS",
            "severity": "HIGH",
            "status": "BREACHED",
            "certainty": "CONFIRMED",
            "due_at": "2023-11-14T22:13:20.000Z",
            "link": f"{BOARD}/alerts/{alert().alert_id}",
        }
    ]


def test_an_assignment_names_nobody_and_no_action() -> None:
    """Whoever reads it is the assignee, or their team."""
    contents = contents_of("SINGLE", "m1", [AlertItem(alert(), "ASSIGNED_0c1f")], BOARD, 50)
    assert contents.subject == "[HIGH] Assigned to you or your team: A reported crime is not recorded, LEICS"
    assert json.loads(contents.payload)["alerts"][0]["told"] == "ASSIGNED"
    assert "0c1f" not in contents.text + contents.payload


def test_what_may_yet_be_cleared_is_marked() -> None:
    """In the subject and in the text; the end of an alert is never in doubt."""
    doubtful = alert(severity="CRITICAL", certainty="PROVISIONAL")
    contents = contents_of("SINGLE", "m1", [AlertItem(doubtful, "BREACHED")], BOARD, 50)
    assert "(provisional)" in contents.subject
    assert "provisional: a feed that could still clear it is not complete" in contents.text
    over = contents_of("SINGLE", "m1", [AlertItem(doubtful, "CLEARED")], BOARD, 50)
    assert "provisional" not in over.subject + over.text


def test_a_storm_is_counted_and_names_the_gravest() -> None:
    """As many as the policy lets it list; the rest is a number and the board."""
    items = [AlertItem(alert(alert_id=f"h{step}"), "BREACHED") for step in range(40)]
    items.append(AlertItem(alert(alert_id="c", severity="CRITICAL"), "BREACHED"))
    contents = contents_of("STORM", "m1", items, BOARD, 5)
    assert contents.subject == "Many alerts at once: 41 alerts, 1 of them critical"
    assert "41 x Breached: A reported crime is not recorded, LEICS" in contents.text
    assert f"And 36 more: {BOARD}/" in contents.text
    assert [named["alert_id"] for named in json.loads(contents.payload)["alerts"]] == ["c", "h0", "h1", "h10", "h11"]


def test_nothing_in_a_name_breaks_out_of_a_header() -> None:
    """A force or rule with line breaks is one line."""
    contents = contents_of(
        "SINGLE", "m1", [AlertItem(alert(force="LEICS\r\nBcc: x", rule_id="x\ny"), "BREACHED")], BOARD, 50
    )
    assert contents.subject == "[HIGH] Breached: x y, LEICS  Bcc: x"


def test_deadlines_are_local_times() -> None:
    """In July an hour ahead of UTC."""
    july = local_time_on_day_of(1_720_000_000_000, 14, 5)
    assert "14:05:00 BST" in contents_of("SINGLE", "m", [AlertItem(alert(due_at=july), "BREACHED")], BOARD, 5).text


def test_a_digest_counts_what_is_open() -> None:
    """And says so where nothing is."""
    risk = alert(alert_id="r", status="AT_RISK", due_at=BEGAN)
    contents = digest_of("m1", [alert(), risk], BOARD, 50, "2023-11-14")
    assert contents.subject == "Crime data integrity, 2023-11-14: 1 breached, 1 about to breach"
    assert "Nothing is open." in digest_of("m1", [], BOARD, 50, "2023-11-14").text
