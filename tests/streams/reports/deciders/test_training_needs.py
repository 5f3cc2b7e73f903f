"""Training needs: the rule's alerts, person by person."""

from __future__ import annotations

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.policy import PolicyBook
from streams.reports.deciders.training_needs import TrainingNeed, training_needs
from streams.reports.figure import ALWAYS, Period
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, crime, disposal, ms, no_crime, policy, training

NOON = ms("2026-05-10 12:00")


def context(*snapshots: Snapshot, book: PolicyBook = BUILT_IN) -> Context:
    """Return what is known of a force some weeks later."""
    monitor = Monitor(FORCE, book)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(NOON + 60 * DAY)
    return monitor.context


def needs(
    *snapshots: Snapshot, period: Period = ALWAYS, book: PolicyBook = BUILT_IN
) -> list[tuple[str, str, str, int]]:
    """Return who decided what without which course, and how often."""
    return [need[1:5] for need in training_needs([context(*snapshots, book=book)], period)]


def test_each_person_stands_once_for_each_course_and_decision() -> None:
    """Whoever decided most first; the registrar's robbery asks for a course of its own."""
    assert needs(
        crime(NOON, "C-1", recorded_by="P2"),
        crime(NOON, "C-2", recorded_by="P1"),
        crime(NOON + HOUR, "C-3", recorded_by="p 1"),
        crime(NOON, "C-4", status="CANCELLED"),
        no_crime(NOON, "C-4", decided_by="F1", offence_class="ROBBERY"),
        disposal(NOON, reviewed_at=NOON, reviewed_by="R1"),
    ) == [
        ("F1", "AVI_ROBBERY", "NO_CRIME", 1),
        ("P-1", "HOCR or NCRS", "RECORDING", 1),
        ("P1", "HOCR or NCRS", "RECORDING", 1),
        ("P2", "HOCR or NCRS", "RECORDING", 1),
        ("R1", "DISPOSALS", "REVIEW", 1),
    ]


def test_it_says_how_often_when_and_whether_the_course_is_held_now() -> None:
    """Trained after the second of two: what was decided before stays without it."""
    taken = (crime(NOON, "C-1"), crime(NOON + DAY, "C-2"), crime(NOON + 3 * DAY, "C-3"))
    trained = training(NOON + 2 * DAY, staff_id="P1", completed_at=NOON + 2 * DAY)
    assert training_needs([context(*taken, trained)], ALWAYS) == [
        TrainingNeed(FORCE, "P1", "HOCR or NCRS", "RECORDING", 2, NOON, NOON + DAY, trained_now=True)
    ]


def test_only_decisions_of_the_period_count() -> None:
    """From its beginning, up to but not including its end."""
    taken = (crime(NOON, "C-1"), crime(NOON + DAY, "C-2"))
    assert needs(*taken, period=Period(NOON, NOON + DAY)) == [("P1", "HOCR or NCRS", "RECORDING", 1)]


def test_nobody_is_on_the_list_where_the_rule_is_not_judged() -> None:
    """Switched off, without the training feed, or where CIS does not hold who recorded a crime."""
    assert not needs(crime(NOON), book=policy('[rules]\noff = ["decision-maker-untrained"]'))
    assert not needs(crime(NOON), book=policy('[installation]\nfeeds = ["cis.crimes.v1"]'))
    lacking = policy('[lacks]\n"cis.crimes.v1" = ["recorded_by"]')
    assert not needs(crime(NOON, recorded_by=None), book=lacking)


def test_a_decision_of_nobody_is_one_of_nobody_trained() -> None:
    """As the rule says."""
    assert needs(crime(NOON, recorded_by=None)) == [("", "HOCR or NCRS", "RECORDING", 1)]
