"""What the guide sizes an installation by can be measured, and is of the right order."""

from __future__ import annotations

from pathlib import Path

from deploy.scenario import events
from tests.bench import sizes


def test_a_settled_record_is_one_entry_and_no_alert() -> None:
    """Otherwise the bytes of something else would be measured."""
    measured = sizes.settled(200)
    assert measured["entries"] == measured["settled_records"] == 400
    assert 50 < int(measured["changelog_bytes_per_record"]) < 2000


def test_a_recovery_reads_back_all_that_was_judged() -> None:
    """Every record of the scenario, its alerts and the clock."""
    assert int(sizes.recovery(events())["entries"]) > len({event.event_id for event in events()}) / 2


def test_a_read_model_grows_with_its_alerts() -> None:
    """By some kilobytes each."""
    assert 0 < float(sizes.read_model(500)["mib_per_10000_alerts"]) < 200


def test_what_a_broker_reserves_is_not_counted(tmp_path: Path) -> None:
    """Segments alone, and only of the topics that are asked for."""
    for name, size in {"a-0/0.log": 7, "a-1/0.log": 5, "a-0/0.index": 10_000, "b-0/0.log": 100}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    assert sizes.on_disk(tmp_path, ["a"]) == 12
