"""Reading audited records on the board: one form, two readers who do not see each other, and the registrar's ruling."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from dashboards.board.pages.audits.questions import questions_of
from schemas.records import AuditReading
from streams.audits.form import COLUMNS
from streams.audits.frames import FRAME_NAMES, FRAMES
from streams.policy.calendar import DAY
from tests.dashboards.board.served_board import PASSWORD, WALL, ServedBoard, csrf_of, field_of
from tests.dashboards.trials.audits import (
    DRAWN,
    FIRST_READER,
    PLAN,
    TWICE,
    audited,
    differing,
    drawn_cases,
    first_readings,
    number_of,
)
from tests.dashboards.trials.sample import FORCE, a_clock

ADDRESS: Final = f"/audits/{PLAN.audit_id}"
ANSWERS: Final = {
    "crimes_found": "2",
    "crimes_recorded": "1",
    "in_time": "1",
    "classified_right": "1",
    "offence_classes": ["VIOLENCE", "THEFT"],
    "victim_told": "no",
    "cause": "NOT_RECOGNISED",
    "note": "the call names two victims",
}


@pytest.fixture
def audit_board(board: ServedBoard) -> ServedBoard:
    """Give a board whose audit was read by a first reader, but for four records."""
    board.feeder.put(a_clock(WALL), *drawn_cases())
    audited(board.model, WALL, *first_readings())
    board.board.users.add(FIRST_READER, "AUDITOR", [FORCE], PASSWORD)
    return board


def send(client: TestClient, page: str, **changed: Any) -> Any:
    """Send the form of a page."""
    fields = {"csrf": csrf_of(page), "record": field_of(page, "record"), "reader": field_of(page, "reader")}
    return client.post(f"{ADDRESS}/read", data={**fields, **ANSWERS, **changed})


def test_a_reader_reads_one_record_after_the_other(audit_board: ServedBoard) -> None:
    """Each with its timeline; what they found is sent once, noted, and counts at once."""
    client = audit_board.client("audit.brown")
    records = {number_of(record): record for record in DRAWN[-4:]}
    page = client.get(f"{ADDRESS}/read?reader=first").text
    assert "you have 4 records to read" in page
    assert "What happened when" in page
    number = field_of(page, "record")
    answer = send(client, page)
    assert answer.status_code == 303
    assert send(client, page).headers["location"] == answer.headers["location"]  # sent twice
    (reading,) = audit_board.judgements.sent
    assert isinstance(reading, AuditReading)
    assert (reading.ref, reading.reader) == (records[number].ref, "FIRST")
    assert (reading.read_by, reading.source) == ("audit.brown", "BOARD")
    assert (reading.crimes_found, reading.offence_classes, reading.victim_told) == (2, ("VIOLENCE", "THEFT"), False)
    note = ("audit.brown", "AUDITOR", "AUDIT_READING", f"{PLAN.audit_id} STORM {reading.ref}")
    assert note in audit_board.audit.noted
    page = client.get(answer.headers["location"]).text
    assert "you have 3 records to read" in page
    assert field_of(page, "record") != number
    own = client.get(f"{ADDRESS}/read?reader=first&record={number}").text
    assert 'value="2"' in own
    assert "the call names two victims" in own
    assert send(client, own, crimes_found="1").status_code == 303
    assert len(audit_board.judgements.sent) == 2
    assert "47 of 50" in client.get("/audits").text


def test_every_question_cites_its_paragraph(audit_board: ServedBoard) -> None:
    """By heading and page, whatever is audited; the page shows them."""
    for frame in FRAME_NAMES:
        for question in questions_of(frame):
            assert question.citations, (frame, question.name)
            assert all(re.fullmatch(r"pages? \d+( and \d+)?", one.pages) for one in question.citations)
        assert ("right" in {one.name for one in questions_of(frame)}) == ("RIGHT" in FRAMES[frame].measures)
    page = audit_board.client("audit.brown").get(f"{ADDRESS}/read").text
    assert page.count("Crime Recording Rules 2026/27: ") == len(questions_of("INCIDENTS"))
    assert "When to record?, page 10" in page


def test_the_second_reader_sees_nothing_of_the_first(audit_board: ServedBoard) -> None:
    """Neither what was found nor by whom; and who read first is given no second reading."""
    audited(audit_board.model, WALL, *first_readings(0))
    page = audit_board.client("audit.brown").get(f"{ADDRESS}/read?reader=second").text
    form = page[page.index('class="reading"') :]
    assert FIRST_READER not in page
    assert " selected" not in form
    assert not re.search(r'inputmode="numeric"[^>]*value="\d', form)
    own = audit_board.client(FIRST_READER)
    assert "no record left" in own.get(f"{ADDRESS}/read?reader=second").text
    number = number_of(TWICE[0])
    assert own.get(f"{ADDRESS}/read?reader=second&record={number}").status_code == 404
    assert audit_board.client("audit.brown").get(f"{ADDRESS}/read?reader=first&record={number}").status_code == 404


def test_the_registrar_rules_where_two_readers_differ(audit_board: ServedBoard) -> None:
    """And sees both; an auditor does not."""
    audited(audit_board.model, WALL, *first_readings(0), differing(TWICE[0]))
    assert audit_board.client("audit.brown").get(f"{ADDRESS}/read?reader=fcr").status_code == 404
    client = audit_board.client("fcr.jones")
    assert "Rule where two readers differ" in client.get(ADDRESS).text
    page = client.get(f"{ADDRESS}/read?reader=fcr").text
    assert FIRST_READER in page
    assert "audit.second" in page
    assert send(client, page).status_code == 303
    assert [reading.reader for reading in audit_board.judgements.sent if isinstance(reading, AuditReading)] == ["FCR"]
    assert "no record left" in client.get(f"{ADDRESS}/read?reader=fcr").text
    assert "50 of 50" in client.get("/audits").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"crimes_found": ""}, "Crimes that should have been recorded: a whole number"),
        ({"crimes_recorded": "3"}, "Crimes recorded: more than crimes that should have been recorded"),
        ({"in_time": "2"}, "Crimes recorded in time: more than"),
        ({"cause": "BAD"}, "one of NOT_RECOGNISED"),
        ({"note": "x" * 5000}, "at most"),
    ],
)
def test_what_is_no_reading_is_said_and_nothing_lost(
    audit_board: ServedBoard, changed: dict[str, str], sentence: str
) -> None:
    """The form comes back as it was filled in."""
    client = audit_board.client("audit.brown")
    answer = send(client, client.get(f"{ADDRESS}/read").text, **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert re.search(r'value="THEFT"\s+checked', answer.text)
    assert audit_board.judgements.sent == []


def test_what_somebody_else_has_read_meanwhile_is_not_overwritten(audit_board: ServedBoard) -> None:
    """Nor taken down where it cannot be sent."""
    brown, jones = audit_board.client("audit.brown"), audit_board.client("fcr.jones")
    page = brown.get(f"{ADDRESS}/read").text
    audit_board.judgements.refusing = True
    assert send(brown, page).status_code == 503
    assert "46 of 50" in brown.get("/audits").text
    audit_board.judgements.refusing = False
    assert send(brown, page).status_code == 303
    token = csrf_of(jones.get("/account").text)
    assert send(jones, page, csrf=token).status_code == 409
    assert len(audit_board.judgements.sent) == 1


def test_a_form_goes_out_and_comes_back_as_csv(audit_board: ServedBoard) -> None:
    """Bad rows are named by line; nobody brings another's readings, and taking it again changes nothing."""
    client = audit_board.client("audit.brown")
    rows = list(csv.DictReader(io.StringIO(client.get(f"{ADDRESS}/form.csv?reader=first").text)))
    assert len(rows) == 4
    for row in rows[:3]:
        row.update(dict.fromkeys(("crimes_found", "crimes_recorded", "in_time", "classified_right"), "1"))
    rows[1]["read_by"] = "somebody.else"
    rows[2]["in_time"] = "2"
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS)
    table.writeheader()
    table.writerows(rows)

    def bring(content: bytes) -> Any:
        token = csrf_of(client.get("/account").text)
        return client.post(f"{ADDRESS}/form", data={"csrf": token}, files={"file": ("form.csv", content, "text/csv")})

    answer = bring(out.getvalue().encode())
    assert answer.status_code == 422
    assert "1 readings taken, 0 were there already, 1 rows have none, 2 could not be taken." in answer.text
    assert "everybody brings their own readings" in answer.text
    assert "in_time: more than crimes_recorded" in answer.text
    assert len(audit_board.judgements.sent) == 1
    assert "0 readings taken, 1 were there already" in bring(out.getvalue().encode()).text
    for content in (b"", b"\xff\xfe", b'a,"b', b"a,b\n1,2\n", b"x" * (5 * 1024 * 1024)):
        assert bring(content).status_code == 422


def test_what_is_not_drawn_or_read_already_is_taken_from_nobody(audit_board: ServedBoard) -> None:
    """Whatever the form says."""
    client = audit_board.client("audit.brown")
    page = client.get(f"{ADDRESS}/read").text
    assert send(client, page, record="0" * 16).status_code == 404
    audited(audit_board.model, WALL + 9 * DAY, *first_readings(0))
    assert send(client, page).status_code == 409
