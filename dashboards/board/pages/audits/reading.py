"""Reading audited records: the next one, its timeline, the form, and the registrar's ruling.

A reader sees what the systems hold of a record and no other reading of it; only the registrar, who rules where two
differ, sees both.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from dashboards.board.domain.wording import sentence
from dashboards.board.drawings.timeline import Timeline, record_entries, timeline
from dashboards.board.pages.audits.estimates import FRAMES_IN_WORDS
from dashboards.board.pages.audits.plans import STRATA_IN_WORDS, find, missing
from dashboards.board.pages.audits.questions import questions_of
from dashboards.board.pages.handler import SEE_OTHER, Visit
from dashboards.board.readmodel.audits import sheets
from dashboards.board.readmodel.cases import StoredCases
from schemas.records import AuditReading
from schemas.vocabularies import OFFENCE_CLASSES, Reader
from streams.audits.form import ANSWERS, CAUSES, ReadingRefusedError, is_known, reading_from_row, to_read
from streams.audits.readings import is_same_reader
from streams.audits.results import AuditResults, RecordRead
from streams.reports.linked_cases import HeldCase, follow_links

SOURCE: Final = "BOARD"
"""The source system instance that readings given here name."""
_READER_BY_WORD: Final[dict[str, Reader]] = {"first": "FIRST", "second": "SECOND", "fcr": "FCR"}
READERS_IN_WORDS: Final[dict[Reader, str]] = {
    "FIRST": "first reader",
    "SECOND": "second reader",
    "FCR": "registrar",
}
_SHORT: Final = 16
"""How many digits of a record's digest name it in an address."""


