"""Valid dispositions, and since when: seen through crime-not-recorded."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Incident, Snapshot
from tests.streams.world import (
    DAY,
    HOUR,
    MINUTE,
    Outcome,
    asb_report,
    assessment,
    crime,
    incident,
    ms,
    policy,
    referral,
    run,
)

RULE = "crime-not-recorded"
NOON = "2016-03-10 12:00"
DUE = ms(NOON) + 24 * HOUR
UNTIL = "2016-04-10"
REASONED: dict[str, Any] = {"disposition": "NOT_A_CRIME", "disposition_rationale": "x", "reporter_informed": True}
EXEMPT: dict[str, Any] = {"disposition": "EXEMPT", "disposition_rationale": "x", "fcr_oversight": True}
DELAYED: dict[str, Any] = {"disposition": "DELAYED", "disposition_rationale": "x", "fcr_oversight": True}


def saved(at: str | int, **stated: Any) -> Incident:
    """Return a later snapshot of the incident reported at NOON."""
    return incident(at, **{"reported_at": NOON, "crimes_expected": 1, **stated})


def watched(*snapshots: Snapshot) -> Outcome:
    """Return what is said of a disclosed crime reported at NOON that nobody records."""
    return run(incident(NOON, crimes_expected=1), *snapshots, until=UNTIL)


# -- which are valid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "valid"),
    [
        (REASONED, True),
        ({**REASONED, "disposition": "CRIME_RELATED_INCIDENT"}, True),
        ({**REASONED, "disposition_rationale": None}, False),
        ({**REASONED, "disposition_rationale": "\u00a0 \n"}, False),
        ({**REASONED, "reporter_informed": False}, False),
        ({**REASONED, "reporter_informed": False, "fcr_oversight": True}, False),
        ({"disposition": "TRANSFERRED", "other_force_crime_ref": "N/1"}, True),
        ({"disposition": "TRANSFERRED", "other_force_crime_ref": " "}, False),
        ({"disposition": "TRANSFERRED", "other_force": "NOTTS"}, False),
        (EXEMPT, True),
        ({**EXEMPT, "fcr_oversight": False, "reporter_informed": True}, False),
        ({**EXEMPT, "disposition_rationale": ""}, False),
        ({**REASONED, "disposition": "CRIMED", "fcr_oversight": True}, False),
        ({**REASONED, "disposition": None, "fcr_oversight": True}, False),
        ({"disposition": "N100", "n100_code": "N100/01", "offence_class": "RAPE"}, True),
        ({"disposition": "N100", "n100_code": "N100/01", "offence_class": "SEXUAL"}, False),
        ({"disposition": "N100", "n100_code": None, "offence_class": "RAPE"}, False),
    ],
)
def test_each_disposition_is_valid_only_on_what_it_must_rest_on(stated: dict[str, Any], valid: bool) -> None:
    """Entered within the hour: met in time, or not met at all."""
    assert watched(saved("2016-03-10 13:00", **stated)).status(RULE) == (None if valid else "BREACHED")


@pytest.mark.parametrize(("reported_at", "valid"), [("2015-03-31 22:59:59.999", False), ("2015-03-31 23:00", True)])
def test_n100_is_for_reports_from_april_2015(reported_at: str, valid: bool) -> None:
    """By the report's own time, in London."""
    stated: dict[str, Any] = {"disposition": "N100", "n100_code": "N100/01", "offence_class": "RAPE"}
    outcome = run(incident(reported_at, crimes_expected=1, **stated), until="2015-05-01")
    assert (outcome.history(RULE) == []) is valid


# -- duplicates ----------------------------------------------------------------------------------------------------


def duplicate(of: str | None, at: str | int = "2016-03-10 13:00") -> Incident:
    """Return the incident said to duplicate another."""
    return saved(at, disposition="DUPLICATE", duplicate_of=of)


@pytest.mark.parametrize("of", [None, "", "I-1", "i/1", "I-9"])
def test_a_duplicate_needs_another_incident_that_storm_holds(of: str | None) -> None:
    """Not none, not itself, not one unknown."""
    assert watched(duplicate(of)).status(RULE) == "BREACHED"


def test_a_duplicate_is_valid_from_when_the_other_is_held() -> None:
    """Its own snapshot came in time, the other incident's an hour after the due moment."""
    other = incident(DUE + HOUR, "I-2")
    alert = watched(duplicate("i 2"), other).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.reason, alert.lateness_ms) == ("CLEARED", "DISPOSED_LATE", HOUR)


