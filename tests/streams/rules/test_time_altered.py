"""time-altered: the times of report, recording and oversight stay as first stated."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from tests.streams.world import (
    BUILT_IN,
    FORCE,
    LiveWatch,
    Outcome,
    asb_report,
    crime,
    incident,
    ms,
    policy,
    protection_report,
    referral,
    run,
)

RULE = "time-altered"
NINE = "2016-03-10 09:00"
INSPECTOR = "CONTROL_ROOM_INSPECTOR"

REPORTED = [
    (incident, "reported_at"),
    (crime, "recorded_at"),
    (referral, "received_at"),
    (asb_report, "reported_at"),
]


@pytest.mark.parametrize(("make", "field"), REPORTED)
@pytest.mark.parametrize("moved_to", ["2016-03-10 08:59:59.999", "2016-03-10 09:00:00.001"])
def test_a_time_moved_by_a_millisecond_is_altered(make: Any, field: str, moved_to: str) -> None:
    """Earlier or later makes no difference; the alert is told apart by the field's name."""
    outcome = run(make(NINE), make("2016-03-10 10:00", **{field: moved_to}), until="2016-03-10 10:00")
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.discriminator, alert.severity) == ("BREACHED", field, "HIGH")


@pytest.mark.parametrize(("make", "field"), REPORTED)
def test_the_same_time_saved_again_is_not_altered(make: Any, field: str) -> None:
    """Other fields change as work goes on."""
    outcome = run(make(NINE), make("2016-03-10 10:00", beat="B2", **{field: NINE}), until="2016-03-11")
    assert outcome.status(RULE) is None


def test_the_time_of_a_crimes_first_report_stands_from_the_snapshot_that_states_it() -> None:
    """One before it that states none says nothing; one after it states none any more."""
    stated = [
        crime(NINE),
        crime("2016-03-10 10:00", recorded_at=NINE, reported_at="2016-03-09"),
        crime("2016-03-10 11:00", recorded_at=NINE),
        crime("2016-03-10 12:00", recorded_at=NINE, reported_at="2016-03-08"),
        crime("2016-03-10 13:00", recorded_at=NINE, reported_at="2016-03-09"),
    ]
    assert run(*stated[:2], until="2016-03-10 13:00").status(RULE) is None
    assert run(*stated, until="2016-03-10 13:00").course(RULE, "reported_at") == [
        "2016-03-10T11:00:00.000Z BREACHED",
        "2016-03-10T13:00:00.000Z CLEARED REMEDIED",
    ]
    assert run(*stated[1:4:2], until="2016-03-10 13:00").course(RULE, "reported_at") == [
        "2016-03-10T12:00:00.000Z BREACHED"
    ]


def test_the_time_of_a_protection_report_stands_where_the_policy_names_the_feed() -> None:
    """Elsewhere nothing is judged of it."""
    book = policy('[installation]\nfeeds = ["storm.incidents.v1", "cis.crimes.v1", "ppn.reports.v1"]')
    reports = [protection_report(NINE), protection_report("2016-03-10 10:00", received_at="2016-03-10 09:30")]
    alert = run(*reports, until="2016-03-11", book=book).alert(RULE)
    assert alert is not None
    assert (alert.subject_system, alert.subject_ref, alert.discriminator) == ("PPN", "PR-1", "received_at")
    assert run(*reports, until="2016-03-11").alerts == ()


def test_restoring_the_first_value_puts_it_right() -> None:
    """In between it was wrong, and that stays on the record."""
    outcome = run(
        incident(NINE),
        incident("2016-03-10 10:00", reported_at="2016-03-10 09:30"),
        incident("2016-03-10 11:00", reported_at="2016-03-10 09:45"),
        incident("2016-03-10 12:00", reported_at=NINE),
        until="2016-03-10 12:00",
    )
    assert outcome.course(RULE) == ["2016-03-10T10:00:00.000Z BREACHED", "2016-03-10T12:00:00.000Z CLEARED REMEDIED"]


