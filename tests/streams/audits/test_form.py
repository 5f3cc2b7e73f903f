"""The form of an audit: out as rows without answers, back as readings, with a reason for each row that is none."""

from __future__ import annotations

import pytest

from schemas.records import AuditReading
from schemas.vocabularies import Reader
from streams.audits.form import (
    ANSWERS,
    COLUMNS,
    ReadingRefusedError,
    form_rows,
    is_blank,
    is_known,
    reading_from_row,
    to_read,
)
from streams.audits.plan import AuditPlan
from streams.audits.results import AuditResults, results_of
from streams.audits.sample import sample_of
from tests.streams.audits.audited import PLANNED, START, incidents, known, planned, read
from tests.streams.world import DAY, disposal

EARLY = incidents(80)
WALL = PLANNED + DAY
PLAN = planned(known(*EARLY).context, n=60)
DRAWN = list(sample_of(PLAN, known(*EARLY).context).records)
TWICE = next(record for record in DRAWN if record.read_twice)
ONCE = next(record for record in DRAWN if not record.read_twice)


def results(*readings: AuditReading, plan: AuditPlan = PLAN) -> AuditResults:
    """Return how far the audit has come."""
    return results_of(plan, known(*EARLY, *readings, clock=WALL).context)


def row(**cells: str) -> dict[str, str]:
    """Return a row that is filled in: one crime, recorded in time and rightly classified."""
    ordinary = {
        "audit_id": PLAN.audit_id,
        "system": "STORM",
        "ref": ONCE.ref,
        "reader": "FIRST",
        "read_by": "A1",
        "read_at": "",
        "crimes_found": "1",
        "crimes_recorded": "1",
        "in_time": "1",
        "classified_right": "1",
    }
    return {**ordinary, **cells}


def taken(cells: dict[str, str], known_already: AuditResults | None = None) -> AuditReading:
    """Return the reading of a row."""
    return reading_from_row(cells, known_already or results(), by="me", wall=WALL, source="CLI", longest_note=20)


def listed(reader: Reader, *readings: AuditReading, everything: bool = False) -> list[str]:
    """Return the references that a reader is to read."""
    return [one.record.ref for one in to_read(results(*readings), reader, everything=everything)]


# -- out -----------------------------------------------------------------------------------------------------------


def test_a_row_says_which_record_to_read_and_leaves_the_answers_empty() -> None:
    """In the order of strata and digests."""
    rows = list(form_rows(results(), "FIRST"))
    assert len(rows) == 60
    assert [cells[2] for cells in rows] == [record.ref for record in DRAWN]
    assert rows[0] == [PLAN.audit_id, "STORM", DRAWN[0].ref, "ALL", "no", "FIRST", *[""] * len(ANSWERS)]
    assert len(rows[0]) == len(COLUMNS)
    assert is_blank(dict(zip(COLUMNS, rows[0], strict=True)))


def test_each_reader_is_shown_what_is_theirs_to_read() -> None:
    """And never what another found: rows hold no answers."""
    first = read(PLAN, TWICE.ref)
    assert TWICE.ref not in listed("FIRST", first)
    assert TWICE.ref in listed("FIRST", first, everything=True)
    assert listed("SECOND", first) == [record.ref for record in DRAWN if record.read_twice]
    assert listed("FCR", first) == []
    second = read(PLAN, TWICE.ref, 1, 0, reader="SECOND", read_by="A2")
    assert listed("FCR", first, second) == [TWICE.ref]
    assert listed("FCR", first, second, read(PLAN, TWICE.ref, reader="FCR")) == []
    assert len(listed("FCR", everything=True)) == 60


# -- back ----------------------------------------------------------------------------------------------------------


def test_a_filled_in_row_becomes_a_reading() -> None:
    """With every answer, the reference as its system writes it."""
    reading = taken(
        row(
            ref=ONCE.ref.lower(),
            system="storm",
            read_at="2026-05-02 12:30",
            crimes_found="2",
            offence_classes="violence; Criminal damage",
            victim_told="Yes",
            cause="victim declined",
            note="seen the log",
        )
    )
    assert (reading.audit_id, reading.system, reading.ref, reading.reader) == (
        PLAN.audit_id,
        "STORM",
        ONCE.ref,
        "FIRST",
    )
    assert (reading.crimes_found, reading.crimes_recorded, reading.in_time, reading.classified_right) == (2, 1, 1, 1)
    assert reading.offence_classes == ("VIOLENCE", "CRIMINAL_DAMAGE")
    assert (reading.victim_told, reading.right, reading.cause, reading.note) == (
        True,
        None,
        "VICTIM_DECLINED",
        "seen the log",
    )
    assert (reading.read_by, reading.event_time, reading.source, reading.force) == ("A1", WALL, "CLI", "LEICS")
    assert reading.read_at == PLANNED + 11 * 3_600_000 + 30 * 60_000
    assert taken(row(read_at="02/05/2026 12:30")).read_at == reading.read_at