def test_a_duplicate_of_a_duplicate_is_none() -> None:
    """However sound the other's own disposition is."""
    chain = [incident(NOON, "I-3"), incident(NOON, "I-2", disposition="DUPLICATE", duplicate_of="I-3")]
    assert watched(*chain, duplicate("I-2")).status(RULE) == "BREACHED"


def test_a_duplicate_fails_when_the_other_becomes_a_duplicate_and_holds_again_when_it_no_longer_is() -> None:
    """As of each moment: valid without a break only since the other was put right."""
    outcome = watched(
        incident(NOON, "I-2"),
        duplicate("I-2"),
        incident("2016-03-12 12:00", "I-2", reported_at=NOON, disposition="DUPLICATE", duplicate_of="I-1"),
        incident("2016-03-13 12:00", "I-2", reported_at=NOON),
    )
    assert outcome.course(RULE) == [
        "2016-03-12T12:00:00.000Z BREACHED",
        "2016-03-13T12:00:00.000Z CLEARED DISPOSED_LATE",
    ]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert alert.lateness_ms == ms("2016-03-13 12:00") - DUE


def test_two_duplicates_of_one_another_are_none() -> None:
    """Neither is a report of its own."""
    other = incident(NOON, "I-2", crimes_expected=1, disposition="DUPLICATE", duplicate_of="I-1")
    outcome = watched(other, duplicate("I-2"))
    assert (outcome.status(RULE, ref="I-1"), outcome.status(RULE, ref="I-2")) == ("BREACHED", "BREACHED")


# -- since when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "expected"), [(0, "WITHDRAWN MET_IN_TIME"), (1, "CLEARED DISPOSED_LATE")])
def test_it_is_met_at_the_event_time_of_the_snapshot_since_which_it_is_valid(offset: int, expected: str) -> None:
    """At the due moment, or a millisecond later; later snapshots that repeat it change nothing."""
    outcome = watched(saved(DUE + offset, **REASONED), saved(DUE + DAY, **REASONED, team="T9"))
    assert outcome.status(RULE) == expected


def test_one_valid_disposition_after_another_is_no_break() -> None:
    """From NOT_A_CRIME to EXEMPT: answered since the first."""
    outcome = watched(saved("2016-03-10 13:00", **REASONED), saved(DUE + DAY, **EXEMPT))
    assert outcome.history(RULE) == []


@pytest.mark.parametrize(
    ("ruled_out_at", "expected"), [(DUE + HOUR, "WITHDRAWN MET_IN_TIME"), (DUE + 3 * HOUR, "CLEARED DISPOSED_LATE")]
)
def test_a_persons_word_that_there_is_no_crime_takes_over_from_a_disposition(ruled_out_at: int, expected: str) -> None:
    """Given while the disposition stands, it is answered since the disposition; after that was taken back, anew."""
    ruled_out = assessment(ruled_out_at, crimes=0, rationale="x", assessed_by="D1", assessed_role="DDM")
    outcome = watched(saved(DUE - HOUR, **REASONED), ruled_out, saved(DUE + 2 * HOUR))
    assert outcome.status(RULE) == expected


def test_a_break_starts_the_disposition_anew() -> None:
    """Taken back after the limit and entered again: late."""
    outcome = watched(saved("2016-03-10 13:00", **REASONED), saved(DUE + HOUR), saved(DUE + 2 * HOUR, **REASONED))
    assert outcome.course(RULE) == [
        "2016-03-11T13:00:00.000Z BREACHED",
        "2016-03-11T14:00:00.000Z CLEARED DISPOSED_LATE",
    ]


def test_a_break_that_was_never_in_effect_is_none() -> None:
    """Within one millisecond only the highest revision is ever in effect."""
    outcome = watched(
        saved("2016-03-10 13:00", **REASONED),
        saved(DUE + HOUR, revision=0),
        saved(DUE + HOUR, revision=1, **REASONED),
    )
    assert outcome.history(RULE) == []


def test_a_disposition_that_was_never_in_effect_is_none() -> None:
    """Entered and taken back in one millisecond."""
    at = "2016-03-10 13:00"
    assert watched(saved(at, revision=1, **REASONED), saved(at, revision=2)).status(RULE) == "BREACHED"


# -- delayed recording ---------------------------------------------------------------------------------------------


