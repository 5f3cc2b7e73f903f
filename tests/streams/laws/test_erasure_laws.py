"""Who erases a record and whoever never heard of it know the same, in whatever order what arrives arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.products import Alert, Erasure, Subject
from schemas.records import Snapshot
from streams.engine.changes import Changes
from streams.engine.erasure import Name, subjects_of
from streams.engine.monitor import Monitor
from streams.facts.matters import THEME
from streams.facts.references import identity
from tests.streams.deliveries import ChangesByAlert, Deliveries, Disk, changes_by_alert, deliver, open_feeds
from tests.streams.histories import BOOK, END, START, anything, histories
from tests.streams.world import FORCE

few = settings(max_examples=60)


def unmistakable(snapshot: Snapshot) -> Snapshot:
    """Return the same, under an event_id that no snapshot of another record has."""
    name = f"{snapshot.event_id} {snapshot.TOPIC} {identity(snapshot)}"
    return msgspec.structs.replace(snapshot, event_id=name)


distinct_histories = histories(anything.map(unmistakable), most=20)


def erasure(*names: Name, **more: Any) -> Erasure:
    """Return a request to erase these."""
    subjects = tuple(Subject(kind=kind, ref=ref) for kind, ref in names)  # type: ignore[arg-type]
    return Erasure(erasure_id="x", force=FORCE, subjects=subjects, erased_at=END, requested_by="creg", **more)


def names_in(history: Iterable[Snapshot]) -> list[Name]:
    """Everything in a history that could be erased."""
    return sorted({name for snapshot in history for name in subjects_of(snapshot)})


def without(history: list[Snapshot], names: Iterable[Name]) -> list[Snapshot]:
    """Return the history of a world in which these never were."""
    return [snapshot for snapshot in history if not set(subjects_of(snapshot)) & set(names)]


def judged(monitor: Monitor) -> dict[tuple[str, str, str], object]:
    """Return what every rule finds of every matter now; themes are judged at midnight alone."""
    context = monitor.context
    context.clear_caches()
    return {
        (rule.id, matter.kind.name, matter.ref): rule.judge(matter, context)
        for rule in monitor._judge.rules.values()
        for matter in context.facts.every_matter()
        if matter.kind in rule.about and matter.kind is not THEME and (matter.held or matter.decisions)
    }


def links(monitor: Monitor) -> tuple[object, ...]:
    """Return what is linked to what, and what people and models say of records."""
    facts = monitor.context.facts
    about = [
        {subject: set(records) for subject, records in by_subject.items()}
        for by_subject in (facts.assessments_of, facts.readings_of, facts.scores_of)
    ]
    return facts.linkage._links.left, facts.linkage._links.right, facts.linkage._citations.left, about


def records(table: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the records of a state table."""
    return {key: value for key, value in table.items() if b"\0r\0" in key}


