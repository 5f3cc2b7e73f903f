"""What people judge of an alert's record: sent as an assessment, shown at once, undone by who gave it."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from schemas.products import Alert, Fact
from schemas.records import Assessment
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import a_case, a_clock, an_alert, an_assessment

HOUR = 3_600_000
ALERT = an_alert("crime-not-recorded", "STORM", "INC-1", wall=WALL, due_in=-HOUR, offence_class="VIOLENCE")
PATH = f"/alerts/{ALERT.alert_id}"


@pytest.fixture
def shown(board: ServedBoard) -> ServedBoard:
    """Give a board with an alert."""
    board.feeder.put(a_clock(WALL), ALERT, a_case("STORM", "INC-1", began_at=WALL - 30 * HOUR))
    return board


def assess(client: TestClient, page: str = "", **fields: str) -> Any:
    """Send the form of an assessment, from a freshly loaded page unless one is given."""
    page = page or client.get(PATH).text
    ids = re.findall(r'/assessments" class="[^"]*"><input[^>]*><input[^>]* name="action_id" value="([^"]+)"', page)
    form = {"csrf": csrf_of(page), "action_id": ids[0] if ids else field_of(page, "action_id"), **fields}
    return client.post(f"{PATH}/assessments", data=form)


def undo(client: TestClient) -> Any:
    """Press the page's first Undo."""
    page = client.get(PATH).text
    undo_form = page[page.index('action="/assessments/undo"') :]
    names = ("csrf", "action_id", "assessment_id", "back")
    return client.post("/assessments/undo", data={name: field_of(undo_form, name) for name in names})


def sent(board: ServedBoard) -> list[Assessment]:
    """Return the assessments that were sent."""
    return [record for record in board.judgements.sent if isinstance(record, Assessment)]


def test_one_crime_of_the_likely_class_is_one_button(shown: ServedBoard) -> None:
    """Written with who, in which role and when, noted first, and on the page straight away."""
    lee = shown.client("ddm.lee")
    assert "One crime: Violence" in lee.get(PATH).text
    answer = assess(lee, answer="ONE", likely="VIOLENCE")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}#done")
    [given] = sent(shown)
    assert (given.system, given.ref, given.crimes, given.offence_class) == ("STORM", "INC-1", 1, "VIOLENCE")
    assert (given.assessed_by, given.assessed_role, given.assessed_at, given.force) == ("ddm.lee", "DDM", WALL, "LEICS")
    assert shown.audit.noted[-1] == ("ddm.lee", "DDM", "ASSESS", "STORM INC-1")
    assert "Assessed by ddm.lee</b> (designated decision maker)" in lee.get(PATH).text


def test_every_field_of_the_form_is_written(shown: ServedBoard) -> None:
    """The number, the class, the code, the reason and the rationale."""
    lee = shown.client("ddm.lee")
    fields = {"crimes": "2", "offence_class": "ROBBERY", "offence_code": "34B", "reason": "CCTV", "rationale": "Seen."}
    assert assess(lee, answer="STATED", **fields).status_code == 303
    [given] = sent(shown)
    assert (given.crimes, given.offence_class, given.offence_code) == (2, "ROBBERY", "34B")
    assert (given.reason, given.rationale) == ("CCTV", "Seen.")


@pytest.mark.parametrize("name", ["ddm.lee", "fcr.jones"])
def test_who_decides_that_there_is_no_crime_says_why(shown: ServedBoard, name: str) -> None:
    """Without a rationale it would count as nothing."""
    client = shown.client(name)
    refused = assess(client, answer="NONE")
    assert refused.status_code == 422
    assert "Who decides that there is no crime says why" in refused.text
    assert sent(shown) == []
    assert assess(client, answer="NONE", rationale="Nuisance only").status_code == 303
    assert [(given.crimes, given.rationale) for given in sent(shown)] == [(0, "Nuisance only")]


