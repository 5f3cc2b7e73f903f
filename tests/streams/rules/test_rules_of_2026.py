"""The rows of 2026 worked out by hand: boundaries and both sides of each, by the contract's words alone.

The first of April begins in London at 2026-03-31T23:00Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from schemas.records import Crime, Incident, Snapshot
from tests.streams.laws import oracle
from tests.streams.todays_histories import NAMED
from tests.streams.world import (
    Outcome,
    assessment,
    crime,
    incident,
    ms,
    protection_report,
    referral,
    run,
)

UNTIL = ms("2026-06-01 00:00")
BEGINS, BEFORE = "2026-03-31 23:00", "2026-03-31 22:59:59.999"
WHY = "set out on the record"


@dataclass(frozen=True)
class Row:
    """What happens, and every change of the one alert that a rule raises."""

    rule: str
    history: tuple[Snapshot, ...]
    course: tuple[str, ...] = ()
    severity: str | None = None
    discriminator: str | None = None


def recorded(at: str, **stated: Any) -> Crime:
    """Return a crime recorded when it was saved."""
    return crime(at, **stated)


def recoded(at: str, **stated: Any) -> Crime:
    """Return the crime of ten o'clock on the first of April, as it was saved later."""
    return crime(at, **{"recorded_at": "2026-04-01 10:00", **stated})


def outcome(number: str, **stated: Any) -> tuple[Crime]:
    """Return a crime with an outcome of the second of April."""
    usual = {"outcome": number, "outcome_at": "2026-04-02 10:00", "outcome_rationale": WHY}
    return (crime("2026-04-02 10:00", **{**usual, **stated}),)


def closed(at: str, **stated: Any) -> Incident:
    """Return an incident closed as soon as it was reported."""
    return incident(at, **{"status": "CLOSED", "closed_at": at, **stated})


def late(at: str) -> tuple[str, ...]:
    """Return the course of what is recorded late: one change."""
    return (f"{at} CLEARED RECORDED_LATE",)


FIRST = recorded("2026-04-01 10:00", offence_class="RAPE")
THEFT = recorded("2026-04-01 10:00")
BREACH = "2026-04-03T10:00:00.001Z BREACHED"
DECIDED: dict[str, Any] = {"reclassified_role": "FCR", "reclassification_rationale": WHY}
RELATED: dict[str, Any] = {
    "crimes_expected": 1,
    "disposition": "CRIME_RELATED_INCIDENT",
    "disposition_rationale": WHY,
    "reporter_informed": True,
}
RAPE: dict[str, Any] = {"crimes_expected": 1, "offence_class": "RAPE"}

