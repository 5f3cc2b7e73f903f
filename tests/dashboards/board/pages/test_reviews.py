"""The review queue: the next report, why it is likely, the answer, the next; no report to two people at once."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboards.board.readmodel import leases
from schemas.identifiers import normalise
from schemas.products import Review
from schemas.records import Assessment
from streams.policy.calendar import DAY, HOUR
from streams.reviews.blind_share import digest_of, is_blind
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.sample import FORCE, a_case, a_clock, a_review, an_alert, an_assessment

NAMES = [f"LOG-{number}" for number in range(400)]
BLIND = [name for name in NAMES if is_blind(digest_of(FORCE, "STORM", normalise(name)), 5)]
OPEN = [name for name in NAMES if name not in BLIND]
SURE, LIKELY, LATE = (
    a_review(OPEN[0], wall=WALL, probability=0.9),
    a_review(OPEN[1], wall=WALL, probability=0.6),
    a_review(OPEN[2], wall=WALL, probability=0.8, due_in=-HOUR),
)
"""In this order: what can still be recorded in time counts twice."""


def report(review: Review) -> dict[str, str]:
    """Return the fields that name a report."""
    return {"force": review.force, "system": review.system, "ref": review.ref}


def words(text: str) -> str:
    """Return a page's text without markup."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def send(client: TestClient, path: str, **fields: str) -> Any:
    """Send a form of the queue."""
    form = {"csrf": csrf_of(client.get("/account").text), "action_id": "7f7b1d52-5a0e-4f5e-9d52-000000000001"}
    return client.post(path, data=form | fields)


def following(client: TestClient) -> str:
    """Ask for the next report and return its reference; empty where there is none."""
    return ref_of(send(client, "/reviews/next", force=FORCE))


def ref_of(answer: Any) -> str:
    """Return the reference of the report that an answer leads to."""
    assert answer.status_code == 303
    match = re.search(r"ref=([^&]+)", answer.headers["location"])
    return match[1] if match else ""


@pytest.fixture
def full(board: ServedBoard) -> ServedBoard:
    """Give a board with three reports to read."""
    board.feeder.put(a_clock(WALL), SURE, LIKELY, LATE)
    return board


def test_the_queue_says_how_many_wait_and_what_the_first_are_expected_to_hold(full: ServedBoard) -> None:
    """In the order in which they are read, each with its reasons in words."""
    page = words(full.client("ddm.lee").get("/reviews").text)
    assert "3 reports wait" in page
    assert "The first 3 are expected to hold 2.3 of 2.3 unrecorded crimes. 0 assessments were given today." in page
    places = [page.index(review.ref) for review in (SURE, LIKELY, LATE)]
    assert places == sorted(places)
    assert "opened as DOMESTIC: 25 % of such reports" in page


def test_a_report_is_read_answered_and_followed_by_the_next(full: ServedBoard) -> None:
    """One press for each answer; who gave it comes from the sign-in."""
    full.feeder.put(
        a_case(
            "STORM", SURE.ref, began_at=WALL - 5 * HOUR, linked=[("CIS", "CR/1/26")],
            summary=[("opening_code", "VIOLENCE"), ("status", "OPEN")],
        )
    )  # fmt: skip
    lee = full.client("ddm.lee")
    assert following(lee) == SURE.ref
    page = lee.get("/reviews/report", params=report(SURE)).text
    for text in (
        "90 %",
        *SURE.reasons,
        "One crime: Violence",
        "What happened when",
        "Named by another record",
        "until 18:20",
    ):
        assert text in words(page), text
    answered = send(lee, "/reviews/answer", **report(SURE), answer="ONE", likely="VIOLENCE")
    assert ref_of(answered) == LIKELY.ref
    [given] = full.judgements.sent
    assert isinstance(given, Assessment)
    assert (given.ref, given.crimes, given.offence_class, given.assessed_by) == (SURE.ref, 1, "VIOLENCE", "ddm.lee")
    assert ("ddm.lee", "DDM", "ASSESS", f"STORM {SURE.ref}") in full.audit.noted
    page = words(lee.get("/reviews/report", params=report(LIKELY)).text)
    assert f"Your last answer: STORM {SURE.ref} , 1 crime, violence." in page
    assert "2 wait" in page


