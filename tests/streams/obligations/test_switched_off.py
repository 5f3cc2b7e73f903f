"""Rules that the policy switches off, or has judged from a date on."""

from __future__ import annotations

import pytest

from streams.engine.policy_check import usable_policy
from streams.policy import PolicyError
from streams.policy.calendar import local_midnight
from tests.streams.world import crime, incident, no_crime, policy, run

NOON, UNTIL = "2016-03-10 12:00", "2016-04-30"
FROM_TWELFTH = "[[amendment]]\nfrom = 2016-03-12\noff = {}"


def test_a_rule_that_is_off_raises_nothing() -> None:
    """The other rules go on."""
    report = incident(NOON, crimes_expected=1, status="CLOSED")
    outcome = run(report, until=UNTIL, book=policy('[rules]\noff = ["crime-not-recorded"]'))
    assert outcome.alert("crime-not-recorded") is None
    assert outcome.status("incident-closed-unresolved") == "BREACHED"


@pytest.mark.parametrize(("reported_at", "status"), [("2016-03-11 23:59", "BREACHED"), ("2016-03-12 00:00", None)])
def test_it_is_off_for_what_was_reported_from_a_date_on(reported_at: str, status: str | None) -> None:
    """By the record's own time, not the clock's."""
    book = policy(FROM_TWELFTH.format('["crime-not-recorded"]'))
    report = incident("2016-03-13", reported_at=reported_at, crimes_expected=1)
    assert run(report, until=UNTIL, book=book).status("crime-not-recorded") == status


def test_a_rule_about_decisions_goes_by_when_each_was_taken() -> None:
    """Of two decisions on one crime one may be silenced and the other not."""
    book = policy(FROM_TWELFTH.format('["no-crime-unauthorised"]'))
    decisions = (
        no_crime("2016-03-11 12:00", decided_by_role="SERGEANT"),
        no_crime("2016-03-12 12:00", decided_by_role="SERGEANT"),
    )
    outcome = run(crime(NOON), *decisions, until=UNTIL, book=book)
    assert {alert.discriminator for alert in outcome.alerts if alert.rule_id == "no-crime-unauthorised"} == {
        "2016-03-11T12:00:00.000Z"
    }


def test_what_a_silenced_rule_finds_counts_as_ever() -> None:
    """A crime that was cancelled without authority still does not count for its report."""
    book = policy('[rules]\noff = ["no-crime-unauthorised", "no-crime-unsupported"]')
    outcome = run(
        incident(NOON, crimes_expected=1, crime_refs=("C-1",)),
        crime(NOON),
        crime("2016-03-11", recorded_at=NOON, status="CANCELLED"),
        no_crime("2016-03-11", decided_by_role="SERGEANT"),
        until=UNTIL,
        book=book,
    )
    assert outcome.status("crime-not-recorded") == "BREACHED"
    assert not [alert for alert in outcome.alerts if alert.rule_id == "no-crime-unauthorised"]


def test_a_rule_that_there_is_not_cannot_be_off() -> None:
    """A slip of the pen must not leave a rule on that somebody thinks is off."""
    with pytest.raises(
        PolicyError,
        match=r'rules\.off = \["crime-not-recored"\]: no rule has this id \(did you mean crime-not-recorded\?\)$',
    ):
        usable_policy('version = "x"\n[rules]\noff = ["crime-not-recored"]')


JUDGED_FROM = "[rules.judged_from]\n{} = 2016-04-12"
MIDNIGHT = "2016-04-11 23:00"


@pytest.mark.parametrize(
    ("reported_at", "status"),
    [("2016-04-11 22:59:59.999", None), (MIDNIGHT, "BREACHED"), ("2016-04-11 23:00:00.001", "BREACHED")],
)
def test_a_rule_is_judged_from_local_midnight_on(reported_at: str, status: str | None) -> None:
    """By the record's own time, to the millisecond: midnight in summer is an hour before that of UTC."""
    report = incident("2016-04-13", reported_at=reported_at, crimes_expected=1)
    book = policy(JUDGED_FROM.format("crime-not-recorded"))
    assert run(report, until="2016-05-30", book=book).status("crime-not-recorded") == status


def test_a_rule_about_decisions_is_judged_from_when_each_was_taken() -> None:
    """Of two decisions on one crime one may be too old."""
    decisions = (no_crime(at, decided_by_role="SERGEANT") for at in ("2016-04-11 22:59:59.999", MIDNIGHT))
    book = policy(JUDGED_FROM.format("no-crime-unauthorised"))
    outcome = run(crime(NOON), *decisions, until=UNTIL, book=book)
    assert {alert.discriminator for alert in outcome.alerts if alert.rule_id == "no-crime-unauthorised"} == {
        "2016-04-11T23:00:00.000Z"
    }


def test_a_policy_file_says_another_date_and_leaves_other_entries() -> None:
    """The table is laid over entry by entry, and an amendment may speak of it too."""
    first = 'version = "a"\n[rules.judged_from]\ncrime-not-recorded = 2016-01-01\nreport-undecided = 2016-01-02'
    second = 'version = "b"\n[rules.judged_from]\ncrime-not-recorded = 2016-01-03'
    (judged_from,) = {tuple(period.judged_from.items()) for period in usable_policy(first, second).periods}
    assert dict(judged_from)["crime-not-recorded"] == local_midnight(2016, 1, 3)
    assert dict(judged_from)["report-undecided"] == local_midnight(2016, 1, 2)


def test_a_rule_that_there_is_not_has_no_date() -> None:
    """As with a rule that is off."""
    with pytest.raises(PolicyError, match=r"rules\.judged_from\.crime-not-recored: no rule has this id"):
        usable_policy('version = "x"\n[rules.judged_from]\ncrime-not-recored = 2016-01-01')


@pytest.mark.parametrize(("reported_at", "status"), [("2016-04-11 22:59", None), (MIDNIGHT, "BREACHED")])
def test_from_a_date_on_anything_is_judged_at_all(reported_at: str, status: str | None) -> None:
    """History is loaded, known and counted; a rule's own date before that changes nothing, a later one does."""
    report = incident("2016-04-12", reported_at=reported_at, crimes_expected=1)
    for own, expected in (("2016-01-01", status), ("2016-04-13", None), (None, status)):
        table = "" if own is None else f"[rules.judged_from]\ncrime-not-recorded = {own}"
        book = policy(f"[rules]\nnothing_judged_before = 2016-04-12\n{table}")
        assert run(report, until="2016-06-01", book=book).status("crime-not-recorded") == expected


def test_a_crime_of_before_that_date_still_answers_a_report_of_after_it() -> None:
    """What is not judged counts as ever."""
    book = policy("[rules]\nnothing_judged_before = 2016-04-12")
    records = (crime("2016-04-01"), incident("2016-04-13", crimes_expected=1, crime_refs=("C-1",)))
    assert run(*records, until="2016-06-01", book=book).status("crime-not-recorded") is None
    assert run(records[1], until="2016-06-01", book=book).status("crime-not-recorded") == "BREACHED"
