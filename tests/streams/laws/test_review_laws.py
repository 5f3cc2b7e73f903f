"""What must hold of the review queue: it follows from the facts, and no score ever changes an alert.

Order of arrival, duplicates, replay, restarts and crashes change no probability, no status and no position.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from schemas.products import Review
from schemas.records import Score, Snapshot
from streams.engine.changes import Changes
from streams.engine.monitor import Monitor
from streams.engine.persistence.published_alerts import entries_of
from streams.reviews.order import in_order
from tests.streams import world
from tests.streams.deliveries import ChangesByAlert, Deliveries, Disk, changes_by_alert, deliver, open_feeds
from tests.streams.histories import (
    END,
    START,
    asb_reports,
    crimes,
    histories,
    incidents,
    links,
    moments,
    narrowed,
    no_crimes,
    one_of,
    referrals,
    several,
    snapshots_of,
)
from tests.streams.world import DAY, FORCE, policy

BOOK = policy(
    "[reviews]\nscore_weight = 0.3\nblind_share = 60\n"
    '[lacks]\n"storm.incidents.v1" = ["disposition_rationale"]\n"cats.referrals.v1" = ["decision_rationale"]\n'
)
"""Most reports are of the blind share, and some answers cannot be verified."""

Published = dict[bytes, Review]

REPORTS = {"STORM": ("I-1", "I-2", "i 3"), "CATS": ("R-1", "R-2"), "SENTINEL": ("A-1",)}
_subjects = one_of(*((system, ref) for system, refs in REPORTS.items() for ref in refs))


def about_reports(make: object, **fields: SearchStrategy[object]) -> SearchStrategy[Snapshot]:
    """Snapshots of what is said of one of the reports."""
    return st.builds(
        lambda subject, snapshot: snapshot(subject),
        _subjects,
        st.builds(
            lambda at, event_id, revision, stated: (
                lambda subject: make(  # type: ignore[operator]
                    at, subject[0], subject[1], event_id=event_id, revision=revision, **stated
                )
            ),
            moments,
            st.integers(0, 60).map("p{:02}".format),
            one_of(0, 0, 1),
            st.fixed_dictionaries(fields),
        ),
    )


assessments = about_reports(
    world.assessment,
    crimes=one_of(None, 0, 0, 1, 2),
    assessed_by=one_of("S1", "D1"),
    assessed_role=one_of("SUPERVISOR", "DDM", "FCR"),
    assessed_at=one_of(START, START + DAY),
    rationale=one_of(None, "because"),
    offence_class=one_of(None, None, "RAPE", "THEFT"),
    revoked=one_of(False, False, True),
)
scores = about_reports(world.score, model=one_of("a", "b"), probability=one_of(0.0, 0.2, 0.9, 1.0))
readings = about_reports(
    world.reading,
    reader=one_of("FIRST", "SECOND", "FCR"),
    read_by=one_of("A1", "A2"),
    crimes_found=one_of(0, 1, 2),
    crimes_recorded=one_of(0, 0, 1),
)
undecided = {"crimes_expected": one_of(None, None, None, 1)}
people = {"victim_token": one_of(None, "v1", "v1", "v2")}
reports = st.one_of(
    narrowed(
        incidents,
        **undecided,
        **people,
        suspect_token=one_of(None, "s1"),
        qualifiers=several("Domestic", "Alcohol"),
        opening_code=one_of("ASSAULT", "ASSAULT", "DOMESTIC", "RTC"),
        closing_code=one_of(None, None, "RTC"),
        disposition=one_of(None, None, None, "NOT_A_CRIME"),
        officer_dispatched=one_of(None, True, False),
    ),
    narrowed(referrals, **undecided, **people),
    narrowed(asb_reports, **undecided, **people),
)
known = st.one_of(
    reports,
    reports,
    narrowed(crimes, **people, offence_code=one_of("39", "39", "8Q", "N100/01")),
    no_crimes,
    links,
    snapshots_of(world.referral, one_of("R-1", "R-2")),
)
queued = st.one_of(known, known, assessments, assessments, readings, scores)


def put(published: Published, changes: Changes) -> None:
    """Publish what a drain says of the queue."""
    for key, review in changes.reviews.items():
        if review is None:
            published.pop(key, None)
        else:
            published[key] = review


def watched(snapshots: Iterable[Snapshot], until: int = END) -> tuple[ChangesByAlert, Published]:
    """Return the alerts and the queue where everything is there before the clock starts."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in snapshots:
        monitor.apply(snapshot, START)
    monitor.advance(until)
    alerts, published = monitor.drain_alerts(), Published()
    put(published, monitor.drain())
    return changes_by_alert(alerts), published


