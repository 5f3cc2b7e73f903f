"""Random small histories of calls: weeks of reviews, and what the dip sample chooses from."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.records import Snapshot
from tests.streams import world
from tests.streams.histories import START, calls, narrowed, one_of, snapshots_of
from tests.streams.world import DAY, MINUTE


def _reviews(days: range, themes: SearchStrategy[tuple[str, ...]], **stated: Any) -> SearchStrategy[Snapshot]:
    """Return calls of one of some days (counted from START) that were reviewed as they were saved."""
    refs = st.integers(1, 99).map("K-{:02}".format)
    some = snapshots_of(
        world.call,
        refs,
        call_handler=one_of("H1", "H2", "h 1"),
        ncrs_compliant=st.just(value=True),
        team=one_of("T1", "T2"),
        themes=themes,
        **stated,
    )
    at = st.builds(lambda day, minute: START + day * DAY + minute * MINUTE, st.sampled_from(days), st.integers(0, 99))
    return st.builds(_reviewed, some, at)


def _reviewed(snapshot: Snapshot, at: int) -> Snapshot:
    times = {"handled_at": at - DAY, "reviewed_at": at, "event_time": at}
    return msgspec.structs.replace(snapshot, **times)


reviews = st.one_of(
    _reviews(range(28), st.just(())),
    _reviews(range(28), one_of((), (), ("Rude",))),
    _reviews(range(28, 35), one_of(("Late entry",), ("late-entry", "Rude"))),
    _reviews(range(28, 35), one_of(("late / entry",), ("Late entry", "LATE ENTRY"))),
    _reviews(range(29, 50), one_of((), ("Rude",))),
)
"""Weeks of reviewed calls, of which the last note what those before did not."""
sampled = narrowed(
    calls,
    call_ref=one_of("K-1", "K-2", "K-3", "K-4", "k/5"),
    handled_at=st.sampled_from(range(-9, 30)).map(lambda days: START + days * DAY),
    call_handler=one_of("H1", "H1", "h-1", "H2"),
    reviewed_at=one_of(None, None, START + 2 * DAY, START + 12 * DAY),
    reviewed_by=one_of(None, None, "S1"),
    ncrs_compliant=one_of(None, True, False),
)
"""Calls of few handlers, of which the dip sample chooses some."""