def test_who_read_it_and_when_need_not_be_stated() -> None:
    """Then it is whoever brings it, now."""
    reading = taken(row(read_by=""))
    assert (reading.read_by, reading.read_at) == ("me", WALL)


def test_the_same_row_is_the_same_event_and_is_known_once_it_was_taken() -> None:
    """A table may be taken back as often as you like."""
    reading = taken(row())
    assert taken(row()) == reading
    assert taken(row(crimes_found="2")).event_id != reading.event_id
    assert not is_known(reading, results())
    assert is_known(reading, results(reading))
    assert not is_known(taken(row(note="more")), results(reading))


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"audit_id": "another"}, "audit_id: not this audit's"),
        ({"ref": "I-99"}, "ref: not drawn in this audit"),
        ({"ref": ""}, "ref: not drawn in this audit"),
        ({"system": "CATS"}, "ref: not drawn in this audit"),
        ({"reader": "THIRD"}, "reader: one of FIRST, SECOND, FCR"),
        ({"reader": "SECOND"}, "reader: this record is not chosen for a second reading"),
        ({"crimes_found": ""}, "crimes_found: a whole number from 0 to 1000"),
        ({"crimes_found": "-1"}, "crimes_found: a whole number from 0 to 1000"),
        ({"crimes_found": "1.5"}, "crimes_found: a whole number from 0 to 1000"),
        ({"crimes_found": "9" * 5000}, "crimes_found: a whole number from 0 to 1000"),
        ({"crimes_recorded": "2"}, "crimes_recorded: more than crimes_found"),
        ({"crimes_recorded": "0"}, "in_time: more than crimes_recorded"),
        ({"crimes_recorded": "0", "in_time": "0"}, "classified_right: more than crimes_recorded"),
        ({"offence_classes": "VIOLENCE;ODD"}, "offence_classes: one of BURGLARY"),
        ({"victim_told": "perhaps"}, "victim_told: yes or no"),
        ({"cause": "lazy"}, "cause: one of NOT_RECOGNISED"),
        ({"read_at": "31/05/2026"}, "read_at: a time such as 2026-05-31 14:30"),
        ({"read_at": "2027-01-01 00:00"}, "read_at: in the future"),
        ({"note": "x" * 21}, "note: at most 20 characters"),
    ],
)
def test_a_row_that_is_no_reading_is_refused_by_its_column(cells: dict[str, str], why: str) -> None:
    """And quotes nothing."""
    with pytest.raises(ReadingRefusedError, match=f"^{why}"):
        taken(row(**cells))


def test_nobody_is_both_readers_of_a_record() -> None:
    """Whoever comes second is refused."""
    first = read(PLAN, TWICE.ref, read_by="A1")
    second = row(ref=TWICE.ref, reader="SECOND", read_by="a1 ")
    with pytest.raises(ReadingRefusedError, match="two people"):
        taken(second, results(first))
    taken({**second, "read_by": "A2"}, results(first))
    with pytest.raises(ReadingRefusedError, match="two people"):
        taken(row(ref=TWICE.ref), results(read(PLAN, TWICE.ref, reader="SECOND", read_by="A1")))


def test_a_disposal_needs_one_answer_and_no_number() -> None:
    """Whether it is right."""
    disposals = [disposal(START + n, f"D-{n}") for n in range(5)]
    context = known(*disposals, clock=WALL).context
    plan = planned(context, frame="DISPOSALS", n=5)
    found = results_of(plan, context)
    blank = dict.fromkeys(("crimes_found", "crimes_recorded", "in_time", "classified_right"), "")
    cells = row(audit_id=plan.audit_id, system="CIS", ref="D-1", **blank)
    with pytest.raises(ReadingRefusedError, match="right: yes or no"):
        taken(cells, found)
    assert taken({**cells, "right": "no"}, found).right is False
