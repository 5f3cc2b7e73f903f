"""rape-not-overseen: no control-room inspector has taken oversight of a reported rape within the hour."""

from __future__ import annotations

from typing import Any

import pytest

from tests.streams.world import DAY, HOUR, MINUTE, Outcome, incident, ms, run

RULE = "rape-not-overseen"
NOON = "2016-03-10 12:00"
DUE = ms(NOON) + HOUR
UNTIL = "2016-03-20"
INSPECTOR: dict[str, Any] = {"overseen_role": "CONTROL_ROOM_INSPECTOR"}


def saved(event_time: int | str, **stated: Any) -> Any:
    """Return a later snapshot of the report."""
    return incident(event_time, reported_at=NOON, offence_class="RAPE", **stated)


def watched(*later: Any) -> Outcome:
    """Return what is said of a rape reported at NOON."""
    return run(incident(NOON, offence_class="RAPE"), *later, until=UNTIL)


def test_a_rape_nobody_oversees_is_breached_past_the_hour() -> None:
    """To the millisecond, without warning."""
    assert run(incident(NOON, offence_class="RAPE"), until=DUE).history(RULE) == []
    outcome = watched()
    assert outcome.course(RULE) == ["2016-03-10T13:00:00.001Z BREACHED"]
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.severity, alert.subject_system, alert.due_at) == ("HIGH", "STORM", DUE)


def test_other_reports_are_out_of_it_and_a_report_once_of_rape_is_not() -> None:
    """Any snapshot so far."""
    assert run(incident(NOON, offence_class="SEXUAL"), until=UNTIL).history(RULE) == []
    later = incident("2016-03-10 12:30", reported_at=NOON, offence_class="SEXUAL")
    assert watched(later).status(RULE) == "BREACHED"


@pytest.mark.parametrize(("offset", "expected"), [(-1, None), (0, None), (1, "CLEARED REMEDIED")])
def test_oversight_within_the_hour_meets_it(offset: int, expected: str | None) -> None:
    """At the time the record gives, however late it was saved."""
    early_enough = saved(ms(NOON) + MINUTE, overseen_at=DUE + offset, **INSPECTOR)
    assert watched(early_enough).status(RULE) == expected


def test_oversight_saved_late_but_in_time_withdraws_the_breach() -> None:
    """The time the record itself gives is taken at its word."""
    assert watched(saved(DUE + DAY, overseen_at=DUE, **INSPECTOR)).status(RULE) == "WITHDRAWN MET_IN_TIME"


@pytest.mark.parametrize("role", [None, "OTHER"])
def test_somebody_else_is_no_inspector(role: str | None) -> None:
    """Only the role CONTROL_ROOM_INSPECTOR counts."""
    assert watched(saved(ms(NOON) + MINUTE, overseen_at=NOON, overseen_role=role)).status(RULE) == "BREACHED"


@pytest.mark.parametrize(("offset", "expected"), [(0, None), (1, "CLEARED REMEDIED")])
def test_without_a_time_the_snapshot_since_which_it_is_so_counts(offset: int, expected: str | None) -> None:
    """And later snapshots that repeat it change nothing."""
    assert watched(saved(DUE + offset, **INSPECTOR), saved(DUE + DAY, **INSPECTOR)).status(RULE) == expected


def test_the_first_stated_time_with_the_role_is_what_counts() -> None:
    """A time stated for somebody else is not the inspector's; a later correction moves nothing."""
    outcome = watched(
        saved(ms(NOON) + MINUTE, overseen_at=ms(NOON) + MINUTE, overseen_role="OTHER"),
        saved(DUE + HOUR, overseen_at=DUE + 30 * MINUTE, **INSPECTOR),
        saved(DUE + 2 * HOUR, overseen_at=DUE - 30 * MINUTE, **INSPECTOR),
    )
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.lateness_ms) == ("CLEARED", 30 * MINUTE)


@pytest.mark.parametrize("later", [{"overseen_role": "OTHER"}, INSPECTOR, {"overseen_at": NOON}, {}])
def test_oversight_once_stated_stands(later: dict[str, Any]) -> None:
    """A later snapshot that states none moves nothing; that it does not raises time-altered."""
    first = saved(ms(NOON) + MINUTE, overseen_at=NOON, **INSPECTOR)
    outcome = watched(first, saved(DUE + HOUR, **later))
    assert outcome.history(RULE) == []
    assert outcome.status("time-altered", "overseen_at") == "BREACHED"


def test_oversight_stated_too_late_and_then_not_at_all_stays_late() -> None:
    """It was met when it was, whatever is said of it afterwards."""
    outcome = watched(saved(DUE + HOUR, overseen_at=DUE + MINUTE, **INSPECTOR), saved(DUE + 2 * HOUR))
    assert outcome.course(RULE) == ["2016-03-10T13:00:00.001Z BREACHED", "2016-03-10T14:00:00.000Z CLEARED REMEDIED"]


def test_a_role_without_a_time_that_is_taken_back_breaches_again() -> None:
    """No time was stated that could stand."""
    outcome = watched(saved(ms(NOON) + MINUTE, **INSPECTOR), saved(DUE + HOUR, overseen_role="OTHER"))
    assert outcome.course(RULE) == ["2016-03-10T14:00:00.000Z BREACHED"]


def test_oversight_that_a_higher_revision_takes_back_was_never_stated() -> None:
    """Of one moment only the highest snapshot is read."""
    at = ms(NOON) + MINUTE
    outcome = watched(saved(at, overseen_at=NOON, **INSPECTOR), saved(at, revision=1))
    assert outcome.course(RULE) == ["2016-03-10T13:00:00.001Z BREACHED"]
    assert outcome.status("time-altered", "overseen_at") is None