def test_the_facts_show_both_values() -> None:
    """Each with the snapshot that states it."""
    first = incident(NINE)
    second = incident("2016-03-10 10:00", reported_at="2016-03-10 09:30")
    alert = run(first, second, until="2016-03-10 10:00").alert(RULE)
    assert alert is not None
    assert [(fact.value, fact.event_id) for fact in alert.facts] == [
        ("2016-03-10T09:00:00.000Z", first.event_id),
        ("2016-03-10T09:30:00.000Z", second.event_id),
    ]


def test_a_first_snapshot_that_comes_late_is_still_the_first() -> None:
    """What counts is when a snapshot was saved, not when it arrived."""
    later = incident("2016-03-10 10:00", reported_at=NINE)
    earlier = incident("2016-03-10 09:30", reported_at="2016-03-10 08:00")
    assert run(later, until="2016-03-10 10:00").status(RULE) is None
    assert run(later, earlier, until="2016-03-10 10:00").status(RULE) == "BREACHED"


@pytest.mark.parametrize(
    "state",
    [
        {"status": "CANCELLED"},
        {"status": "TRANSFERRED"},
        {"offence_code": "N100/01"},
        {"offence_code": "N200/01"},
        {"offence_code": "300/01"},
    ],
)
def test_a_crime_is_looked_at_in_any_status(state: dict[str, str]) -> None:
    """A cancelled crime, or one that was never more than a reported incident, has a time of recording as well."""
    outcome = run(
        crime(NINE, **state),
        crime("2016-03-10 10:00", recorded_at="2016-03-10 08:00", **state),
        until="2016-03-10 10:00",
    )
    assert outcome.status(RULE) == "BREACHED"


def oversight(event_time: str, role: str | None, overseen_at: str | None) -> Snapshot:
    """Return a snapshot of one incident reported at nine."""
    return incident(event_time, reported_at=NINE, overseen_role=role, overseen_at=overseen_at)


def test_an_inspectors_oversight_stands_as_first_stated() -> None:
    """Moving it earlier would have it begin within the hour."""
    outcome = run(
        oversight("2016-03-10 10:30", INSPECTOR, "2016-03-10 10:20"),
        oversight("2016-03-10 11:00", INSPECTOR, "2016-03-10 09:50"),
        until="2016-03-10 11:00",
    )
    alert = outcome.alert(RULE)
    assert alert is not None
    assert (alert.status, alert.discriminator) == ("BREACHED", "overseen_at")


@pytest.mark.parametrize(
    ("first", "newest"),
    [
        (("OTHER", "2016-03-10 09:10"), (INSPECTOR, "2016-03-10 09:20")),
        ((None, "2016-03-10 09:10"), (None, "2016-03-10 09:20")),
        ((INSPECTOR, None), (INSPECTOR, "2016-03-10 09:20")),
    ],
)
def test_oversight_counts_only_as_an_inspectors(
    first: tuple[str | None, str | None], newest: tuple[str | None, str | None]
) -> None:
    """With another role, or none, it is no time that anything rests on; stating one for the first time alters none."""
    outcome = run(
        oversight("2016-03-10 09:30", *first), oversight("2016-03-10 10:00", *newest), until="2016-03-10 10:00"
    )
    assert outcome.status(RULE) is None


@pytest.mark.parametrize(
    ("role", "overseen_at"),
    [(INSPECTOR, None), (None, None), (None, "2016-03-10 09:10"), ("OTHER", "2016-03-10 09:10")],
)
def test_oversight_stated_no_more_is_altered(role: str | None, overseen_at: str | None) -> None:
    """A time taken out again, or no longer an inspector's; right again when restored.  The facts say which it was."""
    saved = [
        oversight("2016-03-10 09:30", INSPECTOR, "2016-03-10 09:10"),
        oversight("2016-03-10 10:00", role, overseen_at),
        oversight("2016-03-10 11:00", INSPECTOR, "2016-03-10 09:10"),
    ]
    alert = run(*saved[:2], until="2016-03-10 11:00").alert(RULE, "overseen_at")
    assert alert is not None
    assert [(fact.name, fact.value) for fact in alert.facts] == [
        ("overseen_at first", "2016-03-10T09:10:00.000Z"),
        ("overseen_at", "not stated"),
    ]
    assert run(*saved, until="2016-03-10 11:00").course(RULE, "overseen_at") == [
        "2016-03-10T10:00:00.000Z BREACHED",
        "2016-03-10T11:00:00.000Z CLEARED REMEDIED",
    ]


