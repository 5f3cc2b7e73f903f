"""The life of a record: one snapshot each time somebody saves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import msgspec

from schemas.records import Millis, Snapshot

S = TypeVar("S", bound=Snapshot)

Save: TypeAlias = tuple[Millis, Mapping[str, object]]
"""When a record was saved again, and the fields that then read differently."""


def life(first: S, saves: Iterable[Save] = ()) -> list[S]:
    """Every snapshot of a record: as it was first saved, then as each later save left it, in order of time.

    The ``event_id`` of ``first`` names the record and is made the snapshot's own by its number.  Raises ValueError
    where a save comes before the first.
    """
    snapshots: list[S] = []
    state = first
    for revision, (event_time, changes) in enumerate(
        [(first.event_time, {}), *sorted(saves, key=lambda save: save[0])]
    ):
        if event_time < first.event_time:
            raise ValueError(f"{first.event_id}: saved again before it was first saved")
        own = {"event_id": f"{first.event_id}.{revision}", "event_time": event_time, "revision": revision}
        state = msgspec.structs.replace(state, **{**changes, **own})
        snapshots.append(state)
    return snapshots
