"""What the doctor checks of the feeds of ``feeds.toml``: whether each one runs here, and gets on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from agents.settings.clock import wall_clock
from deploy.connect.cursors import Cursors, CursorsUnavailableError, FeedCondition
from deploy.connect.feeds_file import FeedsFileError, find_feeds_file, read_feeds
from deploy.connect.process import is_running
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.times import to_rfc3339
from streams.policy.calendar import MINUTE
from streams.policy.times_in_words import span

if TYPE_CHECKING:
    from agents.settings.settings import Settings

_RUNBOOK: Final = "see 'A feed stands still' in the runbook"
_STANDS_STILL_MS: Final = 15 * MINUTE


def connected_feeds(settings: Settings) -> Iterator[Diagnosis]:
    """Check each feed of the file of feeds, if there is one."""
    path = find_feeds_file(settings)
    if path is None:
        return
    try:
        definitions = read_feeds(path)
        cursors = Cursors(settings.data, settings.prefix)
    except (FeedsFileError, CursorsUnavailableError) as failure:
        yield wrong(str(failure), "no feed of it comes in")
        return
    for name in definitions:
        yield from condition(name, cursors.condition(name), wall_clock(), runs=is_running(settings.data, name))
    cursors.close()


def condition(name: str, state: FeedCondition, wall: int, *, runs: bool) -> Iterator[Diagnosis]:
    """Say how a feed is, by the wall clock (ms)."""
    if not runs:
        yield wrong(f"feed {name}: no process of this machine runs it", f"run 'cdi up', or 'cdi connect {name}'")
    if state.trouble is not None:
        since = to_rfc3339(state.trouble_since or wall)
        yield wrong(f"feed {name}: {state.trouble} (since {since})", _RUNBOOK)
    elif runs and wall - (state.looked_at or 0) > _STANDS_STILL_MS:
        since = "it never got on" if state.looked_at is None else f"it last got on {span(wall - state.looked_at)} ago"
        yield wrong(f"feed {name}: {since}", _RUNBOOK)
    elif runs:
        brought = "nothing yet" if state.succeeded_at is None else f"last at {to_rfc3339(state.succeeded_at)}"
        yield Diagnosis("ok", f"feed {name} runs; it brought something: {brought}")
    if state.remark is not None:
        yield Diagnosis("note", f"feed {name}: {state.remark}")