def test_a_supervisor_says_that_they_have_looked(shown: ServedBoard) -> None:
    """Without a rationale, since it decides nothing; in their own role, whatever the form says."""
    patel = shown.client("insp.patel")
    assert assess(patel, answer="NONE", assessed_role="FCR", assessed_by="fcr.jones").status_code == 303
    [given] = sent(shown)
    assert (given.crimes, given.assessed_by, given.assessed_role) == (0, "insp.patel", "SUPERVISOR")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose an answer"),
        ({"answer": "STATED"}, "Say how many crimes"),
        ({"answer": "STATED", "crimes": "-1"}, "Say how many crimes"),
        ({"answer": "STATED", "crimes": "1001"}, "A number of crimes is from 0 to 1000"),
        ({"answer": "ONE", "likely": "MURDER"}, "An offence class is one of"),
        ({"answer": "ONE", "rationale": "x" * 2001}, "More than 2000 characters"),
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(shown: ServedBoard, fields: dict[str, str], sentence: str) -> None:
    """And nothing is written or noted."""
    answer = assess(shown.client("ddm.lee"), **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert sent(shown) == []
    assert all(action != "ASSESS" for _, _, action, _ in shown.audit.noted)


def test_a_form_that_is_sent_twice_counts_once(shown: ServedBoard) -> None:
    """A second click is no second opinion, which undoing would leave."""
    lee = shown.client("ddm.lee")
    page = lee.get(PATH).text
    for _ in range(2):
        assert assess(lee, page, answer="ONE").status_code == 303
    assert len(sent(shown)) == 1


def test_undoing_revokes_what_was_given(shown: ServedBoard) -> None:
    """The same assessment, revoked, as its newest snapshot; the page says nothing of it any more."""
    lee = shown.client("ddm.lee")
    assess(lee, answer="ONE")
    answer = undo(lee)
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    given, revoked = sent(shown)
    assert (revoked.assessed_by, revoked.assessed_at, revoked.ref) == (given.assessed_by, given.assessed_at, given.ref)
    assert revoked.revoked
    assert revoked.event_time > given.event_time
    assert revoked.event_id != given.event_id
    assert shown.audit.noted[-1][2:] == ("REVOKE_ASSESSMENT", "STORM INC-1")
    assert "Assessed by" not in lee.get(PATH).text


def test_nobody_undoes_what_another_said(shown: ServedBoard) -> None:
    """Not even the registrar, whose own word stands over theirs; and Undo leads nowhere else."""
    shown.feeder.put(an_assessment("INC-1", wall=WALL - 5))
    own = shown.client("ddm.lee")
    page = own.get(PATH).text
    given_id = field_of(page, "assessment_id")
    for name in ("fcr.jones", "insp.derby"):
        client = shown.client(name)
        form = {"csrf": csrf_of(client.get("/account").text), "action_id": field_of(page, "action_id")}
        assert client.post("/assessments/undo", data={**form, "assessment_id": given_id}).status_code == 404
    assert "Undo" not in shown.client("fcr.jones").get(PATH).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "assessment_id": given_id}
    answer = own.post("/assessments/undo", data={**form, "back": "https://evil.example/"})
    assert answer.headers["location"] == "/live"


@pytest.mark.parametrize("sink", ["judgements", "audit"])
def test_what_cannot_be_sent_or_noted_is_not_taken(shown: ServedBoard, sink: str) -> None:
    """Whoever judged is told, and the page does not show it."""
    lee = shown.client("ddm.lee")
    page = lee.get(PATH).text
    getattr(shown, sink).refusing = True
    if sink == "audit":
        with pytest.raises(RuntimeError, match="no audit log"):
            assess(lee, page, answer="ONE")
    else:
        answer = assess(lee, page, answer="ONE")
        assert answer.status_code == 503
        assert "could not be sent and was not taken" in answer.text
    assert sent(shown) == []
    getattr(shown, sink).refusing = False
    assert "Assessed by" not in lee.get(PATH).text


