"""The snapshots of a record: one each time somebody saves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import msgspec

from schemas.records import Snapshot
from schemas.vocabularies import Millis

S = TypeVar("S", bound=Snapshot)

Revision: TypeAlias = tuple[Millis, Mapping[str, object]]
"""When a record was saved again (ms), and the fields that were changed."""


def snapshots_of(first: S, revisions: Iterable[Revision] = ()) -> list[S]:
    """Return every snapshot of a record, in order of time: the first, then one for each revision.

    The ``event_id`` of ``first`` names the record; each snapshot's own is that and its number.  Raises ValueError
    where a revision comes before the first snapshot.
    """
    snapshots: list[S] = []
    state = first
    for number, (event_time, changes) in enumerate(
        [(first.event_time, {}), *sorted(revisions, key=lambda revision: revision[0])]
    ):
        if event_time < first.event_time:
            raise ValueError(f"{first.event_id}: saved again before it was first saved")
        identity = {"event_id": f"{first.event_id}.{number}", "event_time": event_time, "revision": number}
        state = msgspec.structs.replace(state, **{**changes, **identity})
        snapshots.append(state)
    return snapshots