class ReadingView(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of one record shows."""

    one: RecordRead
    number: str
    """The first digits of its digest."""
    related: list[HeldCase]
    """The record itself first."""
    timeline: Timeline


def show_audit(visit: Visit) -> Response:
    """Show what is drawn in an audit and how far reading has come."""
    result = find(visit)
    if result is None:
        return missing(visit)
    return visit.page(
        "audit.html",
        result=result,
        to_read=[
            (word, reader, len(waiting(visit, result, reader)))
            for word, reader in _READER_BY_WORD.items()
            if reader_named(visit, word) is not None
        ],
        reader_words=READERS_IN_WORDS,
        additions=sum(one.record.added for one in result.records.values()),
        frames=FRAMES_IN_WORDS,
        strata_words=STRATA_IN_WORDS,
    )


def show(visit: Visit) -> Response:
    """Show the next record that this person is to read as a reader, or one that they have read."""
    result, reader = find(visit), reader_named(visit, visit.request.query_params.get("reader", "first"))
    if result is None or reader is None:
        return missing(visit)
    number = visit.request.query_params.get("record", "")
    one = _find(result, number) if number else _next(visit, result, reader)
    if number and (one is None or not may_read(visit, one, reader)):
        return visit.missing("This record is not drawn for you to read.")
    own = None if one is None else _reading(one, reader)
    return _page(visit, result, reader, one, {} if own is None else answers_of(own))


def read(visit: Visit) -> Response:
    """Write what somebody read of a record, and give them the next."""
    result, reader = find(visit), reader_named(visit, visit.text("reader"))
    if result is None or reader is None:
        return missing(visit)
    one = _find(result, visit.text("record"))
    if one is None:
        return visit.missing("This record is not drawn, or it is forgotten or erased.")
    answers = {name: visit.text(name) for name in ANSWERS}
    answers["offence_classes"] = ";".join(str(value) for value in visit.form.getlist("offence_classes"))
    if not may_read(visit, one, reader):
        return _page(visit, result, reader, None, answers, "It is not yours to read: somebody else has read it.", 409)
    try:
        reading = reading_of(visit, result, one, reader, answers)
    except ReadingRefusedError as refusal:
        return _page(visit, result, reader, one, answers, _words(refusal), 422)
    if not is_known(reading, result) and (failure := send(visit, [reading])) is not None:
        return _page(visit, result, reader, one, answers, failure, 503)
    address = f"{visit.request.url.path}?reader={visit.text('reader')}&after={_number(one)}"
    return RedirectResponse(address, SEE_OTHER)


def reading_of(
    visit: Visit, result: AuditResults, one: RecordRead, reader: Reader, answers: dict[str, str]
) -> AuditReading:
    """Return the reading that answers state, as this person's.  Raises ReadingRefusedError."""
    row = {
        **answers,
        "audit_id": result.plan.audit_id,
        "system": one.record.system,
        "ref": one.record.ref,
        "reader": reader,
        "read_by": visit.person.name,
        "read_at": "",
    }
    board = visit.board
    longest = board.book.actions.text_longest
    return reading_from_row(row, result, by=visit.person.name, wall=board.clock(), source=SOURCE, longest_note=longest)


def send(visit: Visit, readings: list[AuditReading]) -> str | None:
    """Note and send readings, and count them at once; return why they were not taken down, if so."""
    board = visit.board
    for reading in readings:
        board.note(visit.person, "AUDIT_READING", f"{reading.audit_id} {reading.system} {reading.ref}")
        try:
            board.judgements.send(reading)
        except Exception:  # noqa: BLE001 - whatever happened, it was not taken down, and whoever read must know
            return "It could not be sent and was not taken down. Try again."
        sheets.show_reading(board.model, reading)
    return None


def waiting(visit: Visit, result: AuditResults, reader: Reader) -> list[RecordRead]:
    """Return what this person may still read as a reader, in an order of their own.

    Two people who read at once seldom meet, since each goes through the records in another order.
    """
    records = [one for one in to_read(result, reader) if may_read(visit, one, reader)]
    name = visit.person.name
    return sorted(records, key=lambda one: sha256(f"{name}/{one.record.digest}".encode()).digest())


def answers_of(reading: AuditReading) -> dict[str, str]:
    """Return what a reading says, as the form states it."""
    answers = {name: getattr(reading, name) for name in ANSWERS}
    yes_or_no = {True: "yes", False: "no"}
    texts = {name: "" if value is None else str(value) for name, value in answers.items()}
    texts |= {name: yes_or_no.get(answers[name], "") for name in ("victim_told", "right")}
    return texts | {"offence_classes": ";".join(reading.offence_classes)}


def reader_named(visit: Visit, word: str) -> Reader | None:
    """Return the reader that is named; None where there is none, or where this person may not rule."""
    reader = _READER_BY_WORD.get(word)
    return None if reader == "FCR" and not visit.person.may("override") else reader


def _next(visit: Visit, result: AuditResults, reader: Reader) -> RecordRead | None:
    return next(iter(waiting(visit, result, reader)), None)


def _find(result: AuditResults, number: str) -> RecordRead | None:
    return next((one for one in result.records.values() if _number(one) == number), None)


def _number(one: RecordRead) -> str:
    return one.record.digest[:_SHORT]


def _reading(one: RecordRead, reader: Reader) -> AuditReading | None:
    reading: AuditReading | None = getattr(one.readings, reader.lower())
    return reading


def may_read(visit: Visit, one: RecordRead, reader: Reader) -> bool:
    """Return whether a person may read a record: nobody else has, and they are not its other reader."""
    name = visit.person.name
    if reader == "FCR":
        return one.readings.differ
    if reader == "SECOND" and not one.record.read_twice:
        return False
    own, other = _reading(one, reader), _reading(one, "SECOND" if reader == "FIRST" else "FIRST")
    return (own is None or is_same_reader(own.read_by, name)) and (
        other is None or not is_same_reader(other.read_by, name)
    )


def _words(refusal: ReadingRefusedError) -> str:
    """Return why a form is no reading, by the question instead of the column."""
    name, _, reason = str(refusal).partition(": ")
    for column, words in _LABELS.items():
        reason = reason.replace(column, words)
    return sentence(f"{_LABELS.get(name, name)}: {reason}")


_LABELS: Final = {
    "crimes_found": "crimes that should have been recorded",
    "crimes_recorded": "crimes recorded",
    "in_time": "crimes recorded in time",
    "classified_right": "crimes classified rightly",
    "right": "whether it is right",
}


def _page(
    visit: Visit,
    result: AuditResults,
    reader: Reader,
    one: RecordRead | None,
    answers: dict[str, str],
    error: str = "",
    status: int = 200,
) -> Response:
    view = None if one is None else _view(visit, result, one)
    return visit.page(
        "audit_reading.html",
        status,
        result=result,
        reader=reader,
        reader_word=next(word for word, name in _READER_BY_WORD.items() if name == reader),
        reader_words=READERS_IN_WORDS,
        view=view,
        both=[] if one is None or reader != "FCR" else [one.readings.first, one.readings.second],
        left=len(waiting(visit, result, reader)),
        answers={**dict.fromkeys(ANSWERS, ""), **answers},
        questions=questions_of(result.plan.frame),
        causes=CAUSES,
        classes=sorted(OFFENCE_CLASSES),
        frames=FRAMES_IN_WORDS,
        after=visit.request.query_params.get("after", "") if one is None or not answers else "",
        error=error,
        wall=visit.board.clock(),
    )


def _view(visit: Visit, result: AuditResults, one: RecordRead) -> ReadingView:
    start = (one.record.system, one.record.normalised_ref)
    with visit.board.model.reading() as connection:
        linked = follow_links(StoredCases(connection), result.plan.force, [start])
    related = sorted(linked.held, key=lambda held: held.subject != start)
    return ReadingView(
        one=one, number=_number(one), related=related, timeline=timeline(record_entries(related), None, None)
    )
