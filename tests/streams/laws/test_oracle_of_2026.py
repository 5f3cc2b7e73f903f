"""The monitor and the slow oracle say the same about the night in which the rules of April 2026 begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.products import Alert
from schemas.records import POSSIBLE_FEEDS, ProtectionReport, Snapshot
from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.rules import CATALOGUE
from tests.streams.deliveries import ChangesByAlert
from tests.streams.laws import oracle, oracle_recorded
from tests.streams.laws.test_oracle import lacking, lacks, monitored, without_assessments
from tests.streams.todays_histories import FAMILIES, MIDNIGHT, NAMED, about_midnight
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, heartbeat

LONG_AFTER = 75 * DAY
OFFS = st.sampled_from((0, 0, 0, -1, 1, -HOUR, -DAY, DAY, 40 * DAY))
"""Where in a history that midnight is."""
family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


def said(
    history: Sequence[Snapshot], until: int, *later: tuple[int, Sequence[Snapshot]], book: PolicyBook = NAMED
) -> ChangesByAlert:
    """Return what the monitor says, without the rows of outcomes that the policy has besides the contract's."""
    alerts = monitored(history, until, *later, book=book)
    return {alert_id: changes for alert_id, changes in alerts.items() if is_contracts(changes[0])}


def is_contracts(alert: Alert) -> bool:
    """Tell whether the contract itself asks for an alert."""
    return alert.rule_id != "outcome-unsuitable" or alert.discriminator in oracle_recorded.ROWS


def watched(history: Sequence[Snapshot], until: int) -> oracle.AlertHistories:
    """Return what the oracle says under the policy that names protection reports."""
    return oracle.watch(history, until, policy_version=NAMED.version, protection=True)


@family
@settings(max_examples=30)
@given(data=st.data())
def test_the_same_about_the_first_of_april(family: SearchStrategy[list[Snapshot]], data: st.DataObject) -> None:
    """Every change of every alert of every rule, in every field that the contract fixes."""
    off = data.draw(OFFS)
    history, until = about_midnight(data.draw(family), off), MIDNIGHT + off + LONG_AFTER
    assert said(history, until) == watched(history, until)


@family
@seed(2026)
@settings(max_examples=60, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_same_of_eight_hundred_histories_more(family: SearchStrategy[list[Snapshot]], data: st.DataObject) -> None:
    """The same whenever this runs: sixty of each family."""
    off = data.draw(OFFS)
    history, until = about_midnight(data.draw(family), off), MIDNIGHT + off + LONG_AFTER
    assert said(history, until) == watched(history, until)


@pytest.mark.parametrize("some", ["all of today", "other routes", "reported incidents"])
@given(data=st.data())
def test_the_same_of_what_arrives_behind_the_clock(some: str, data: st.DataObject) -> None:
    """It takes effect at once, one snapshot after another."""
    history = about_midnight(data.draw(FAMILIES[some]), 0)
    clock = MIDNIGHT + data.draw(st.sampled_from((0, HOUR, DAY, DAY + 1, 5 * DAY)))
    is_late = data.draw(st.lists(st.booleans(), min_size=len(history), max_size=len(history)))
    in_time = [snapshot for snapshot, late in zip(history, is_late, strict=True) if not late]
    behind = [snapshot for snapshot, late in zip(history, is_late, strict=True) if late]
    until, late = MIDNIGHT + LONG_AFTER, [(clock, snapshot) for snapshot in behind]
    expected = oracle.watch(in_time, until, late, policy_version=NAMED.version, protection=True)
    assert said(in_time, until, (clock, behind)) == expected


@pytest.mark.parametrize(
    "some",
    ["all of today", "recoded crimes", "crimes with outcomes", "answered incidents", "closed incidents", "protection"],
)
@given(data=st.data())
def test_the_same_of_what_feeds_do_not_hold(some: str, data: st.DataObject) -> None:
    """Unknown is not no, in the rules of 2026 too."""
    history = about_midnight(without_assessments(data.draw(FAMILIES[some])), data.draw(OFFS))
    fields, off = data.draw(lacks()), data.draw(st.sets(st.sampled_from([rule.id for rule in CATALOGUE]), max_size=3))
    until = MIDNIGHT + LONG_AFTER
    expected = oracle.watch(history, until, lacks=fields, off=off, protection=True)
    assert said(history, until, book=lacking(fields, off, POSSIBLE_FEEDS)) == expected


@pytest.mark.parametrize("some", ["all of today", "reclassified crimes", "crimes with outcomes", "revised incidents"])
@given(data=st.data())
def test_live_the_same_is_so_in_the_end(some: str, data: st.DataObject) -> None:
    """In whatever order it arrives, what is breached by the wall clock in the end is what the oracle has breached."""
    history = about_midnight(data.draw(FAMILIES[some]), 0)
    wall = MIDNIGHT - 2 * DAY
    monitor = Monitor(FORCE, NAMED, clock=WallClock)
    monitor.tick(wall)
    for snapshot in data.draw(st.permutations(history)):
        wall += data.draw(st.sampled_from((0, 1, HOUR, DAY)))
        monitor.apply(snapshot, wall)
        if data.draw(st.booleans()):
            monitor.tick(wall)
    end = MIDNIGHT + LONG_AFTER
    for feed in POSSIBLE_FEEDS:
        for source in ("ONE", "TWO"):
            monitor.heartbeat(feed, heartbeat(source, end + DAY), end)
    for later in (end, end + HOUR):
        monitor.tick(later)
    last = {
        alert.alert_id: alert
        for alert in monitor.drain_alerts()
        if is_contracts(alert) and alert.rule_id != "feed-silent"
    }
    expected = [changes[-1] for changes in watched(history, end + HOUR).values()]
    assert open_alerts(filter(is_contracts, last.values())) == open_alerts(expected)


def open_alerts(alerts: Iterable[Alert]) -> set[tuple[str, str, int | None, str]]:
    """Return what is breached in the end, but for what an alert says of its subject as it was at its last change."""
    return {
        (alert.alert_id, alert.severity, alert.due_at, alert.certainty)
        for alert in alerts
        if alert.status == "BREACHED"
    }


@pytest.mark.parametrize("some", ["all of today", "protection"])
@given(data=st.data())
def test_nothing_is_said_of_protection_reports_that_the_policy_does_not_name(some: str, data: st.DataObject) -> None:
    """They are a feed only where it does; what is linked to them is judged by their times all the same."""
    history, until = about_midnight(data.draw(FAMILIES[some]), 0), MIDNIGHT + LONG_AFTER
    changes = said(history, until, book=BUILT_IN)
    assert [alert for alerts in changes.values() for alert in alerts if alert.subject_system == "PPN"] == []
    without = [snapshot for snapshot in history if not isinstance(snapshot, ProtectionReport)]
    assert said(without, until, book=BUILT_IN) == oracle.watch(without, until)