@given(histories(queued), st.data())
def test_no_score_changes_an_alert(history: list[Snapshot], data: DataObject) -> None:
    """With scores of any weight or without: the same changes of the same alerts, word for word."""
    more = data.draw(st.lists(scores, max_size=6))
    without = [snapshot for snapshot in history if not isinstance(snapshot, Score)]
    assert watched([*history, *more])[0] == watched(without)[0]


@given(histories(queued, most=24), st.data())
def test_arrival_order_changes_no_probability_and_no_position(history: list[Snapshot], data: DataObject) -> None:
    """Any order, any rounds, some of it twice, published after each round: the same queue in the end."""
    monitor, published = Monitor(FORCE, BOOK), Published()
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
        put(published, monitor.drain())
    at_once = watched(history)[1]
    assert published == at_once
    reviews = BOOK.reviews
    assert in_order(published.values(), END, reviews) == in_order(at_once.values(), END, reviews)


@given(histories(queued, most=24), st.lists(st.integers(START - DAY, END), max_size=6))
def test_one_advance_or_many_publish_the_same_queue(history: list[Snapshot], stops: list[int]) -> None:
    """However far the clock jumps, and however often the queue is published in between."""
    monitor, published = Monitor(FORCE, BOOK), Published()
    for snapshot in history:
        monitor.apply(snapshot, START)
    for stop in sorted([*stops, END]):
        monitor.advance(stop)
        put(published, monitor.drain())
    assert published == watched(history)[1]


