"""What the doctor checks of clocks and feeds, from the clocks that the workers publish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from agents.kafka.reader import SkippedMessages, latest_records
from agents.settings.clock import wall_clock
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.products import ForceClock
from schemas.quantities import counted
from schemas.times import to_rfc3339
from streams.facts.fill import FieldCounts
from streams.policy.calendar import DAY, MINUTE
from streams.policy.times_in_words import local_and_utc, span
from streams.reports.field_fill import DAYS
from streams.reports.unjudged import sentences, unjudged_rules
from streams.topology.topics import CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from schemas.products import FeedState
    from streams.policy import PolicyBook
    from streams.policy.schedules import Schedule

_RUNBOOK: Final = "see 'A feed is silent' in the runbook"


def clocks(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Check each force's clock, and the feeds that it waits for."""
    skipped = SkippedMessages(settings, CLOCKS)
    by_force = latest_records(settings, CLOCKS, ForceClock, skipped)
    if skipped.count:
        messages = counted(skipped.count, "message")
        fault = f"{CLOCKS.name}: {skipped.reason}: {messages} cannot be read, the first {skipped.first}"
        yield wrong(fault, "see 'Our own messages cannot be read' in the runbook")
    if not by_force:
        yield Diagnosis("note", "no force has been heard of yet: feed something with 'cdi feed'")
    for _, clock in sorted(by_force.items()):
        wall = wall_clock()
        if clock.clock is not None:
            yield _clock(clock, clock.clock, wall)
        yield from feeds(clock, book, wall)
        yield from naming(clock, book, wall)
        yield from fields(clock, book)


def _clock(clock: ForceClock, moment: int, wall: int) -> Diagnosis:
    """Say where a clock stands, and whether a live one is ahead of ``wall`` (ms).

    Nothing falls due under such a one until the wall clock has caught up.
    """
    line = f"{clock.force}: the {clock.mode.lower()} clock stands at {to_rfc3339(moment)}{held_by(clock)}"
    if clock.mode == "LIVE" and moment > wall + MINUTE:
        return wrong(f"{line}, {span(moment - wall)} ahead of this machine's", "see 'A clock is ahead' in the runbook")
    return Diagnosis("ok", line)


def feeds(clock: ForceClock, book: PolicyBook, wall: int) -> Iterator[Diagnosis]:
    """Name the expected feeds that are silent, were never heard, or send no heartbeats.

    Only under the wall clock is a feed silent because its newest heartbeat is long ago (``wall``, ms).
    """
    for feed in clock.feeds:
        if not feed.named:
            continue
        if feed.complete_through is None:
            yield _never_heard(clock, feed)
        elif clock.mode == "LIVE" and (silent := _silent(clock.force, feed, book, wall)) is not None:
            yield silent
        elif clock.mode == "STREAM":
            yield from _left_behind(clock.force, feed)
        if feed.complete_through is not None and not feed.heartbeat:
            yield Diagnosis(
                "note",
                f"{clock.force}: {feed.topic} sends no heartbeats, so it counts as complete only up to "
                f"{span(book.allowed_lateness(feed.topic))} before its newest record: have its connector send them",
            )


def naming(clock: ForceClock, book: PolicyBook, wall: int) -> Iterator[Diagnosis]:
    """Name the feeds that nobody has connected, with what is not judged for want of them.

    A live force is known to have a feed that its own policy does not name once it is heard.  Other feeds that the
    workers and this policy do not both name are wrong.
    """
    named, stated = frozenset(feed.topic for feed in clock.feeds if feed.named), book.feeds(clock.force)
    possible = book.awaited_feeds(clock.force) if clock.mode == "LIVE" else frozenset[str]()
    if awaited := sorted(possible - named):
        yield Diagnosis("note", f"{clock.force}: nobody has connected {', '.join(awaited)}: not missed until heard")
        for sentence in sentences(
            unjudged
            for unjudged in unjudged_rules(book, clock.force, named, wall)
            if unjudged.cause == "FEED_NOT_CONNECTED"
        ):
            yield Diagnosis("note", f"{clock.force}: {sentence}")
    if differing := sorted(named - possible if possible else named ^ stated):
        yield wrong(
            f"{clock.force}: the workers' policy and the one given here name different feeds ({', '.join(differing)})",
            "give every process the same file in CDI_POLICY, and the doctor too (or with --policy)",
        )