def test_no_crime_needs_a_rationale_and_nothing_typed_is_lost(full: ServedBoard) -> None:
    """A form that is refused comes back with what was in it."""
    lee = full.client("ddm.lee")
    following(lee)
    refused = send(lee, "/reviews/answer", **report(SURE), answer="NONE")
    assert refused.status_code == 422
    assert "says why" in refused.text
    stated = {"answer": "STATED", "crimes": "many", "rationale": "Three sheds, each broken into"}
    assert "Three sheds, each broken into" in send(lee, "/reviews/answer", **report(SURE), **stated).text
    assert ref_of(send(lee, "/reviews/answer", **report(SURE), answer="NONE", rationale="Nuisance")) == LIKELY.ref


def test_two_people_are_never_given_the_same_report(full: ServedBoard) -> None:
    """Whoever looks at another's sees whose it is, and cannot answer."""
    lee, kaur = full.client("ddm.lee"), full.client("ddm.kaur")
    assert following(lee) == SURE.ref
    assert following(kaur) == LIKELY.ref
    page = kaur.get("/reviews/report", params=report(SURE)).text
    assert "ddm.lee reads this report until 18:20" in words(page)
    assert 'value="ONE"' not in page
    refused = send(kaur, "/reviews/answer", **report(SURE), answer="ONE")
    assert refused.status_code == 409
    assert "ddm.lee reads this report now. Your answer was not written." in words(refused.text)
    assert full.judgements.sent == []
    assert "ddm.lee reads it" in words(kaur.get("/reviews").text)


def test_a_lease_ends_by_itself(full: ServedBoard) -> None:
    """After it the report is anybody's; whoever comes back first has it."""
    lee, kaur = full.client("ddm.lee"), full.client("ddm.kaur")
    following(lee)
    full.clock.at += leases.LEASE_MS
    assert following(kaur) == SURE.ref
    assert send(lee, "/reviews/answer", **report(SURE), answer="ONE").status_code == 409
    assert send(kaur, "/reviews/answer", **report(SURE), answer="ONE").status_code == 303
    assert "waits no longer" in lee.get("/reviews/report", params=report(SURE)).text
    late = send(lee, "/reviews/answer", **report(SURE), answer="ONE")
    assert late.status_code == 409
    assert "Your answer was not written" in late.text
    assert len(full.judgements.sent) == 1


def test_skipping_gives_it_to_the_next_person(full: ServedBoard) -> None:
    """And nothing is written but that it was skipped."""
    lee, kaur = full.client("ddm.lee"), full.client("ddm.kaur")
    following(lee)
    assert ref_of(send(lee, "/reviews/answer", **report(SURE), answer="SKIP")) == LIKELY.ref
    assert full.audit.noted[-1] == ("ddm.lee", "DDM", "SKIP_REVIEW", f"STORM {SURE.ref}")
    assert full.judgements.sent == []
    assert following(kaur) == SURE.ref


def test_leaving_gives_it_back(full: ServedBoard) -> None:
    """Unless another page of theirs shows it by now, as after loading it anew."""
    lee, kaur = full.client("ddm.lee"), full.client("ddm.kaur")
    following(lee)
    before = field_of(lee.get("/reviews/report", params=report(SURE)).text, "token")
    now = field_of(lee.get("/reviews/report", params=report(SURE)).text, "token")
    send(lee, "/reviews/leave", **report(SURE), token=before)
    assert following(kaur) == LIKELY.ref
    left = send(lee, "/reviews/leave", **report(SURE), token=now)
    assert left.headers["location"] == "/reviews"
    assert following(kaur) == SURE.ref


def test_signing_out_gives_everything_back(full: ServedBoard) -> None:
    """Whoever goes home keeps nobody from reading."""
    lee = full.client("ddm.lee")
    following(lee)
    send(lee, "/sign-out")
    assert following(full.client("ddm.kaur")) == SURE.ref