@given(histories(queued, most=24))
def test_replaying_the_log_publishes_no_review(history: list[Snapshot]) -> None:
    """Everything once more, after the end: not one message."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(END)
    monitor.drain()
    for snapshot in history:
        monitor.apply(snapshot, END)
    monitor.advance(END)
    assert monitor.drain().reviews == {}


@given(histories(queued, most=24), st.data())
def test_a_restart_changes_nothing_of_the_queue(history: list[Snapshot], data: DataObject) -> None:
    """A new monitor for every round, from what the last one wrote: the same queue as without one."""
    disk, published = Disk(), Published()
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        changes = monitor.drain()
        put(published, changes)
        disk.write(changes)
        monitor = disk.load(data, BOOK)
        deliver(monitor, arriving, cut)
    put(published, monitor.drain())
    assert published == watched(history)[1]


@given(histories(queued), st.data())
def test_a_crash_changes_nothing_of_the_queue_nor_of_the_alerts(history: list[Snapshot], data: DataObject) -> None:
    """A round may be lost after it was published and part of its state was written; its input comes again."""
    disk, published = Disk(), Published()
    monitor = Monitor(FORCE, BOOK)
    open_feeds(monitor)
    disk.write(monitor.drain())
    for arriving, cut in Deliveries(data, history, END).rounds:
        crashes = data.draw(st.booleans())
        while True:
            deliver(monitor, arriving, cut)
            changes = monitor.drain()
            put(published, changes)
            if not crashes:
                disk.write(changes)
                break
            disk.write(changes, data.draw(st.integers(0, len(changes.state))))
            monitor = disk.load(data, BOOK)
            crashes = data.draw(st.booleans())
    assert published == watched(history)[1]


@given(histories(queued))
def test_a_restored_queue_has_nothing_to_say(history: list[Snapshot]) -> None:
    """What was published before a restart is not published again after it."""
    disk, monitor = Disk(), Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(START + 40 * DAY)
    disk.write(monitor.drain())
    again = Monitor(FORCE, BOOK)
    for key, value in disk.table.items():
        again.restore(key, value)
    again.restored()
    assert again.drain().reviews == {}


@given(histories(queued))
def test_without_a_queue_alerts_are_the_same(history: list[Snapshot]) -> None:
    """Whoever keeps none loses nothing else."""
    monitor = Monitor(FORCE, BOOK, keeps_reviews=False)
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(END)
    assert changes_by_alert(monitor.drain_alerts()) == watched(history)[0]
    assert monitor.drain().reviews == {}


FORGETFUL = policy(
    '[installation]\nforget_after = "36d"\n[lacks]\n"sentinel.asb-reports.v1" = ["crimes_expected"]\n'
    '"storm.incidents.v1" = ["crimes_expected", "officer_dispatched"]\n'
)
"""As forgetful as a policy may be, and hardly any alert keeps a report."""
YEAR_END = START + 260 * DAY
long_histories = histories(
    st.builds(
        lambda snapshot, by: msgspec.structs.replace(snapshot, event_time=snapshot.event_time + by),
        st.one_of(narrowed(reports, crimes_expected=st.none()), assessments, readings),
        one_of(0, 0, 40 * DAY, 100 * DAY),
    ),
    most=14,
)
"""Histories with gaps longer than the retention."""


@settings(max_examples=40)
@given(long_histories, st.data())
def test_what_is_forgotten_leaves_the_queue_whatever_crashes(history: list[Snapshot], data: DataObject) -> None:
    """A crash in the middle of forgetting leads to the same queue."""
    at_once, whole = Published(), Monitor(FORCE, FORGETFUL)
    for snapshot in history:
        whole.apply(snapshot, START)
    whole.advance(YEAR_END)
    put(at_once, whole.drain())
    disk, published = Disk(), Published()
    monitor = Monitor(FORCE, FORGETFUL)
    open_feeds(monitor)
    disk.write(monitor.drain())
    for arriving, cut in Deliveries(data, history, YEAR_END).rounds:
        crashes = data.draw(st.booleans())
        while True:
            deliver(monitor, arriving, cut)
            changes = monitor.drain()
            put(published, changes)
            if not crashes:
                disk.write(changes)
                break
            disk.write(changes, data.draw(st.integers(0, len(changes.state))))
            monitor = disk.load(data, FORGETFUL)
            crashes = data.draw(st.booleans())
    assert published == at_once


def test_a_report_that_grew_too_old_before_a_sweep_leaves_the_queue_whatever_crashes() -> None:
    """Wherever the writing of state stops: what was published of it is deleted when it is forgotten."""
    history = (
        world.incident(START, crimes_expected=None),
        world.asb_report(START + 5 * DAY, reported_at=START),
        world.asb_report(START + 40 * DAY, reported_at=START),
    )

    def run(monitor: Monitor, until: int, published: Published) -> Changes:
        for snapshot in history:
            monitor.apply(snapshot, START)
        monitor.advance(until)
        changes = monitor.drain()
        put(published, changes)
        return changes

    writes = len(run(Monitor(FORCE, FORGETFUL), START + 60 * DAY, {}).state)
    assert writes > len(history)
    for kept in range(writes + 1):
        disk, published = Disk(), Published()
        disk.write(run(Monitor(FORCE, FORGETFUL), START + 60 * DAY, published), kept)
        again = Monitor(FORCE, FORGETFUL)
        for key, value in disk.table.items():
            again.restore(key, value)
        again.restored()
        for until in (START + 60 * DAY, YEAR_END):
            run(again, until, published)
        assert published == {}, f"after {kept} of {writes} entries"


@given(histories(queued), st.data())
def test_a_queue_whose_state_was_lost_is_judged_to_the_same_end(history: list[Snapshot], data: DataObject) -> None:
    """Judged from the beginning by what was published: no entry is left behind, none begins anew."""
    published, monitor = Published(), Monitor(FORCE, BOOK)
    open_feeds(monitor)
    rounds = Deliveries(data, history, END).rounds
    for arriving, cut in rounds[: data.draw(st.integers(0, len(rounds)))]:
        deliver(monitor, arriving, cut)
        put(published, monitor.drain())
    again = Monitor(FORCE, BOOK)
    for key, value in entries_of([], published.values()).items():
        again.restore(key, value)
    again.restored()
    put(published, again.drain())
    open_feeds(again)
    deliver(again, history, END)
    put(published, again.drain())
    assert published == watched(history)[1]
