"""The estimate page: two columns never mixed, what is open, and the year's number; and bringing it up to date."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from dashboards.board.readmodel.audits import requests as audit_requests
from dashboards.board.readmodel.audits import sheets as audits
from schemas.products import Erasure, Subject
from streams.audits.plan import PlanPreview
from tests.dashboards.board.served_board import WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.audits import ASB_PLAN, DRAWN, PLAN, TWICE, audited, differing, drawn_cases, first_readings
from tests.dashboards.trials.sample import FORCE, a_clock

ADDRESS: Final = "/audits/estimates"


def text_of(page: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_says_what_audits_found_beside_what_linkage_shows(board: ServedBoard) -> None:
    """Estimate, interval, what is read and what is not in, by frame and by stratum, in two groups of columns."""
    board.feeder.put(a_clock(WALL))
    audited(board.model, WALL, *first_readings())
    page = board.client("audit.brown").get(ADDRESS).text
    assert 'colspan="4">What people found (audit)' in page
    assert ">What linkage shows<" in page
    words = text_of(page)
    assert f"46 of {len(DRAWN)} records drawn are in; 4 not in : 4 nobody has read" in words
    assert "Crimes a year that are not recorded" in words
    assert "Left out, since nothing of them is read yet: ALL" in words  # of ASB reports nothing is read
    assert "All reports of crime leave out, since nothing of them is read yet: ASB/ALL" in words
    for stratum in ("Theft", "Violence"):
        assert f'<th scope="row">{stratum}</th>' in page
    assert "treated as civil 10" in words.lower()


def test_agreement_is_said_where_two_read(board: ServedBoard) -> None:
    """And who waits for the registrar."""
    board.feeder.put(a_clock(WALL))
    audited(board.model, WALL, *first_readings(0), differing(TWICE[0]))
    words = text_of(board.client("fcr.jones").get(ADDRESS).text)
    assert "Two readers agree on 0 of 1 records" in words
    assert "1 on which two readers differ" in words
    assert f"{len(TWICE) - 1} wait for a second reader" in words


def test_the_file_holds_the_same_as_the_command_line_writes(board: ServedBoard) -> None:
    """Audit and linkage in columns of their own."""
    board.feeder.put(a_clock(WALL))
    audited(board.model, WALL, *first_readings())
    answer = board.client("audit.brown").get(f"{ADDRESS}.csv?force={FORCE}")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {(row["audit_id"], row["frame"], row["stratum"], row["measure"]) for row in rows} >= {
        (PLAN.audit_id, "INCIDENTS", "", "RECORDED"),
        (PLAN.audit_id, "INCIDENTS", "THEFT", "IN_TIME"),
        (ASB_PLAN.audit_id, "ASB", "", "CLASSIFIED"),
        ("", "OVERALL", "", "RECORDED"),
    }
    assert {"audit_share", "linkage_share"} <= rows[0].keys()
    assert (board.audit.noted[-1][2], board.audit.noted[-1][0]) == ("EXPORT", "audit.brown")


def test_nothing_is_made_up_before_anything_is_read(board: ServedBoard) -> None:
    """No audit, and then one without a reading."""
    board.feeder.put(a_clock(WALL))
    client = board.client("fcr.jones")
    assert "No audit is planned" in client.get(ADDRESS).text
    audited(board.model, WALL)
    words = text_of(client.get(ADDRESS).text)
    assert "nothing to tell yet" in words
    assert "cannot be told yet" in words


def test_the_audits_are_read_anew_when_asked(board: ServedBoard) -> None:
    """The request waits for the board's process, its page says so, and what came of it."""
    board.feeder.put(a_clock(WALL))
    client = board.client("audit.brown")
    page = client.get(ADDRESS).text
    form = {"csrf": csrf_of(page), "action_id": field_of(page, "action_id"), "force": FORCE}
    address = client.post("/audits/refresh", data=form).headers["location"]
    assert client.post("/audits/refresh", data=form).headers["location"] == address  # sent twice, it is asked once
    assert ("audit.brown", "AUDITOR", "AUDIT_REFRESH", FORCE) in board.audit.noted
    assert client.get(f"{address}/progress").json()["state"] == "QUEUED"
    assert "They are being read anew" in client.get(ADDRESS).text
    request_id = audit_requests.claim(board.model, WALL)
    assert request_id is not None
    assert address.endswith(request_id)
    assert "Reading the force" in client.get(address).text
    audit_requests.finish(board.model, request_id, WALL)
    assert "The audits are as of now" in client.get(address).text
    assert client.post("/audits/refresh", data={**form, "force": "DERBS"}).status_code == 422


def test_a_request_that_failed_says_why(board: ServedBoard) -> None:
    """And a plan that was under way when its board stopped is not made twice."""
    board.feeder.put(a_clock(WALL))
    kinds: tuple[audit_requests.AuditRequestKind, ...] = ("PLAN", "PREVIEW")
    for kind in kinds:
        request = audit_requests.AuditRequest(
            request_id=kind, force=FORCE, kind=kind, asked_by="x", asked_role="FCR", asked_at=WALL
        )
        assert audit_requests.enqueue(board.model, request)
        assert audit_requests.claim(board.model, WALL) == kind
        audit_requests.requeue(board.model, kind)
    client = board.client("audit.brown")
    assert "See whether the audit is there" in client.get("/audits/requests/PLAN").text
    assert client.get("/audits/requests/PREVIEW/progress").json()["state"] == "QUEUED"
    assert audit_requests.claim(board.model, WALL) == "PREVIEW"
    audit_requests.finish(board.model, "PREVIEW", WALL, preview=PlanPreview((), neyman=False))


def test_an_erased_record_leaves_the_audits(board: ServedBoard) -> None:
    """With what people read in it; it counts as drawn and gone."""
    board.feeder.put(a_clock(WALL))
    audited(board.model, WALL, *first_readings())
    erased = DRAWN[0]
    board.feeder.put(
        Erasure(
            erasure_id="e-1",
            force=FORCE,
            subjects=(Subject(kind="incident", ref=erased.ref),),
            alert_ids=(),
            erased_at=WALL,
            requested_by="fcr.jones",
        )
    )
    with board.model.reading() as connection:
        result = audits.results(connection, PLAN, 1.96)
    assert result.sample.gone == 1
    assert result.read == len(DRAWN) - 5
    assert erased.ref not in {one.record.ref for one in result.records.values()}


def test_a_record_that_the_workers_forget_leaves_the_audits(board: ServedBoard) -> None:
    """As soon as its case is tombstoned."""
    board.feeder.put(a_clock(WALL), *drawn_cases())
    audited(board.model, WALL, *first_readings())
    board.feeder.forget(next(case for case in drawn_cases() if case.ref == DRAWN[0].ref))
    with board.model.reading() as connection:
        result = audits.results(connection, PLAN, 1.96)
    assert (result.sample.gone, result.read) == (1, len(DRAWN) - 5)


def test_a_reading_that_was_just_sent_outlives_a_state_that_does_not_hold_it_yet(board: ServedBoard) -> None:
    """Until the workers have had the time to take it."""
    sent = next(first_readings())
    audited(board.model, sent.event_time)
    audits.show_reading(board.model, sent)
    for read_at, expected in ((sent.event_time, 1), (sent.event_time + 3 * 3_600_000, 0)):
        audited(board.model, read_at)
        with board.model.reading() as connection:
            assert audits.results(connection, PLAN, 1.96).read == expected
