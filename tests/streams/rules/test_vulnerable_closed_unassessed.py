"""vulnerable-closed-unassessed: a log about a person at risk is closed, and nobody who may has assessed it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Assessment, Crime, Incident, Snapshot
from tests.streams.world import BUILT_IN, DAY, HOUR, Outcome, assessment, crime, incident, ms, policy, run

RULE = "vulnerable-closed-unassessed"
MIDNIGHT = ms("2026-03-31 23:00")
"""2026-04-01 in London."""
NOON = ms("2026-04-14 12:00")
LIMIT = NOON + 24 * HOUR
DOMESTIC: dict[str, Any] = {"opening_code": "DOMESTIC INCIDENT"}


def log(at: int = NOON, **stated: Any) -> Incident:
    """Return a domestic log reported at NOON and closed with nothing, unless stated otherwise."""
    return incident(at, **{"reported_at": NOON, "status": "CLOSED", **DOMESTIC, **stated})


def outcome(*snapshots: Snapshot, until: int = NOON + 30 * DAY, book: Any = BUILT_IN) -> Outcome:
    """Return what is said on the stream clock."""
    return run(*snapshots, until=until, book=book)


def status(*snapshots: Snapshot, book: Any = BUILT_IN) -> str | None:
    """Return how the alert stands a month on."""
    return outcome(*snapshots, book=book).status(RULE)


def test_a_closed_log_that_nobody_assessed_is_breached_one_millisecond_past_the_limit() -> None:
    """Closed at once, it is due with the limit; there is no warning."""
    assert outcome(log(), until=LIMIT).history(RULE) == []
    done = outcome(log(), until=LIMIT + 1)
    assert done.course(RULE) == ["2026-04-15T12:00:00.001Z BREACHED"]
    alert = done.alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.severity) == ("STORM", "I-1", "MEDIUM")
    assert (alert.due_at, alert.discriminator) == (LIMIT, None)
    assert {fact.name: fact.value for fact in alert.facts} == {
        "reported_at": "2026-04-14T12:00:00.000Z",
        "opening_code": "DOMESTIC INCIDENT",
        "qualifiers": "none",
        "closing_code": "not stated",
        "closed_at": "not stated",
        "crimes_expected": "not stated",
        "disposition": "not stated",
        "crime_refs": "none",
        "crimes_counted": "0",
    }


@pytest.mark.parametrize(
    ("stated", "due_at"),
    [
        ({"closed_at": NOON + HOUR}, NOON + 25 * HOUR),
        ({"closed_at": NOON - HOUR}, LIMIT),
        ({"closed_at": NOON + 40 * DAY}, NOON + 41 * DAY),
        ({}, NOON + 29 * HOUR),
    ],
)
def test_closing_it_leaves_a_day(stated: dict[str, Any], due_at: int) -> None:
    """After closed_at as stated, else after the snapshot since which it is closed; here five hours on."""
    snapshots = log(status="OPEN"), log(NOON + 5 * HOUR, **stated)
    assert outcome(*snapshots, until=due_at).history(RULE) == []
    alert = outcome(*snapshots, until=due_at + 1).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at) == ("BREACHED", due_at)


def test_re_opening_withdraws_it_and_closing_it_again_leaves_another_day() -> None:
    """From the snapshot since which it is closed without a break."""
    reopened, again = log(NOON + 2 * DAY, status="OPEN"), log(NOON + 3 * DAY)
    assert outcome(log(), reopened, again).course(RULE) == [
        "2026-04-15T12:00:00.001Z BREACHED",
        "2026-04-16T12:00:00.000Z WITHDRAWN CORRECTED",
        "2026-04-18T12:00:00.001Z BREACHED",
    ]


@pytest.mark.parametrize(("reported_at", "expected"), [(MIDNIGHT - 1, None), (MIDNIGHT, "BREACHED")])
def test_it_is_about_reports_from_april_2026(reported_at: int, expected: str | None) -> None:
    """To the millisecond, whenever they were closed."""
    assert status(log(NOON, reported_at=reported_at)) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"opening_code": "VIOLENCE"}, None),
        ({"opening_code": "NOISE", "qualifiers": ("ALCOHOL",)}, None),
        ({"opening_code": "NOISE", "qualifiers": ("ALCOHOL", "Vulnerable Child / Young Person")}, "BREACHED"),
        ({"opening_code": "CONCERN FOR SAFETY"}, None),
        *(
            ({"opening_code": code}, "BREACHED")
            for code in ("Domestic Abuse", "VULNERABLE ADULT", "HATE-INCIDENT", "honour based incident")
        ),
        *(
            ({"opening_code": "NOISE", "qualifiers": (qualifier,)}, "BREACHED")
            for qualifier in (
                "DOMESTIC ABUSE",
                "VULNERABLE ADULT",
                "Prejudice - Racial",
                "HONOUR BASED INCIDENT",
                "HBA",
            )
        ),
        ({"status": "OPEN"}, None),
        ({"opening_code": "NOISE", "closing_code": "DOMESTIC"}, None),
    ],
    ids=str,
)
def test_it_is_about_closed_logs_with_such_an_opening_code_or_qualifier(
    stated: dict[str, Any], expected: str | None
) -> None:
    """By the policy's lists, as the log says now."""
    assert status(log(**stated)) == expected


@pytest.mark.parametrize(("crimes", "expected"), [(1, None), (3, None), (0, "BREACHED"), (None, "BREACHED")])
def test_a_log_that_ever_disclosed_a_crime_is_for_other_rules(crimes: int | None, expected: str | None) -> None:
    """Those that ask for the crime; taking the number back changes nothing."""
    assert status(log(crimes_expected=crimes), log(NOON + HOUR)) == expected