ROWS: dict[str, Row] = {
    # crime-recorded-late
    "by another route, at the limit": Row("crime-recorded-late", (recorded("2026-04-01 23:00", reported_at=BEGINS),)),
    "by another route, a millisecond late": Row(
        "crime-recorded-late",
        (recorded("2026-04-01 23:00:00.001", reported_at=BEGINS),),
        late("2026-04-02T23:00:00.001Z"),
        "MEDIUM",
    ),
    "reported before the first of April": Row(
        "crime-recorded-late", (recorded("2026-04-09 12:00", reported_at=BEFORE),)
    ),
    "a recording rule judges its incident": Row(
        "crime-recorded-late",
        (
            incident("2026-04-01 10:00", crimes_expected=1),
            recorded("2026-04-05 10:00", reported_at="2026-04-01 10:00", incident_refs=("I-1",)),
        ),
    ),
    "its incident says nothing, and was earlier": Row(
        "crime-recorded-late",
        (
            incident("2026-03-31 10:00"),
            recorded("2026-04-01 12:00", reported_at="2026-04-01 10:00", incident_refs=("I-1",)),
        ),
        late("2026-04-02T12:00:00.000Z"),
    ),
    "cancelled the same day": Row(
        "crime-recorded-late",
        (
            recorded("2026-04-05 10:00", reported_at="2026-04-01 10:00"),
            crime("2026-04-06 09:59", recorded_at="2026-04-05 10:00", status="CANCELLED"),
        ),
    ),
    "a death is no crime": Row(
        "crime-recorded-late", (recorded("2026-04-05 10:00", reported_at="2026-04-01 10:00", offence_code="N300/01"),)
    ),
    "linked to an earlier report by mistake": Row(
        "crime-recorded-late",
        (
            incident("2026-03-31 09:00"),
            recorded("2026-04-01 10:00", reported_at="2026-04-01 09:00", incident_refs=("I-1",)),
            recoded("2026-04-03 10:00", reported_at="2026-04-01 09:00"),
        ),
        ("2026-04-02T10:00:00.000Z CLEARED RECORDED_LATE", "2026-04-03T10:00:00.000Z WITHDRAWN MET_IN_TIME"),
    ),
    # crime-reclassified
    "a rape becomes another offence": Row(
        "crime-reclassified", (FIRST, recoded("2026-04-02 10:00", offence_class="SEXUAL")), (BREACH,), "CRITICAL"
    ),
    "and the registrar had decided in time": Row(
        "crime-reclassified",
        (
            FIRST,
            recoded("2026-04-02 10:00", offence_class="SEXUAL"),
            recoded("2026-04-04 10:00", offence_class="SEXUAL", reclassified_at="2026-04-03 10:00", **DECIDED),
        ),
        (BREACH, "2026-04-04T10:00:00.000Z WITHDRAWN MET_IN_TIME"),
    ),
    "or a millisecond late": Row(
        "crime-reclassified",
        (
            FIRST,
            recoded("2026-04-02 10:00", offence_class="SEXUAL"),
            recoded("2026-04-04 10:00", offence_class="SEXUAL", reclassified_at="2026-04-03 10:00:00.001", **DECIDED),
        ),
        (BREACH, "2026-04-04T10:00:00.000Z CLEARED REMEDIED"),
    ),
    "or a decision maker, who may not": Row(
        "crime-reclassified",
        (FIRST, recoded("2026-04-02 10:00", offence_class="SEXUAL", **{**DECIDED, "reclassified_role": "DDM"})),
        (BREACH,),
    ),
    "a theft by a decision maker": Row(
        "crime-reclassified",
        (THEFT, recoded("2026-04-02 10:00", offence_class="ROBBERY", **{**DECIDED, "reclassified_role": "DDM"})),
    ),
    "without a rationale": Row(
        "crime-reclassified",
        (THEFT, recoded("2026-04-02 10:00", offence_class="ROBBERY", reclassified_role="DDM")),
        (BREACH,),
        "HIGH",
    ),
    "a rape becomes a reported incident": Row(
        "crime-reclassified",
        (FIRST, recoded("2026-04-02 10:00", offence_class="RAPE", offence_code="N100/01")),
        (BREACH,),
        "CRITICAL",
    ),
    "a reported incident becomes a rape": Row(
        "crime-reclassified",
        (
            recorded("2026-04-01 10:00", offence_class="OTHER", offence_code="100/01"),
            recoded("2026-04-02 10:00", offence_class="RAPE"),
        ),
    ),
    "and back again": Row(
        "crime-reclassified",
        (THEFT, recoded("2026-04-02 10:00", offence_class="ROBBERY"), recoded("2026-04-03 10:00:00.002")),
        (BREACH, "2026-04-03T10:00:00.002Z WITHDRAWN CORRECTED"),
    ),
    "recorded before the first of April": Row(
        "crime-reclassified", (crime(BEFORE), crime("2026-04-02 10:00", recorded_at=BEFORE, offence_class="ROBBERY"))
    ),
    "decided of what it was before": Row(
        "crime-reclassified",
        (
            THEFT,
            recoded("2026-04-02 10:00", offence_class="ROBBERY", reclassified_at="2026-04-02 09:00", **DECIDED),
            recoded("2026-04-05 10:00", offence_class="FRAUD", reclassified_at="2026-04-02 09:00", **DECIDED),
        ),
        ("2026-04-06T10:00:00.001Z BREACHED",),
    ),
    "assessed by a decision maker": Row(
        "crime-reclassified",
        (
            THEFT,
            recoded("2026-04-02 10:00", offence_class="ROBBERY"),
            assessment("2026-04-04 10:00", "CIS", "C-1", offence_class="ROBBERY", assessed_role="DDM", rationale=WHY),
        ),
        (BREACH, "2026-04-04T10:00:00.000Z CLEARED REMEDIED"),
    ),
    # incident-only-unseen
    "a death that the registrar never saw": Row(
        "incident-only-unseen",
        (recorded("2026-04-01 10:00", offence_code="300/01"),),
        ("2026-04-15T10:00:00.001Z BREACHED",),
        "MEDIUM",
    ),
    "seen on the last day": Row(
        "incident-only-unseen",
        (recorded("2026-04-01 10:00", offence_code="N300", fcr_oversight_at="2026-04-15 10:00"),),
    ),
    "seen in time, and said later": Row(
        "incident-only-unseen",
        (
            recorded("2026-04-01 10:00", offence_code="N300/01"),
            recoded("2026-04-16 10:00", offence_code="N300/01", fcr_oversight_at="2026-04-15 10:00"),
        ),
        ("2026-04-15T10:00:00.001Z BREACHED", "2026-04-16T10:00:00.000Z WITHDRAWN MET_IN_TIME"),
    ),
    "a victim's rape recorded as an incident": Row(
        "incident-only-unseen",
        (
            incident("2026-04-01 09:00", **RAPE),
            recorded("2026-04-01 10:00", offence_code="N100/01", offence_class="RAPE", incident_refs=("I-1",)),
        ),
        ("2026-04-02T10:00:00.001Z BREACHED",),
        "HIGH",
    ),
    "a witness's": Row(
        "incident-only-unseen",
        (
            incident("2026-04-01 09:00", reporter="OTHER", **RAPE),
            recorded("2026-04-01 10:00", offence_code="N100/01", offence_class="RAPE", incident_refs=("I-1",)),
        ),
        ("2026-04-15T10:00:00.001Z BREACHED",),
        "MEDIUM",
    ),
    "a reported slavery is nobody's to see": Row(
        "incident-only-unseen", (recorded("2026-04-01 10:00", offence_code="N200/01"),)
    ),
    # death-not-recorded
    "a sudden death": Row(
        "death-not-recorded",
        (closed("2024-03-31 23:00", opening_code="SUDDEN-DEATH"),),
        ("2024-04-01T23:00:00.001Z BREACHED",),
        "MEDIUM",
    ),
    "before deaths were recorded": Row(
        "death-not-recorded", (closed("2024-03-31 22:59:59.999", opening_code="SUDDEN-DEATH"),)
    ),
    "closed as something else": Row(
        "death-not-recorded", (closed("2026-04-01 10:00", opening_code="SUDDEN-DEATH", closing_code="MESSAGES"),)
    ),
    "recorded at the limit": Row(
        "death-not-recorded",
        (
            closed("2026-04-01 10:00", opening_code="SUDDEN-DEATH"),
            recorded("2026-04-02 10:00", offence_code="N300/01", incident_refs=("I-1",)),
        ),
    ),
    "recorded in time and saved later": Row(
        "death-not-recorded",
        (
            closed("2026-04-01 10:00", opening_code="SUDDEN-DEATH"),
            crime("2026-04-03 10:00", recorded_at="2026-04-02 10:00", offence_code="N300/02", incident_refs=("I-1",)),
        ),
        ("2026-04-02T10:00:00.001Z BREACHED", "2026-04-03T10:00:00.000Z WITHDRAWN MET_IN_TIME"),
    ),
    "recorded late": Row(
        "death-not-recorded",
        (
            closed("2026-04-01 10:00", opening_code="SUDDEN-DEATH"),
            recorded("2026-04-03 10:00", offence_code="300/02", incident_refs=("I-1",)),
        ),
        ("2026-04-02T10:00:00.001Z BREACHED", "2026-04-03T10:00:00.000Z CLEARED REMEDIED"),
    ),
    # vulnerable-closed-unassessed
    "a domestic log closed with nothing": Row(
        "vulnerable-closed-unassessed",
        (
            incident("2026-04-01 10:00", opening_code="DOMESTIC"),
            incident(
                "2026-04-03 10:00",
                reported_at="2026-04-01 10:00",
                opening_code="DOMESTIC",
                status="CLOSED",
                closed_at="2026-04-03 09:00",
            ),
        ),
        ("2026-04-04T09:00:00.001Z BREACHED",),
        "MEDIUM",
    ),
    "closed before the limit": Row(
        "vulnerable-closed-unassessed",
        (
            closed("2026-04-01 10:00", opening_code="CONCERN", qualifiers=("VULNERABLE CHILD",)),
            assessment("2026-04-02 10:00", crimes=0),
        ),
    ),
    "assessed by who does not count": Row(
        "vulnerable-closed-unassessed",
        (closed(BEGINS, opening_code="DOMESTIC"), assessment("2026-04-01 10:00", crimes=0, assessed_role="AUDITOR")),
        ("2026-04-01T23:00:00.001Z BREACHED",),
    ),
    "of March": Row("vulnerable-closed-unassessed", (closed(BEFORE, opening_code="DOMESTIC"),)),
    "STORM says one crime": Row(
        "vulnerable-closed-unassessed", (closed("2026-04-01 10:00", opening_code="DOMESTIC", crimes_expected=1),)
    ),
    "assessed after all": Row(
        "vulnerable-closed-unassessed",
        (closed("2026-04-01 10:00", opening_code="DOMESTIC"), assessment("2026-04-03 10:00")),
        ("2026-04-02T10:00:00.001Z BREACHED", "2026-04-03T10:00:00.000Z CLEARED REMEDIED"),
    ),
    "opened again": Row(
        "vulnerable-closed-unassessed",
        (
            closed("2026-04-01 10:00", opening_code="DOMESTIC"),
            incident("2026-04-03 10:00", reported_at="2026-04-01 10:00", opening_code="DOMESTIC"),
        ),
        ("2026-04-02T10:00:00.001Z BREACHED", "2026-04-03T10:00:00.000Z WITHDRAWN CORRECTED"),
    ),
    # offence-code-contradicts-class
    "a rape's code under another class": Row(
        "offence-code-contradicts-class",
        (recorded(BEGINS, offence_code="019/08", offence_class="OTHER"),),
        ("2026-03-31T23:00:00.000Z BREACHED",),
        "MEDIUM",
    ),
    "of a crime of March": Row(
        "offence-code-contradicts-class", (recorded(BEFORE, offence_code="019/08", offence_class="OTHER"),)
    ),
    "under its own": Row(
        "offence-code-contradicts-class", (recorded(BEGINS, offence_code="19/8", offence_class="RAPE"),)
    ),
    "no code at all": Row(
        "offence-code-contradicts-class",
        (recorded(BEGINS, offence_code="999/99"), recoded("2026-04-01 11:00", recorded_at=BEGINS)),
        ("2026-03-31T23:00:00.000Z BREACHED", "2026-04-01T11:00:00.000Z CLEARED REMEDIED"),
    ),
    "a reported incident's": Row(
        "offence-code-contradicts-class", (recorded(BEGINS, offence_code="300/01", offence_class="HOMICIDE"),)
    ),
    "a wrong code's crime is cancelled": Row(
        "offence-code-contradicts-class",
        (recorded("2026-04-01 10:00", offence_code="999/99"), recoded("2026-04-01 11:00", status="CANCELLED")),
        ("2026-04-01T10:00:00.000Z BREACHED", "2026-04-01T11:00:00.000Z WITHDRAWN CORRECTED"),
    ),
    # outcome-unsuitable
    "15 by an officer": Row(
        "outcome-unsuitable",
        outcome("15", offence_class="RAPE", outcome_role="OFFICER"),
        ("2026-04-02T10:00:00.000Z BREACHED",),
        "MEDIUM",
        "15",
    ),
    "15 by an inspector after all": Row(
        "outcome-unsuitable",
        (
            *outcome("15", offence_class="RAPE", recorded_at="2026-04-01 10:00", outcome_role="OFFICER"),
            recoded(
                "2026-04-03 10:00",
                offence_class="RAPE",
                outcome="15",
                outcome_at="2026-04-02 10:00",
                outcome_role="INSPECTOR",
            ),
        ),
        ("2026-04-02T10:00:00.000Z BREACHED", "2026-04-03T10:00:00.000Z CLEARED REMEDIED"),
        None,
        "15",
    ),
    "15 by the independent team": Row(
        "outcome-unsuitable", outcome("15", flags=("HIGH-RISK-DA",), outcome_role="INDEPENDENT"), (), None, "15"
    ),
    "15 of a theft": Row("outcome-unsuitable", outcome("15", outcome_role="OFFICER"), (), None, "15"),
    "5 by an inspector": Row(
        "outcome-unsuitable",
        outcome("5", offence_class="HOMICIDE", outcome_role="INSPECTOR"),
        ("2026-04-02T10:00:00.000Z BREACHED",),
        "MEDIUM",
        "5",
    ),
    "8 between partners": Row(
        "outcome-unsuitable",
        outcome("8", flags=("INTIMATE-PARTNER",), domestic_abuse=True, outcome_role="INSPECTOR"),
        ("2026-04-02T10:00:00.000Z BREACHED",),
        "MEDIUM",
        "8",
    ),
    "8 of hate by an inspector": Row(
        "outcome-unsuitable", outcome("8", flags=("HATE",), outcome_role="INSPECTOR"), (), None, "8"
    ),
    "22 by a supervisor": Row(
        "outcome-unsuitable",
        outcome("22", domestic_abuse=True, outcome_role="SUPERVISOR"),
        ("2026-04-02T10:00:00.000Z BREACHED",),
        "MEDIUM",
        "22",
    ),
    "10 without a word": Row(
        "outcome-unsuitable",
        outcome("10", outcome_rationale=" "),
        ("2026-04-02T10:00:00.000Z BREACHED",),
        "MEDIUM",
        "rationale",
    ),
    "21 that the registrar did not see": Row(
        "outcome-unsuitable", outcome("21"), ("2026-04-16T10:00:00.001Z BREACHED",), "MEDIUM", "21"
    ),
    "21 seen at the limit": Row(
        "outcome-unsuitable", outcome("21", fcr_oversight_at="2026-04-16 10:00"), (), None, "21"
    ),
    "18 with a suspect": Row(
        "outcome-unsuitable",
        outcome("18", suspect_token="s1"),
        ("2026-04-02T10:00:00.000Z BREACHED",),
        "MEDIUM",
        "suspect",
    ),
    "18 of March": Row("outcome-unsuitable", outcome("18", suspect_token="s1", outcome_at=BEFORE), (), None, "suspect"),
    # rape-closed-unreviewed
    "reviewed by a DI in March": Row(
        "rape-closed-unreviewed",
        (crime(BEGINS, offence_class="RAPE", closed_at=BEFORE, oversight_di="DI1", closure_reviewed_role="DI"),),
        ("2026-03-31T23:00:00.000Z BREACHED",),
        "HIGH",
    ),
    "and in April": Row(
        "rape-closed-unreviewed", (crime(BEGINS, offence_class="RAPE", closed_at=BEGINS, closure_reviewed_role="DI"),)
    ),
    "decided by the registrar": Row(
        "rape-closed-unreviewed", (crime(BEGINS, offence_class="RAPE", closed_at=BEGINS, outcome_role="FCR"),)
    ),
    "by a supervisor": Row(
        "rape-closed-unreviewed",
        (crime(BEGINS, offence_class="RAPE", closed_at=BEGINS, outcome_role="SUPERVISOR", oversight_di="DI1"),),
        ("2026-03-31T23:00:00.000Z BREACHED",),
    ),
    "and by a DCI after all": Row(
        "rape-closed-unreviewed",
        (
            crime(BEGINS, offence_class="RAPE", closed_at=BEGINS),
            crime(
                "2026-04-02 10:00",
                recorded_at=BEGINS,
                offence_class="RAPE",
                closed_at=BEGINS,
                closure_reviewed_role="DCI",
            ),
        ),
        ("2026-03-31T23:00:00.000Z BREACHED", "2026-04-02T10:00:00.000Z CLEARED REMEDIED"),
    ),
    # dispositions
    "a victim's crime related incident of March": Row("crime-not-recorded", (incident(BEFORE, **RELATED),)),
    "of April": Row(
        "crime-not-recorded",
        (incident(BEGINS, **RELATED),),
        ("2026-04-01T17:00:00.000Z AT_RISK", "2026-04-01T23:00:00.001Z BREACHED"),
    ),
    "with the registrar's oversight": Row("crime-not-recorded", (incident(BEGINS, fcr_oversight=True, **RELATED),)),
    "another force's": Row("crime-not-recorded", (incident(BEGINS, other_force_crime_ref="N/1", **RELATED),)),
    "a witness's crime related incident": Row("crime-not-recorded", (incident(BEGINS, reporter="OTHER", **RELATED),)),
    "an assault closed as a message": Row(
        "report-undecided",
        (closed("2026-04-01 10:00", closing_code="MESSAGES"),),
        ("2026-04-02T10:00:00.001Z BREACHED",),
    ),
    "in March": Row("report-undecided", (closed(BEFORE, closing_code="MESSAGES"),)),
    "as the duplicate that it is": Row(
        "report-undecided",
        (
            incident("2026-04-01 09:00", "I-0", crimes_expected=0),
            closed("2026-04-01 10:00", closing_code="DUPLICATE", duplicate_of="I-0"),
        ),
    ),
    "N100 typed on the log": Row(
        "rape-not-recorded",
        (incident(BEGINS, disposition="N100", n100_code="N100/01", **RAPE),),
        ("2026-04-01T00:00:00.001Z BREACHED",),
    ),
    "N100 typed on the log in March": Row(
        "rape-not-recorded", (incident(BEFORE, disposition="N100", n100_code="N100/01", **RAPE),)
    ),
    "N100 in CIS for a referral": Row(
        "referral-unlinked",
        (
            referral(BEGINS, offence_class="RAPE"),
            recorded("2026-03-31 23:10", offence_code="N100/02", offence_class="RAPE", referral_refs=("R-1",)),
        ),
    ),
    # referral-unlinked
    "a child's protection report": Row(
        "referral-unlinked",
        (protection_report("2026-04-01 10:00", vulnerable=("CHILD",)),),
        ("2026-04-02T04:00:00.000Z AT_RISK", "2026-04-02T10:00:00.001Z BREACHED"),
        "CRITICAL",
    ),
    "a child's referral, at risk": Row(
        "referral-unlinked",
        (
            referral(BEGINS, vulnerable=("CHILD",)),
            recorded("2026-04-01 00:00", referral_refs=("R-1",)),
        ),
        ("2026-03-31T23:15:00.000Z AT_RISK", "2026-04-01T00:00:00.000Z WITHDRAWN MET_IN_TIME"),
        "HIGH",
    ),
    "a reference links both": Row(
        "referral-unlinked",
        (
            protection_report("2026-04-01 10:00", "X-1"),
            recorded("2026-04-01 11:00", referral_refs=("x/1",)),
        ),
    ),
    # time-altered
    "CIS moves the report": Row(
        "time-altered",
        (
            recorded("2026-04-01 10:00", reported_at="2026-04-01 09:00"),
            recoded("2026-04-01 11:00", reported_at="2026-04-01 09:30"),
            recoded("2026-04-01 12:00", reported_at="2026-04-01 09:00"),
        ),
        ("2026-04-01T11:00:00.000Z BREACHED", "2026-04-01T12:00:00.000Z CLEARED REMEDIED"),
        "HIGH",
        "reported_at",
    ),
    "CIS forgets the report": Row(
        "time-altered",
        (recorded("2026-04-01 10:00", reported_at="2026-04-01 09:00"), recoded("2026-04-01 11:00")),
        ("2026-04-01T11:00:00.000Z BREACHED",),
        "HIGH",
        "reported_at",
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_product_says_what_was_worked_out_by_hand(row: Row) -> None:
    """Every change of the alert, and how grave it is in the end."""
    check(row, run(*row.history, until=UNTIL, book=NAMED))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_so_does_the_oracle(row: Row) -> None:
    """The slow reading is held to the same table."""
    changes = oracle.watch(row.history, UNTIL, policy_version=NAMED.version, protection=True)
    check(row, Outcome(tuple(alert for alerts in changes.values() for alert in alerts)))


def check(row: Row, watched: Outcome) -> None:
    """Compare what was said with a row."""
    assert tuple(watched.course(row.rule, row.discriminator)) == row.course
    if row.severity is not None:
        alert = watched.alert(row.rule, row.discriminator)
        assert alert is not None
        assert alert.severity == row.severity
