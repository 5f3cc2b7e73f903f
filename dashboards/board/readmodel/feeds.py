"""Queries of feeds: each force's clock, with how far each of its feeds is complete."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from dashboards.board.domain.people import Person
from dashboards.board.readmodel.tables import clocks
from dashboards.board.readmodel.visibility import visible
from schemas.products import ForceClock


class PartitionClock(msgspec.Struct, frozen=True):
    """A force's clock, and the partition on which its worker ticks."""

    clock: ForceClock
    partition: int

    @property
    def force(self) -> str:
        """The force whose clock it is."""
        return self.clock.force

    @property
    def is_live(self) -> bool:
        """Whether the force is judged by the wall clock, not by the stream clock."""
        return self.clock.mode == "LIVE"

    def present(self, wall: int) -> int:
        """Return the present of a force (ms): the wall clock live, else where its stream clock stands."""
        return wall if self.is_live or self.clock.clock is None else self.clock.clock


def force_clocks(connection: Connection, person: Person | None = None) -> list[PartitionClock]:
    """Return the clock of every force that a person may see."""
    query = select(clocks).where(*visible(clocks.c.force, person)).order_by(clocks.c.force)
    return [
        PartitionClock(
            msgspec.convert(
                {
                    **{name: row[name] for name in ("force", "mode", "clock")},
                    "feeds": msgspec.json.decode(row["feeds"]),
                },
                ForceClock,
            ),
            row["partition"],
        )
        for row in connection.execute(query).mappings()
    ]
