"""Which monitors a worker holds."""

from __future__ import annotations

import pytest

from agents.topics.state_entries import force_of
from agents.worker.monitors import Monitors, NotRecoveredError
from agents.worker.state_version import UnreadableEntryError
from schemas.products import Alert
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from tests.agents.examples import DAY, START, closing_heartbeats, incident

BOOK = PolicyBook.built_in()
PARTITIONS = {"LEICS": 0, "DERBS": 1}


def monitors() -> Monitors:
    """Real monitors of two forces in two partitions."""
    return Monitors(lambda force: Monitor(force, BOOK), PARTITIONS.__getitem__)


def state_of(*names: str) -> dict[bytes, bytes]:
    """Return what monitors of these forces keep after one report."""
    entries: dict[bytes, bytes] = {}
    for name in names:
        monitor = Monitor(name, BOOK)
        monitor.apply(incident(1, name), START)
        entries |= {key: value for key, value in monitor.drain().state if value is not None}
    return entries


def alerts_after(monitor: Monitor, name: str) -> list[Alert]:
    """Return what a monitor says once ten days have gone by."""
    for topic, heartbeat in closing_heartbeats(START + 10 * DAY, name):
        monitor.heartbeat(topic, heartbeat, START)
    monitor.advance()
    return monitor.drain().alerts


def test_every_entry_names_its_force() -> None:
    """The key of whatever a monitor keeps begins with the force, so an entry finds its partition by itself."""
    assert {force_of(key) for key in state_of("LEICS", "DERBS")} == {"LEICS", "DERBS"}


def test_a_rebuilt_monitor_knows_what_the_lost_one_knew() -> None:
    """From its entries alone it raises what the report that was taken before calls for."""
    owned = monitors()
    assert owned.rebuild(state_of("LEICS").items(), {0, 1}) == len(state_of("LEICS"))
    assert [alert.rule_id for alert in alerts_after(owned.monitor("LEICS"), "LEICS")].count("crime-not-recorded") > 0


def test_only_owned_partitions_are_rebuilt() -> None:
    """The memory store may still hold what another worker owns now; no monitor is made of it."""
    owned = monitors()
    owned.rebuild(state_of("LEICS", "DERBS").items(), {1})
    assert [force for force, _ in owned.of_partition(1)] == ["DERBS"]
    assert list(owned.of_partition(0)) == []
    with pytest.raises(NotRecoveredError):
        owned.monitor("LEICS")


def test_nothing_is_judged_before_the_state_is_there() -> None:
    """A message that comes before the first recovery finds no monitor rather than an empty one."""
    with pytest.raises(NotRecoveredError):
        monitors().monitor("LEICS")


def test_a_failed_rebuild_leaves_no_monitor_behind() -> None:
    """An entry that cannot be read stops the rebuild, and what was owned before is not judged on any more."""
    owned = monitors()
    owned.rebuild((), {0, 1})
    with pytest.raises(UnreadableEntryError):
        owned.rebuild([(b"LEICS\0r\0storm.incidents.v1\0X", b"nonsense")], {0, 1})
    with pytest.raises(NotRecoveredError):
        owned.monitor("LEICS")
