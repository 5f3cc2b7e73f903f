"""The month for load tests: reproducible, readable, in order, and as large as asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.records import FEEDS
from schemas.rows import read_json
from tests.bench.generate import main


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    """A run can be repeated elsewhere; another seed gives another month."""
    for name, seed in (("once", "1"), ("again", "1"), ("other", "2")):
        main(["--days", "2", "--snapshots", "900", "--seed", seed, "--out", str(tmp_path / name)])
    for topic in FEEDS:
        assert (tmp_path / "once" / f"{topic}.jsonl").read_bytes() == (
            tmp_path / "again" / f"{topic}.jsonl"
        ).read_bytes()
    incidents = "storm.incidents.v1.jsonl"
    assert (tmp_path / "once" / incidents).read_bytes() != (tmp_path / "other" / incidents).read_bytes()


def test_every_line_is_a_record_and_each_file_is_in_order_of_time(tmp_path: Path) -> None:
    """All nine feeds are there, for every force, and no event id is used twice."""
    main(["--forces", "3", "--days", "4", "--snapshots", "6000", "--out", str(tmp_path)])
    event_ids: set[str] = set()
    total = 0
    for topic in FEEDS:
        snapshots = [read_json(topic, line) for line in (tmp_path / f"{topic}.jsonl").read_bytes().splitlines()]
        times = [snapshot.event_time for snapshot in snapshots if hasattr(snapshot, "event_time")]
        assert times == sorted(times)
        assert {snapshot.force for snapshot in snapshots} == {"FORCE01", "FORCE02", "FORCE03"}
        event_ids |= {snapshot.event_id for snapshot in snapshots if hasattr(snapshot, "event_id")}
        total += len(snapshots)
    assert len(event_ids) == total


@pytest.mark.parametrize(("forces", "wanted"), [(2, 60_000), (1, 20_000)])
def test_about_as_many_snapshots_are_written_as_were_asked_for(tmp_path: Path, forces: int, wanted: int) -> None:
    """The number asked for is met within a tenth."""
    main(["--forces", str(forces), "--snapshots", str(wanted), "--out", str(tmp_path)])
    written = sum(len((tmp_path / f"{topic}.jsonl").read_bytes().splitlines()) for topic in FEEDS)
    assert written == pytest.approx(wanted, rel=0.1)