def test_a_crime_that_storm_states_late_withdraws_it() -> None:
    """It is then another rule's."""
    late = log(NOON + 3 * DAY, crimes_expected=1)
    assert outcome(log(), late).course(RULE)[-1] == "2026-04-17T12:00:00.000Z WITHDRAWN CORRECTED"


# -- what meets it -------------------------------------------------------------------------------------------------


def linked(recorded_at: int, **stated: Any) -> Crime:
    """Return a crime recorded for the log."""
    return crime(recorded_at, incident_refs=("I-1",), **stated)


def judged(at: int, role: str = "SUPERVISOR", **stated: Any) -> Assessment:
    """Return an assessment that it discloses no crime, by one of these roles."""
    return assessment(at, **{"crimes": 0, "assessed_role": role, "assessed_by": role, **stated})


@pytest.mark.parametrize(
    ("late_by", "reasons"), [(0, (None, None)), (1, ("CLEARED RECORDED_LATE", "CLEARED REMEDIED"))]
)
def test_a_crime_or_an_assessment_meets_it(late_by: int, reasons: tuple[str | None, str | None]) -> None:
    """In time up to the due moment itself."""
    assert status(log(), linked(LIMIT + late_by)) == reasons[0]
    assert status(log(), judged(LIMIT + late_by)) == reasons[1]


@pytest.mark.parametrize(
    ("role", "stated", "meets"),
    [
        ("FCR", {}, True),
        ("DEPUTY_FCR", {}, True),
        ("DDM", {}, True),
        ("SUPERVISOR", {}, True),
        ("SUPERVISOR", {"crimes": 2}, True),
        ("AUDITOR", {}, False),
        ("SUPERVISOR", {"revoked": True}, False),
        ("SUPERVISOR", {"crimes": None, "offence_class": "VIOLENCE"}, False),
    ],
)
def test_who_may_assess_it_and_how(role: str, stated: dict[str, Any], meets: bool) -> None:
    """By saying how many crimes it discloses; the time is that of the assessment's first snapshot."""
    given = judged(NOON + HOUR, role, assessed_at=LIMIT + DAY, **stated)
    assert status(log(), given) == (None if meets else "BREACHED")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"disposition": "TRANSFERRED", "other_force_crime_ref": "N/1"}, None),
        ({"disposition": "TRANSFERRED"}, "BREACHED"),
        ({"disposition": "DUPLICATE", "duplicate_of": "I-2"}, None),
        ({"disposition": "DUPLICATE", "duplicate_of": "I-9"}, "BREACHED"),
        ({"disposition": "NOT_A_CRIME", "disposition_rationale": "x", "reporter_informed": True}, "BREACHED"),
        ({"disposition": "EXEMPT", "disposition_rationale": "x", "fcr_oversight": True}, "BREACHED"),
    ],
    ids=str,
)
def test_only_a_duplicate_or_a_transfer_meets_it_besides(stated: dict[str, Any], expected: str | None) -> None:
    """What is typed on the log that there is no crime is what somebody else is to read."""
    original = incident(NOON, "I-2", crimes_expected=0)
    assert status(original, log(**stated)) == expected


def test_what_came_first_says_when_it_was_met_and_crimes_stand_above_all() -> None:
    """A disposition or an assessment, whichever is earlier; and where a crime counts, when that was recorded."""
    transferred = log(LIMIT + 2 * HOUR, disposition="TRANSFERRED", other_force_crime_ref="N/1")
    for others, reason, hours in (
        ((transferred,), "DISPOSED_LATE", 2),
        ((transferred, judged(LIMIT + HOUR)), "REMEDIED", 1),
        ((transferred, judged(LIMIT + 3 * HOUR)), "DISPOSED_LATE", 2),
        ((transferred, judged(NOON), linked(LIMIT + 4 * HOUR)), "RECORDED_LATE", 4),
    ):
        alert = outcome(log(), *others).alert(RULE)
        assert alert is not None
        assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", reason, hours * HOUR)


def test_an_assessment_taken_back_breaches_it_again() -> None:
    """And one given again meets it from then."""
    first, revoked = judged(LIMIT + HOUR), judged(LIMIT + 2 * HOUR, assessed_at=LIMIT + HOUR, revoked=True)
    again = judged(LIMIT + 3 * HOUR)
    assert outcome(log(), first, revoked, again).course(RULE) == [
        "2026-04-15T12:00:00.001Z BREACHED",
        "2026-04-15T13:00:00.000Z CLEARED REMEDIED",
        "2026-04-15T14:00:00.000Z BREACHED",
        "2026-04-15T15:00:00.000Z CLEARED REMEDIED",
    ]


def test_it_is_judged_whatever_storm_lacks() -> None:
    """An assessment given here can meet it."""
    book = policy('[lacks]\n"storm.incidents.v1" = ["crimes_expected", "closed_at", "duplicate_of", "closing_code"]')
    assert status(log(), book=book) == "BREACHED"
    assert status(log(), judged(NOON + HOUR), book=book) is None


def test_how_long_closing_leaves_is_policy() -> None:
    """In hours after it was closed."""
    book = policy('[rules]\nvulnerable_assessment_limit = "48h"')
    alert = outcome(log(), book=book).alert(RULE)
    assert alert is not None
    assert alert.due_at == NOON + 48 * HOUR