def fields(clock: ForceClock, book: PolicyBook) -> Iterator[Diagnosis]:
    """Say how often each field of a feed is stated, and which are probably lacking."""
    policy = book.at(clock.clock or 0)
    for feed in clock.feeds:
        if not feed.records:
            continue
        counts = FieldCounts.of(feed)
        of = f"of {counted(feed.records, 'record')} of the last {DAYS} days"
        shares = ", ".join(f"{name} {counts.share(name):.0%}" for name in counts.stated)
        yield Diagnosis("note", f"{clock.force}: {feed.topic}: stated {of}: {shares}")
        if doubtful := counts.probably_lacking(policy.lacked(clock.force, feed.topic)):
            line = (
                f"{clock.force}: {feed.topic}: probably lacking, since under 1 % {of} state it: {', '.join(doubtful)}"
            )
            yield Diagnosis("note", f"{line}; if the system does not hold them, say so in the policy ([lacks])")


def held_by(clock: ForceClock) -> str:
    """Name the feeds, and their sources, that hold a stream clock back; nothing where none does."""
    named_feeds = [feed for feed in clock.feeds if feed.named and feed.complete_through is not None]
    least = min((feed.complete_through or 0 for feed in named_feeds), default=0)
    holding = [feed for feed in named_feeds if feed.complete_through == least]
    if clock.mode != "STREAM" or len(holding) == len(named_feeds):
        return ""
    return f", held by {'; '.join(map(_slowest, holding))}"


def _left_behind(force: str, feed: FeedState) -> Iterator[Diagnosis]:
    """Name the sources that send no more heartbeats while others of their feed do.

    They hold the feed back.
    """
    through = feed.complete_through or 0
    furthest = max((source.complete_through for source in feed.sources), default=through)
    if furthest - through > DAY:
        yield Diagnosis(
            "note",
            f"{force}: {_slowest(feed)} has vouched for nothing after {to_rfc3339(through)}; the feed's other sources "
            f"have, through {to_rfc3339(furthest)}",
        )


def _slowest(feed: FeedState) -> str:
    """Return a feed's name, with those of its sources that are furthest behind."""
    behind = [source.source for source in feed.sources if source.complete_through == feed.complete_through]
    return f"{feed.topic} ({', '.join(behind)})" if behind else feed.topic


def _never_heard(clock: ForceClock, feed: FeedState) -> Diagnosis:
    line = f"{clock.force}: {feed.topic} was never heard"
    to_do = "connect it, or leave it out of the policy (installation.feeds_by_force)"
    if clock.mode == "STREAM":
        return Diagnosis("note", f"{line}, and the clock waits for it: {to_do}")
    return wrong(line, to_do)


def _silent(force: str, feed: FeedState, book: PolicyBook, wall: int) -> Diagnosis | None:
    """Say that a feed has said nothing, or vouches for nothing new, by when it is expected to."""
    schedule = book.schedule(force, feed.topic, wall)
    if feed.heard_at is not None and wall > book.silent_after(force, feed.topic, feed.heard_at, wall):
        ago = span(wall - feed.heard_at)
        line = f"{force}: {feed.topic} was last heard {ago} ago, {local_and_utc(feed.heard_at)}; "
        return wrong(f"{line}{_expected(schedule, 0)}", _RUNBOOK)
    through = feed.complete_through or 0
    if feed.heard_at is not None and through <= 0:
        return Diagnosis(
            "note",
            f"{force}: {feed.topic} has vouched for nothing yet: what rests on it is provisional until its way in "
            f"does, or 'cdi feed --complete --feed {feed.topic} --until T'",
        )
    lateness = 0 if feed.heartbeat else book.allowed_lateness(feed.topic)
    if wall <= book.late_after(force, feed.topic, through, wall, lateness):
        return None
    slowest_source = min(feed.sources, key=lambda source: source.complete_through, default=None)
    source = "" if slowest_source is None else f" (its source {slowest_source.source})"
    return wrong(
        f"{force}: {feed.topic}{source} is complete only through {to_rfc3339(through)}, {span(wall - through)} ago; "
        f"{_expected(schedule, lateness)}",
        _RUNBOOK,
    )


def _expected(schedule: Schedule, lateness: int) -> str:
    """Say when a feed is expected, with how late (ms) it may be besides."""
    if schedule.every:
        return f"it may be silent for {span(schedule.every + schedule.grace + lateness)}"
    return f"it is expected {schedule.in_words()}"
