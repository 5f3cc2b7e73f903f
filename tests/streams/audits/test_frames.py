"""What each frame holds, into which strata it falls, and what of a year's crimes belongs to it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Snapshot
from streams.audits.frames import FRAMES, FrameName, StrataBy, frame_records, recorded_in_the_year
from tests.streams.audits.audited import END, PLANNED, START, known, planned, read
from tests.streams.world import DAY, HOUR, asb_report, crime, disposal, incident, no_crime, protection_report
from tests.streams.world import referral as referred

IN = START + HOUR


def held(frame: FrameName, *snapshots: Snapshot, by: StrataBy | None = None, **stated: Any) -> dict[str, str]:
    """Return the stratum of each record in a frame, by its reference."""
    context = known(*snapshots).context
    planned_at = stated.pop("planned_at", PLANNED)
    records = frame_records(FRAMES[frame], context, START, END, by, planned_at, **stated)
    return {record.ref: record.stratum for record in records}


@pytest.mark.parametrize(
    ("frame", "make", "name"),
    [
        ("INCIDENTS", incident, "I"),
        ("ASB", asb_report, "A"),
        ("REFERRALS", referred, "R"),
        ("PROTECTION", protection_report, "PR"),
        ("DISPOSALS", disposal, "D"),
        ("CRIMES_WITHOUT_REPORT", crime, "C"),
    ],
)
def test_a_record_belongs_to_the_period_in_which_it_began(frame: FrameName, make: Any, name: str) -> None:
    """From its first moment up to, not including, the first after it."""
    moments = (START - 1, START, END - 1, END)
    assert held(frame, *(make(at, f"{name}-{n}") for n, at in enumerate(moments))) == {
        f"{name}-1": "ALL",
        f"{name}-2": "ALL",
    }


@pytest.mark.parametrize(
    ("opening", "closing", "belongs"),
    [
        ("VIOLENCE", None, True),
        ("VIOLENCE", "ADMIN", True),
        ("ADMIN", "VIOLENCE", True),
        ("ADMIN", None, False),
        ("RTC", "ADMIN", False),
    ],
)
def test_a_log_that_is_no_report_belongs_only_if_it_was_opened_or_closed_as_one(
    opening: str, closing: str | None, belongs: bool
) -> None:
    """Both its codes say that it is none."""
    assert bool(held("INCIDENTS", incident(IN, opening_code=opening, closing_code=closing))) is belongs


def test_an_incident_is_domestic_by_a_code_or_a_qualifier() -> None:
    """Of either end."""
    assert held(
        "DOMESTIC",
        incident(IN, "I-1", opening_code="Domestic incident"),
        incident(IN, "I-2", closing_code="DOMESTIC-INCIDENT"),
        incident(IN, "I-3", qualifiers=("ALCOHOL", "Domestic abuse")),
        incident(IN, "I-4", qualifiers=("ALCOHOL",)),
    ) == {"I-1": "ALL", "I-2": "ALL", "I-3": "ALL"}


def test_records_coded_n100_are_a_frame_and_no_crimes() -> None:
    """Nor are those coded N200 or N300."""
    codes = ("N100/01", "100/02", "N200", "N300/01", "39")
    crimes = [crime(IN, f"C-{n}", offence_code=code) for n, code in enumerate(codes)]
    assert list(held("N100", *crimes)) == ["C-0", "C-1"]
    assert list(held("CRIMES_WITHOUT_REPORT", *crimes)) == ["C-4"]


def test_a_crime_is_without_report_while_no_system_holds_what_it_is_linked_to() -> None:
    """And while it is recorded."""
    assert held(
        "CRIMES_WITHOUT_REPORT",
        incident(IN, "I-1"),
        incident(IN, "I-2", crime_refs=("C-5",)),
        crime(IN, "C-1"),
        crime(IN, "C-2", incident_refs=("I-1",)),
        crime(IN, "C-3", incident_refs=("I-9",)),
        crime(IN, "C-4", status="CANCELLED"),
        crime(IN, "C-5"),
    ) == {"C-1": "ALL", "C-3": "ALL"}


def test_a_cancelled_crime_is_read_once_by_its_newest_decision_of_the_period() -> None:
    """Whether CIS has sent the crime or not."""
    assert held(
        "CANCELLATIONS",
        crime(IN, "C-1", status="CANCELLED"),
        no_crime(IN, "C-1", reason="C1"),
        no_crime(IN + DAY, "C-1", reason="C2"),
        no_crime(END, "C-1", reason="C4"),
        no_crime(IN, "C-2", reason="C4"),
        no_crime(END, "C-3", reason="C4"),
        by="ROUTE",
    ) == {"C-1": "C2", "C-2": "C4"}


@pytest.mark.parametrize(
    ("frame", "by", "snapshot", "stratum"),
    [
        ("INCIDENTS", "FAMILY", incident(IN, opening_code="Assault - minor"), "VIOLENCE"),
        ("INCIDENTS", "FAMILY", incident(IN, opening_code="Unheard of"), "OTHER"),
        ("INCIDENTS", "CLASS", incident(IN, offence_class="THEFT"), "THEFT"),
        ("INCIDENTS", "CLASS", incident(IN), "NONE"),
        ("INCIDENTS", "ROUTE", incident(IN, channel="ONLINE"), "ONLINE"),
        ("INCIDENTS", "TEAM", incident(IN, team="North"), "North"),
        ("ASB", "ROUTE", asb_report(IN), "LOCAL_AUTHORITY"),
        ("ASB", "FAMILY", asb_report(IN), "ASB"),
        ("REFERRALS", "FAMILY", referred(IN), "REFERRAL"),
        ("PROTECTION", "FAMILY", protection_report(IN), "DOMESTIC"),
        ("REFERRALS", "ROUTE", referred(IN), "PUBLIC"),
        ("REFERRALS", "TEAM", referred(IN, unit="POLIT"), "POLIT"),
        ("PROTECTION", "ROUTE", protection_report(IN), "DASH"),
        ("DISPOSALS", "ROUTE", disposal(IN), "CAUTION"),
        ("CRIMES_WITHOUT_REPORT", "CLASS", crime(IN), "THEFT"),
        ("CRIMES_WITHOUT_REPORT", "ROUTE", crime(IN, route="BUREAU"), "BUREAU"),
        ("CANCELLATIONS", "CLASS", no_crime(IN), "THEFT"),
    ],
)
def test_records_fall_into_strata_by_what_they_say(
    frame: FrameName, by: StrataBy, snapshot: Snapshot, stratum: str
) -> None:
    """Those that do not say into one of their own."""
    assert list(held(frame, snapshot, by=by).values()) == [stratum]


def test_what_is_said_after_the_plan_moves_nothing() -> None:
    """A record stays in its stratum, and one that came later falls into that of its first snapshot."""
    snapshots = [
        incident(IN, "I-1", opening_code="VIOLENCE"),
        incident(IN + 2 * DAY, "I-1", reported_at=IN, opening_code="THEFT", closing_code="THEFT"),
        incident(IN + 2 * DAY, "I-2", reported_at=IN, opening_code="THEFT"),
        incident(IN + 3 * DAY, "I-2", reported_at=IN, opening_code="ADMIN"),
    ]
    records = frame_records(FRAMES["INCIDENTS"], known(*snapshots).context, START, END, "FAMILY", IN + DAY)
    assert [(record.ref, record.stratum, record.later) for record in records] == [
        ("I-1", "VIOLENCE", False),
        ("I-2", "THEFT", True),
    ]


def test_what_was_read_belongs_to_its_frame_whatever_became_of_it() -> None:
    """A crime that was linked to a report since it was read, say."""
    context = known(crime(IN, "C-1")).context
    plan = planned(context, frame="CRIMES_WITHOUT_REPORT")
    linked = [crime(IN, "C-1"), crime(PLANNED, "C-1", recorded_at=IN, incident_refs=("I-1",)), incident(IN, "I-1")]
    assert held("CRIMES_WITHOUT_REPORT", *linked, audit_id=plan.audit_id) == {}
    reading = read(plan, "C-1", system="CIS")
    assert held("CRIMES_WITHOUT_REPORT", *linked, reading, audit_id=plan.audit_id) == {"C-1": "ALL"}


def test_a_years_crimes_are_those_that_count_and_are_linked_to_the_frames_reports() -> None:
    """Recorded in the 365 days up to the period's end; once, whatever links them."""
    year = END - 365 * DAY
    context = known(
        incident(IN, "I-1", crime_refs=("C-1", "C-2", "C-3", "C-4", "C-5")),
        referred(IN, "R-1", crime_refs=("C-2", "C-6"), incident_refs=("I-1",)),
        crime(year - 1, "C-1"),
        crime(year, "C-2"),
        crime(END - 1, "C-3"),
        crime(END, "C-4"),
        crime(IN, "C-5", offence_code="N100/01"),
        crime(IN, "C-6"),
        crime(IN, "C-7"),
        clock=END + 30 * DAY,
    ).context
    assert recorded_in_the_year(["INCIDENTS"], context, END) == 2
    assert recorded_in_the_year(["REFERRALS"], context, END) == 3
    assert recorded_in_the_year(["INCIDENTS", "REFERRALS", "ASB"], context, END) == 3
    assert recorded_in_the_year(["DOMESTIC"], context, END) == 0