def test_a_crime_is_assessed_without_a_number(board: ServedBoard) -> None:
    """Its class, with a rationale: nobody says how many crimes a crime discloses."""
    alert = an_alert("no-crime-unsupported", "CIS", "CR/7/26", wall=WALL, due_in=None)
    board.feeder.put(a_clock(WALL), alert)
    jones = board.client("fcr.jones")
    page = jones.get(f"/alerts/{alert.alert_id}").text
    assert "data-key" not in page
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "answer": "STATED"}
    form |= {"offence_class": "THEFT", "rationale": "Reclassified rightly."}
    assert jones.post(f"/alerts/{alert.alert_id}/assessments", data=form).status_code == 303
    [given] = sent(board)
    assert (given.system, given.crimes, given.offence_class) == ("CIS", None, "THEFT")


RECLASSIFIED = an_alert("crime-reclassified", "CIS", "CR/7/26", wall=WALL, due_in=-HOUR, offence_class="THEFT")


def reclassified(first: str) -> Alert:
    """Return an alert on a crime that is a theft now."""
    return msgspec.structs.replace(RECLASSIFIED, facts=(Fact(name="offence_class first", value=first),))


@pytest.mark.parametrize(
    ("first", "name", "hint"),
    [
        ("ROBBERY", "ddm.lee", "yours settles this alert"),
        ("RAPE", "fcr.jones", "yours settles this alert"),
        ("RAPE", "ddm.lee", "only the registrar reclassifies"),
        ("ROBBERY", "insp.patel", "the registrar, the deputy and designated decision makers reclassify"),
    ],
)
def test_a_reclassification_is_decided_by_its_class_and_a_reason(
    board: ServedBoard, first: str, name: str, hint: str
) -> None:
    """The form begins with the class that the crime has now, and says whose assessment settles the alert."""
    alert = reclassified(first)
    board.feeder.put(a_clock(WALL), alert)
    client = board.client(name)
    page = client.get(f"/alerts/{alert.alert_id}").text
    assert hint in page
    assert '<option value="THEFT" selected>' in page
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "answer": "STATED"}
    for missing in ({"offence_class": "THEFT"}, {"rationale": "Nothing was taken by force."}):
        refused = client.post(f"/alerts/{alert.alert_id}/assessments", data={**form, **missing})
        assert (refused.status_code, "State the class that is right, and why" in refused.text) == (422, True)
    whole = {"offence_class": "THEFT", "rationale": "Nothing was taken by force."}
    assert client.post(f"/alerts/{alert.alert_id}/assessments", data=form | whole).status_code == 303
    [given] = sent(board)
    assert (given.system, given.ref, given.crimes, given.offence_class) == ("CIS", "CR/7/26", None, "THEFT")
    assert given.rationale == whole["rationale"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("fcr.jones", "Yours is the registrar&#39;s oversight"), ("ddm.lee", "the registrar&#39;s settles this alert")],
)
def test_the_registrar_sees_an_n100_by_assessing_it(board: ServedBoard, name: str, hint: str) -> None:
    """By a word of the class, or a rationale; others are told that theirs settles nothing."""
    alert = an_alert("incident-only-unseen", "CIS", "CR/8/26", wall=WALL, due_in=-HOUR, offence_class="RAPE")
    board.feeder.put(a_clock(WALL), alert)
    client = board.client(name)
    page = client.get(f"/alerts/{alert.alert_id}").text
    assert hint in page
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "answer": "STATED", "rationale": "Right."}
    assert client.post(f"/alerts/{alert.alert_id}/assessments", data=form).status_code == 303
    assert [given.rationale for given in sent(board)] == ["Right."]


def test_who_may_not_assess_sees_no_form(shown: ServedBoard) -> None:
    """And an alert about a feed is about no record."""
    feed = an_alert("feed-silent", "FEED", "cmc.calls.v1", wall=WALL, due_in=None)
    shown.feeder.put(feed)
    assert "Assess it" not in shown.client("audit.brown").get(PATH).text
    assert "Assess it" not in shown.client("fcr.jones").get(f"/alerts/{feed.alert_id}").text