def test_a_valid_delay_moves_risk_and_due_seven_days_on_and_meets_nothing() -> None:
    """The evening's risk is moved too."""
    outcome = watched(saved("2016-03-10 13:00", **DELAYED))
    assert outcome.course(RULE) == ["2016-03-17T22:00:00.000Z AT_RISK", "2016-03-18T12:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert alert.due_at == DUE + 7 * DAY


def test_under_the_72_hour_limit_a_delay_moves_both_too() -> None:
    """54 and 72 hours, each and seven days."""
    outcome = run(incident("2013-05-01 12:00", crimes_expected=1, **DELAYED), until="2013-06-01")
    assert outcome.course(RULE) == ["2013-05-10T18:00:00.000Z AT_RISK", "2013-05-11T12:00:00.001Z BREACHED"]


@pytest.mark.parametrize(
    "lacks", [{"disposition_rationale": " "}, {"disposition_rationale": None}, {"fcr_oversight": False}]
)
def test_a_delay_without_rationale_or_oversight_moves_nothing(lacks: dict[str, Any]) -> None:
    """Both are asked for."""
    assert (
        watched(saved("2016-03-10 13:00", **{**DELAYED, **lacks})).course(RULE)[-1].endswith("12:00:00.001Z BREACHED")
    )


@pytest.mark.parametrize(("offset", "due_at"), [(-1, DUE + 7 * DAY), (0, DUE + 7 * DAY), (1, DUE), (DAY, DUE)])
def test_a_delay_counts_only_if_valid_since_the_unmoved_due_moment_or_before(offset: int, due_at: int) -> None:
    """Entered a millisecond after it changes nothing."""
    alert = watched(saved(DUE + offset, **DELAYED)).alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at) == ("BREACHED", due_at)


def test_a_delay_entered_while_at_risk_leaves_the_alert_as_it_stands_until_its_own_moments_come() -> None:
    """Before the moved risk nothing in it changes, not even due_at."""
    outcome = watched(saved("2016-03-11 09:00", **DELAYED))
    assert [(alert.status, alert.due_at, alert.updated_at) for alert in outcome.history(RULE)] == [
        ("AT_RISK", DUE, ms("2016-03-10 22:00")),
        ("AT_RISK", DUE + 7 * DAY, ms("2016-03-17 22:00")),
        ("BREACHED", DUE + 7 * DAY, DUE + 7 * DAY + 1),
    ]


def test_a_delay_must_still_be_so() -> None:
    """Taken back on the third day: past the unmoved due moment at once."""
    outcome = watched(saved("2016-03-10 13:00", **DELAYED), saved("2016-03-13 12:00"))
    assert outcome.course(RULE) == ["2016-03-13T12:00:00.000Z BREACHED"]


def test_a_delay_interrupted_counts_from_its_last_beginning() -> None:
    """Entered in time, taken back, and entered again after the due moment: valid only after it."""
    outcome = watched(saved("2016-03-10 13:00", **DELAYED), saved(DUE - HOUR), saved(DUE + HOUR, **DELAYED))
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.due_at) == ("BREACHED", DUE)


def test_a_crime_recorded_within_the_delay_is_in_time() -> None:
    """And with the delay taken back afterwards it is late after all."""
    recorded = crime("2016-03-14 12:00", incident_refs=("I-1",))
    delayed = saved("2016-03-10 13:00", **DELAYED)
    assert watched(delayed, recorded).history(RULE) == []
    outcome = watched(delayed, recorded, saved("2016-03-16 12:00"))
    assert outcome.course(RULE) == ["2016-03-16T12:00:00.000Z CLEARED RECORDED_LATE"]


def test_a_delay_is_policy_of_the_reports_own_time() -> None:
    """A force that allows none moves nothing."""
    book = policy('[rules]\ndelay_extension = "0s"')
    outcome = run(incident(NOON, crimes_expected=1, **DELAYED), until=UNTIL, book=book)
    assert outcome.course(RULE)[-1] == "2016-03-11T12:00:00.001Z BREACHED"


@pytest.mark.parametrize(
    ("report", "rule", "risk"),
    [(referral, "referral-unlinked", 15 * MINUTE), (asb_report, "asb-crime-not-recorded", 10 * HOUR)],
    ids=["referral", "asb"],
)
def test_a_delayed_decision_moves_the_other_recording_rules(
    report: Any,
    rule: str,
    risk: int,
) -> None:
    """Seven days on, with rationale and oversight."""
    decided = report(NOON, crimes_expected=1, decision="DELAYED", decision_rationale="x", fcr_oversight=True)
    history = run(decided, until=UNTIL).history(rule)
    assert [(alert.status, alert.updated_at) for alert in history] == [
        ("AT_RISK", ms(NOON) + risk + 7 * DAY),
        ("BREACHED", DUE + 7 * DAY + 1),
    ]
