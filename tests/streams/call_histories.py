"""Random small histories of calls: weeks of reviews, and what the dip sample chooses from."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.records import Snapshot
from streams.facts import dip_sample
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


_before = st.one_of(_reviews(range(28), st.just(())), _reviews(range(28), one_of((), (), ("Rude",))))
_recent = st.one_of(
    _reviews(range(28, 35), one_of(("Late entry",), ("late-entry", "Rude"))),
    _reviews(range(28, 35), one_of(("late / entry",), ("Late entry", "LATE ENTRY"))),
)
_after = _reviews(range(29, 50), one_of((), ("Rude",), ("Late entry",)))
weeks = st.builds(
    lambda *lists: [snapshot for some in lists for snapshot in some],
    st.lists(_before, min_size=6, max_size=16),
    st.lists(_recent, min_size=2, max_size=6),
    st.lists(_after, max_size=6),
)
"""Whole histories: weeks of reviewed calls, of which the last note what those before did not."""
_SAMPLE = dip_sample.moments(world.FORCE, "H1", "2016-03", 3)
sampled = narrowed(
    calls,
    call_ref=one_of("K-1", "K-2", "K-3", "K-4", "k/5"),
    handled_at=st.builds(int.__add__, st.sampled_from((START, *_SAMPLE)), one_of(-1, 0, 0, 1, -9 * DAY, 20 * DAY)),
    call_handler=one_of("H1", "H1", "H1", "h-1", "H2"),
    reviewed_at=one_of(None, None, START + 2 * DAY, START + 12 * DAY),
    reviewed_by=one_of(None, None, "S1"),
    ncrs_compliant=one_of(None, True, False),
)
"""Calls of few handlers, at and beside the moments of the dip sample and elsewhere in the month."""
reviewed = narrowed(
    sampled,
    call_ref=st.just("K-1"),
    event_time=st.sampled_from(range(6)).map(lambda days: _SAMPLE[1] + days * DAY),
    handled_at=st.just(_SAMPLE[1]),
    call_handler=st.just("H1"),
    reviewed_at=one_of(None, _SAMPLE[1] + DAY, _SAMPLE[1] + DAY, _SAMPLE[1] + 4 * DAY),
)
"""One call that is chosen, its review and what the review says of the NCRS in time or not."""