class Published:
    """The alerts' topic: the newest under each key."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}
        self.changes: list[Alert] = []

    def take(self, changes: Changes) -> None:
        for alert_id in changes.erased:
            self.alerts.pop(alert_id, None)
        self.changes += changes.alerts
        self.alerts |= {alert.alert_id: alert for alert in changes.alerts}


def watch(history: list[Snapshot]) -> tuple[Monitor, Disk, ChangesByAlert]:
    """Return a monitor that never erases."""
    monitor, disk = Monitor(FORCE, BOOK), Disk()
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(END)
    changes = monitor.drain()
    disk.write(changes)
    return monitor, disk, changes_by_alert(changes.alerts)


def some(data: DataObject, history: list[Snapshot]) -> list[Name]:
    """One or two of what could be erased."""
    return data.draw(st.lists(st.sampled_from(names_in(history)), min_size=1, max_size=2, unique=True))


@given(distinct_histories, st.data())
def test_what_is_erased_before_it_is_read_never_came(history: list[Snapshot], data: DataObject) -> None:
    """A worker that reads the sources from the beginning: every other alert has the history it would have had."""
    names = some(data, history)
    monitor = Monitor(FORCE, BOOK)
    monitor.erase(erasure(*names), END)
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
    assert changes_by_alert(monitor.drain_alerts()) == watch(without(history, names))[2]


@given(distinct_histories, st.data())
def test_what_is_known_after_an_erasure_is_what_was_known_without(history: list[Snapshot], data: DataObject) -> None:
    """Whenever it comes: the records are the same byte for byte, and every rule finds the same."""
    names = some(data, history)
    monitor, disk = Monitor(FORCE, BOOK), Disk()
    open_feeds(monitor)
    rounds = Deliveries(data, history, END).rounds
    at = data.draw(st.integers(0, len(rounds)))
    for number, (arriving, cut) in enumerate(rounds):
        if number == at:
            monitor.erase(erasure(*names), END)
        deliver(monitor, arriving, cut)
        disk.write(monitor.drain())
    monitor.erase(erasure(*names), END)
    disk.write(monitor.drain())
    other, others_disk, _ = watch(without(history, names))
    assert records(disk.table) == records(others_disk.table)
    assert judged(monitor) == judged(other)
    assert links(monitor) == links(other)
    again = disk.load(data, BOOK)
    assert again.drain().alerts == []
    assert judged(again) == judged(other)


@given(distinct_histories, st.data())
def test_an_erasure_changes_no_alert_that_did_not_rest_on_it(history: list[Snapshot], data: DataObject) -> None:
    """What is said with the record and without it is said, change by change, when it is erased on the way."""
    names = some(data, history)
    monitor, published = Monitor(FORCE, BOOK), Published()
    open_feeds(monitor)
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
        if data.draw(st.booleans()):
            monitor.erase(erasure(*names), END)
        published.take(monitor.drain())
    ever, never = watch(history)[2], watch(without(history, names))[2]
    by_alert = changes_by_alert(published.changes)
    for alert_id, alerts in never.items():
        if ever.get(alert_id) == alerts:
            assert by_alert[alert_id] == alerts


@given(distinct_histories, st.data())
def test_nothing_about_what_was_erased_stays_published(history: list[Snapshot], data: DataObject) -> None:
    """Neither an alert about it, nor a fact that one of its snapshots stated."""
    names = some(data, history)
    monitor, published = Monitor(FORCE, BOOK), Published()
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(data.draw(st.integers(START, END)))
    published.take(monitor.drain())
    monitor.erase(erasure(*names), END)
    published.take(monitor.drain())
    left = {snapshot.event_id for snapshot in without(history, names)}
    erased = {snapshot.event_id for snapshot in history} - left
    for alert in published.alerts.values():
        assert not {fact.event_id for fact in alert.facts} & erased
    known = {stored.alert.alert_id for matter in monitor.context.facts.every_matter() for stored in matter.alerts}
    assert known == published.alerts.keys()


@given(distinct_histories, st.data())
def test_replaying_what_was_erased_changes_nothing(history: list[Snapshot], data: DataObject) -> None:
    """Not even after a restart."""
    names = some(data, history)
    monitor, disk = Monitor(FORCE, BOOK), Disk()
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(END)
    monitor.erase(erasure(*names), END)
    disk.write(monitor.drain())
    for watching in (monitor, disk.load(data, BOOK)):
        watching.drain()
        for snapshot in history:
            watching.apply(snapshot, data.draw(st.sampled_from((START, END))))
        watching.erase(erasure(*names), END)
        watching.advance(END)
        changes = watching.drain()
        assert (changes.alerts, changes.erased, records(dict(changes.state))) == ([], [], {})  # type: ignore[arg-type]


@few
@given(distinct_histories, st.data())
def test_a_crash_in_the_middle_of_an_erasure_is_repaired_by_doing_it_again(
    history: list[Snapshot], data: DataObject
) -> None:
    """Whatever part of what it wrote is lost, twice: the same is known, published and kept in the end."""
    names = some(data, history)
    monitor, disk, published = Monitor(FORCE, BOOK), Disk(), Published()
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(data.draw(st.integers(START, END)))
    changes = monitor.drain()
    disk.write(changes)
    published.take(changes)
    monitor.erase(erasure(*names), END)
    changes = monitor.drain()
    published.take(changes)
    whole, saved_disk = dict(published.alerts), Disk()
    saved_disk.table = dict(disk.table)
    saved_disk.write(changes)
    disk.write(changes, data.draw(st.integers(0, len(changes.state))))
    for is_last in (False, True):
        again = disk.load(data, BOOK)
        again.erase(erasure(*names), END)
        changes = again.drain()
        published.take(changes)
        disk.write(changes, None if is_last else data.draw(st.integers(0, len(changes.state))))
    assert published.alerts == whole
    assert disk.table == saved_disk.table
