"""What the doctor says of feeds that say nothing, by the clocks that workers publish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from deploy.diagnosis import Diagnosis, wrong
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from schemas.products import FeedState, ForceClock
    from streams.policy import PolicyBook

_MINUTE: Final = 60_000
_RUNBOOK: Final = "see 'A feed is silent' in the runbook"


def feeds(clock: ForceClock, book: PolicyBook, wall: int) -> Iterator[Diagnosis]:
    """Name the feeds of a force that the policy expects and that have fallen silent, were never heard, or never vouch.

    How long ago something was is told of a live force alone: under the stream clock no feed need keep up with ours.
    """
    for feed in clock.feeds:
        if not feed.named:
            continue
        if feed.complete_through is None:
            yield _never_heard(clock, feed)
        elif clock.mode == "LIVE" and (silent := _silent(clock.force, feed, book, wall)) is not None:
            yield silent
        if feed.complete_through is not None and not feed.heartbeat:
            yield Diagnosis(
                "note",
                f"{clock.force}: {feed.topic} sends no heartbeats, so it counts as complete only up to "
                f"{span(book.allowed_lateness(feed.topic))} before its newest record: have its connector send them",
            )


def _never_heard(clock: ForceClock, feed: FeedState) -> Diagnosis:
    line = f"{clock.force}: {feed.topic} was never heard"
    to_do = "connect it, or leave it out of the policy (installation.feeds_by_force)"
    if clock.mode == "STREAM":
        return Diagnosis("note", f"{line}, and the clock waits for it: {to_do}")
    return wrong(line, to_do)


def _silent(force: str, feed: FeedState, book: PolicyBook, wall: int) -> Diagnosis | None:
    through = feed.complete_through or 0
    limit = book.silence_interval(feed.topic) + (0 if feed.heartbeat else book.allowed_lateness(feed.topic))
    if wall - through <= limit:
        return None
    slowest = min(feed.sources, key=lambda source: source.complete_through, default=None)
    whose = "" if slowest is None else f" (its source {slowest.source})"
    return wrong(
        f"{force}: {feed.topic}{whose} is complete only through {to_rfc3339(through)}, {span(wall - through)} ago; it "
        f"may be silent for {span(limit)}",
        _RUNBOOK,
    )


def span(milliseconds: int) -> str:
    """Say how long something is, to the minute: ``2 d 3 h``, ``25 min``."""
    minutes = milliseconds // _MINUTE
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
