"""How often fields are stated depends on what is known alone, not on how it came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from streams.engine.clocks import WallClock
from streams.engine.monitor import Monitor
from streams.facts.fill import FieldCounts
from streams.policy import PolicyBook
from streams.reports.field_fill import count_fields, window_start
from tests.streams.deliveries import Disk
from tests.streams.histories import START, histories
from tests.streams.world import DAY, FORCE

BOOK = PolicyBook.built_in()
END = START + 40 * DAY


def counts_of(monitor: Monitor) -> list[FieldCounts]:
    """Return the counts of the window that ends with the history."""
    return count_fields(monitor.context.facts, window_start(END))


@given(data=st.data())
def test_order_duplicates_and_restarts_change_no_count(data: DataObject) -> None:
    """Twice, in another order, and read back from state after each few."""
    history = data.draw(histories())
    plain, disk = Monitor(FORCE, BOOK, clock=WallClock), Disk()
    for snapshot in history:
        plain.apply(snapshot, END)
    again = data.draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    arriving = data.draw(st.permutations([*history, *again]))
    cut = data.draw(st.integers(0, len(arriving)))
    monitor = Monitor(FORCE, BOOK, clock=WallClock)
    for snapshot in arriving[:cut]:
        monitor.apply(snapshot, END)
    disk.write(monitor.drain())
    monitor = disk.load(data, BOOK, clock=WallClock)
    for snapshot in arriving[cut:]:
        monitor.apply(snapshot, END)
    assert counts_of(monitor) == counts_of(plain)
