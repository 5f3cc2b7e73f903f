"""For any history of a table, what a feed delivers is what reading everything at once would."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.connect.database import dialects
from schemas.times import MINUTE, from_rfc3339, to_rfc3339
from tests.deploy.connect.database.sources import (
    ClockedSQLite,
    KilledError,
    installation,
    sqlite_database,
)

BEGINS = from_rfc3339("2026-10-25T00:57:00Z")
"""Three minutes before British clocks are put back."""
OVERLAP = 5 * MINUTE
MEMORY = Path("/dev/shm")
"""Files of an example go here where they can: nothing waits for a disk."""


class Saving(NamedTuple):
    """A transaction that saves a row."""

    waits: int
    """Since the step before (ms)."""
    crime: int
    takes: int
    """From its watermark until others see it (ms)."""


class Looking(NamedTuple):
    """A look at the table, which may be killed at a batch."""

    waits: int
    killed_at: int | None
    after_sending: bool


class Setting(NamedTuple):
    """The database's clock is set."""

    waits: int
    ahead: int
    """By how much (ms); back where it is negative."""


WAITS = st.sampled_from([0, 0, 0, 1, 1_000, MINUTE, 2 * MINUTE, 4 * MINUTE, OVERLAP, OVERLAP + 1, 20 * MINUTE])
HISTORIES = st.lists(
    st.one_of(
        st.builds(Saving, WAITS, st.integers(0, 6), st.sampled_from([0, 0, 1, MINUTE, OVERLAP - 1])),
        st.builds(Setting, WAITS, st.sampled_from([-20 * MINUTE, -OVERLAP, OVERLAP, 60 * MINUTE])),
        st.builds(Looking, WAITS, st.sampled_from([None, None, 0, 1, 2]), st.booleans()),
    ),
    max_size=16,
)


def spelled(moment: int, zone: str | None) -> str:
    """Write a watermark as the database would: in UTC, or as British clocks show it around BEGINS."""
    if zone is None:
        return to_rfc3339(moment)
    back = from_rfc3339("2026-10-25T01:00:00Z")
    return to_rfc3339(moment + (60 * MINUTE if moment < back else 0)).replace("T", " ").removesuffix("Z")


class History:
    """Plays a history on a table, and keeps what was ever to be seen in it."""

    def __init__(self, folder: Path, kind: ClockedSQLite, zone: str | None, page: int) -> None:
        self.kind, self.zone = kind, zone
        kind.at = self.ours = BEGINS
        self.was_put_back = self.was_set = False
        self.database = sqlite_database(folder / "rms.sqlite")
        self.feed = installation(
            folder, clock=lambda: self.ours, overlap="5m", page=page, **({} if zone is None else {"time_zone": zone})
        )
        self.open: dict[int, tuple[int, str, str]] = {}
        """By crime, the transaction that is not committed: when it will be, the offence and the watermark."""
        self.committed: set[tuple[str, str]] = set()
        self.saved = 0

    def wait(self, milliseconds: int) -> None:
        """Let time pass, and transactions end."""
        until = self.ours + milliseconds
        for crime, (ends, offence, watermark) in sorted(self.open.items(), key=lambda item: item[1]):
            if ends <= until:
                self.database.execute("delete from crimes where crime_ref = ?", [f"C{crime}"])
                self.database.execute("insert into crimes values (?, ?, ?)", [f"C{crime}", offence, watermark])
                self.committed.add((f"C{crime}", offence))
                del self.open[crime]
        self.kind.at += until - self.ours
        self.ours = until

    def save(self, step: Saving) -> None:
        """Begin to save a row, unless another transaction holds it."""
        if step.crime not in self.open:
            self.saved += 1
            watermark = spelled(self.kind.at, self.zone)
            self.open[step.crime] = (self.ours + step.takes, f"{self.saved}A", watermark)

    def look(self, step: Looking) -> None:
        """Look, and see that nothing comes that was said to be complete."""
        delivered = self.feed.delivered
        records, through = len(delivered.records), max(delivered.through, default=0)
        before = {*delivered.records}
        with contextlib.suppress(KilledError):
            self.feed.look(killed_at=step.killed_at, after_sending=step.after_sending)
            self.was_set = False
        for record in delivered.records[records:]:
            if record not in before and not self.was_put_back:
                assert from_rfc3339(msgspec.json.decode(record)["event_time"]) > through

    def set_clock(self, step: Setting) -> None:
        """Set the database's clock, once from look to look, since nobody sees more than the sum.

        What was vouched for cannot hold once it shows the same time again.
        """
        if self.was_set:
            return
        self.was_set = True
        self.kind.at += step.ahead
        self.was_put_back = self.was_put_back or step.ahead < 0

    def play(self, steps: list[Saving | Looking | Setting]) -> None:
        """Play the steps, behind a first look, before which nobody knows how the clock was set."""
        self.look(Looking(0, None, after_sending=True))
        for step in steps:
            self.wait(step.waits)
            if isinstance(step, Saving):
                self.save(step)
            elif isinstance(step, Setting):
                self.set_clock(step)
            else:
                self.look(step)
        self.wait(OVERLAP)
        self.look(Looking(0, None, after_sending=True))


def test_what_is_delivered_is_what_reading_everything_at_once_delivers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whenever it looks, however late rows come within the overlap, however the clock is set, wherever it is killed.

    At the end the last state of each row is among the records, byte for byte; each other record is a state that was to
    be seen; and none comes of whose time it was said that all is there.
    """
    kind = ClockedSQLite()
    monkeypatch.setitem(dialects.KINDS, "sqlite", kind)

    @settings(max_examples=100)
    @given(HISTORIES, st.sampled_from([1, 2, 100]), st.sampled_from([None, "Europe/London"]))
    def law(steps: list[Any], page: int, zone: str | None) -> None:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
            folder = Path(name)
            monkeypatch.setenv("RMS_URL", f"sqlite:///{folder / 'rms.sqlite'}")
            history = History(folder, kind, zone, page)
            history.play(steps)
            delivered = history.feed.delivered
            (folder / "oracle").mkdir()
            oracle = installation(
                folder / "oracle", clock=lambda: kind.at, **({} if zone is None else {"time_zone": zone})
            )
            oracle.look()
            history.database.close()
            assert {*oracle.delivered.records} <= {*delivered.records}
            assert {*delivered.bodies} <= history.committed
            assert len({*delivered.records}) == len({*delivered.bodies})

    law()