def test_an_answer_is_undone_on_the_next_page(full: ServedBoard) -> None:
    """The report is shown again, and waits again."""
    lee = full.client("ddm.lee")
    following(lee)
    send(lee, "/reviews/answer", **report(SURE), answer="ONE")
    page = lee.get("/reviews").text
    undo_form = page[page.index('action="/assessments/undo"') :]
    fields = {name: html.unescape(field_of(undo_form, name)) for name in ("assessment_id", "back")}
    assert ref_of(send(lee, "/assessments/undo", **fields)) == SURE.ref
    assert 'value="ONE"' in lee.get(fields["back"]).text
    assert [getattr(sent, "revoked", None) for sent in full.judgements.sent] == [False, True]
    assert "Your last answer" not in lee.get("/reviews").text


def test_the_last_answer_is_offered_for_a_while_and_to_whoever_gave_it(full: ServedBoard) -> None:
    """Nobody is told on the queue what others said."""
    lee = full.client("ddm.lee")
    following(lee)
    send(lee, "/reviews/answer", **report(SURE), answer="ONE")
    assert "Your last answer" in lee.get("/reviews").text
    assert "Your last answer" not in full.client("ddm.kaur").get("/reviews").text
    full.clock.at += HOUR
    assert "Your last answer" not in lee.get("/reviews").text


def test_what_chance_chose_comes_first_for_a_tenth_of_the_day(board: ServedBoard) -> None:
    """By digest; once a tenth of the day's number of them is read, the likeliest come first, until the next day."""
    assert len(BLIND) > 7
    board.feeder.put(a_clock(WALL), SURE, *(a_review(name, wall=WALL, probability=0.01) for name in BLIND))
    by_digest = sorted(BLIND, key=lambda name: digest_of(FORCE, "STORM", normalise(name)))
    lee = board.client("ddm.lee")
    read = []
    for _ in range(7):
        read.append(following(lee))
        board.feeder.put(an_assessment(read[-1], wall=board.clock.at))
    assert read == [*by_digest[:6], SURE.ref]
    board.clock.at += DAY
    board.feeder.put(a_review(OPEN[3], wall=WALL, probability=0.9))
    assert following(board.client("ddm.lee")) == by_digest[6]


def test_a_report_that_is_settled_is_not_given(full: ServedBoard) -> None:
    """Nor one that somebody else judged, even before the workers say so; with nothing left the queue says so."""
    lee = full.client("ddm.lee")
    full.feeder.put(
        a_review(SURE.ref, wall=WALL, probability=0.9, status="SETTLED"),
        an_assessment(LIKELY.ref, wall=WALL, by="insp.patel", role="SUPERVISOR"),
    )
    assert following(lee) == LATE.ref
    full.feeder.forget(LATE)
    assert following(lee) == ""
    assert "Nothing waits to be read. 1 assessment was given today." in words(lee.get("/reviews").text)
    assert "its own systems say what it is" in lee.get("/reviews/report", params=report(SURE)).text


def test_alerts_about_the_report_are_shown(full: ServedBoard) -> None:
    """With their status, by the name of the rule."""
    full.feeder.put(an_alert("crime-not-recorded", "STORM", SURE.ref, wall=WALL, due_in=-HOUR))
    page = full.client("ddm.lee").get("/reviews/report", params=report(SURE)).text
    assert "A reported crime is not recorded" in page


@pytest.mark.parametrize("name", ["insp.derby", "audit.brown", "ops.green"])
def test_nobody_else_reads_a_forces_reports(full: ServedBoard, name: str) -> None:
    """Neither another force's supervisor nor a role that assesses nothing."""
    client = full.client(name)
    for answer in (
        client.get("/reviews/report", params=report(SURE)),
        send(client, "/reviews/next", force=FORCE),
        send(client, "/reviews/answer", **report(SURE), answer="SKIP"),
    ):
        assert answer.status_code in {403, 404}
    assert SURE.ref not in client.get("/reviews").text
