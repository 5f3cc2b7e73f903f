"""What holds of outcomes too, which are judged by the crime and by the disposals that name it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.records import Snapshot
from streams.engine.monitor import Monitor
from tests.streams.deliveries import ChangesByAlert, Deliveries, Disk, changes_by_alert, deliver, open_feeds
from tests.streams.histories import END, START, crimes, disposals, histories, moments, narrowed, one_of, optional
from tests.streams.world import FORCE, policy

BOOK = policy("[rules.judged_from]\noutcome-unsuitable = 2016-01-01")
"""The outcomes framework, had it been there in 2016."""
snapshots = st.one_of(
    narrowed(
        crimes,
        crime_ref=one_of("C-1", "c/1", "C-2"),
        offence_code=st.just("39"),
        offence_class=one_of("RAPE", "THEFT", "DRUGS"),
        status=one_of("RECORDED", "RECORDED", "RECORDED", "CANCELLED"),
        outcome=one_of(None, "2", "3", "3", "8", "15", "21"),
        outcome_at=moments,
        outcome_role=one_of(None, "INSPECTOR", "OFFICER"),
        outcome_rationale=one_of(None, "because", " "),
        fcr_oversight_at=optional(moments),
    ),
    narrowed(
        disposals,
        crime_ref=one_of("C-1", "C-1", "c/1", "C-2", None),
        kind=one_of("CAUTION", "CAUTION", "CONDITIONAL_CAUTION", "COMMUNITY_RESOLUTION"),
        offence_admitted=one_of(None, True),
        rescinded_at=one_of(None, None, None, START),
    ),
)


def watched(history: list[Snapshot]) -> ChangesByAlert:
    """Return the alerts on outcomes where everything is there before the clock starts."""
    monitor = Monitor(FORCE, BOOK)
    for snapshot in history:
        monitor.apply(snapshot, START)
    monitor.advance(END)
    return on_outcomes(changes_by_alert(monitor.drain_alerts()))


def on_outcomes(changes: ChangesByAlert) -> ChangesByAlert:
    """Return the alerts on outcomes alone."""
    return {name: alerts for name, alerts in changes.items() if alerts[0].rule_id == "outcome-unsuitable"}


@settings(max_examples=60)
@given(histories(snapshots, most=14), st.data())
def test_neither_arrival_order_nor_a_restart_changes_alerts_on_outcomes(
    history: list[Snapshot], data: DataObject
) -> None:
    """Disposals before their crimes or after, in any rounds, with a restart after each: the same whole history."""
    disk, monitor = Disk(), Monitor(FORCE, BOOK)
    open_feeds(monitor)
    alerts = []
    for arriving, cut in Deliveries(data, history, END).rounds:
        deliver(monitor, arriving, cut)
        changes = monitor.drain()
        alerts += changes.alerts
        disk.write(changes)
        monitor = disk.load(data, BOOK)
    assert on_outcomes(changes_by_alert(alerts)) == watched(history)