@pytest.mark.parametrize("lacking", ["overseen_at", "overseen_role"])
def test_that_no_oversight_is_stated_says_nothing_where_the_feed_does_not_hold_it(lacking: str) -> None:
    """Unknown is not no; but a time that is stated counts as ever."""
    book = policy(f'[lacks]\n"storm.incidents.v1" = ["{lacking}"]')
    first = oversight("2016-03-10 09:30", INSPECTOR, "2016-03-10 09:10")
    empty: dict[str, Any] = {"overseen_role": INSPECTOR, "overseen_at": "2016-03-10 09:10", lacking: None}
    gone = incident("2016-03-10 10:00", reported_at=NINE, **empty)
    other = oversight("2016-03-10 11:00", INSPECTOR, "2016-03-10 09:20")
    assert run(first, gone, until="2016-03-10 12:00", book=book).status(RULE) is None
    assert run(first, gone, other, until="2016-03-10 12:00", book=book).status(RULE, "overseen_at") == "BREACHED"
    assert run(first, gone, until="2016-03-10 12:00").status(RULE, "overseen_at") == "BREACHED"


def test_a_time_that_the_crimes_feed_does_not_hold_is_not_altered_by_being_empty() -> None:
    """CIS' reported_at may be lacking."""
    book = policy('[lacks]\n"cis.crimes.v1" = ["reported_at"]')
    saved = [crime(NINE, reported_at="2016-03-09"), crime("2016-03-10 10:00", recorded_at=NINE)]
    assert run(*saved, until="2016-03-10 12:00", book=book).status(RULE) is None
    assert run(*saved, until="2016-03-10 12:00").status(RULE, "reported_at") == "BREACHED"


@pytest.mark.parametrize(("make", "field"), REPORTED)
def test_a_time_corrected_in_the_same_moment_is_not_altered(make: Any, field: str) -> None:
    """Of one moment only the highest snapshot is read: the first word is the corrected one."""
    corrected = make(NINE, revision=1, **{field: "2016-03-10 08:00"})
    later = make("2016-03-10 10:00", **{field: "2016-03-10 08:00"})
    assert run(make(NINE), corrected, later, until="2016-03-10 10:00").status(RULE) is None
    restated = make("2016-03-10 10:00", **{field: NINE})
    assert run(make(NINE), corrected, restated, until="2016-03-10 10:00").status(RULE) == "BREACHED"


def test_a_correction_of_the_moment_that_altered_a_time_puts_it_right() -> None:
    """Even where the alert rose before the correction came."""
    altered = incident("2016-03-10 10:00", reported_at="2016-03-10 08:00")
    corrected = incident("2016-03-10 10:00", reported_at=NINE, revision=1)
    live = LiveWatch().receives(incident(NINE)).receives(altered).ticks("2016-03-10 10:01").ticks("2016-03-10 11:00")
    assert live.outcome.status(RULE) == "BREACHED"
    live.receives(corrected, at="2016-03-10 11:01").ticks("2016-03-10 12:00")
    assert live.outcome.status(RULE) == "CLEARED REMEDIED"
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot, until in ((incident(NINE), "2016-03-10 09:30"), (altered, "2016-03-10 11:00")):
        monitor.apply(snapshot, ms(NINE))
        monitor.advance(ms(until))
    monitor.apply(corrected, ms(NINE))
    late = Outcome(tuple(monitor.drain_alerts()))
    assert late.course(RULE) == ["2016-03-10T10:00:00.000Z BREACHED", "2016-03-10T11:00:00.000Z CLEARED REMEDIED"]


def test_each_time_of_one_incident_has_an_alert_of_its_own() -> None:
    """An incident has two of them."""
    outcome = run(
        oversight("2016-03-10 09:30", INSPECTOR, "2016-03-10 09:10"),
        incident(
            "2016-03-10 10:00",
            reported_at="2016-03-10 08:00",
            overseen_role=INSPECTOR,
            overseen_at="2016-03-10 08:05",
        ),
        until="2016-03-10 10:00",
    )
    assert outcome.status(RULE, "reported_at") == "BREACHED"
    assert outcome.status(RULE, "overseen_at") == "BREACHED"
