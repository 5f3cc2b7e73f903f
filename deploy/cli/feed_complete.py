"""``cdi feed --complete``: declare feeds complete, all of them or some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from agents.kafka.reader import latest_records
from agents.kafka.topic_differences import check_topics, describe
from agents.settings.clock import wall_clock
from agents.topics.feeds import FeedProducer
from deploy.cli.framework.arguments import moment, require_forces
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import printable, tell
from deploy.files.completion import (
    FeedCompletion,
    VouchedByForce,
    feed_completions,
    moving_forward,
    send_completions,
    sources_by_force,
)
from schemas.products import ForceClock
from schemas.quantities import counted
from schemas.records import POSSIBLE_FEEDS
from schemas.times import to_rfc3339
from streams.facts.completeness import STAND_IN
from streams.policy.reading import did_you_mean
from streams.topology.topics import CLOCKS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_NAMED_MOST: Final = 3
"""Feeds whose names stand beside their number."""


class Chosen(NamedTuple):
    """What is declared complete: all that there is of a kind where none is named."""

    forces: Sequence[str]
    feeds: Sequence[str]
    sources: Sequence[str]


def complete_feeds(until: str, chosen: Chosen, *, new_force: bool) -> None:
    """Declare feeds complete through a time, and say which.  Raises UsageError, CommandError."""
    through = moment("--until", until)
    for topic in chosen.feeds:
        if topic not in POSSIBLE_FEEDS:
            raise UsageError(
                f"--feed: {printable(topic)} is no feed{did_you_mean(topic, POSSIBLE_FEEDS)}: these are "
                f"{', '.join(POSSIBLE_FEEDS)}"
            )
    settings = connected_settings()
    book = book_of(settings)
    if through > wall_clock() + book.far_future:
        raise UsageError("--until: further ahead than the policy's far_future allows; it would be a dead letter")
    require_topics(settings)
    vouched = sources_by_force(settings)
    if not new_force:
        known = {*vouched, *book.installation.feeds_by_force}
        require_forces(chosen.forces, known, "; --new-force completes it before it is heard of")
    if not (vouched or chosen.forces):
        raise CommandError("no force has been heard of on any source topic, so there is nothing to complete")
    feeds = list(feed_completions(vouched, book, chosen.forces, chosen.feeds))
    if chosen.feeds:
        feeds = _of_feeds(feeds, chosen)
        unconnected: list[FeedCompletion] = []
    else:
        unconnected = list(_unconnected(feeds, vouched, settings, book))
        feeds = [feed for feed in feeds if feed not in unconnected]
    if chosen.sources:
        feeds = _of_sources(feeds, chosen.sources)
    forward = list(moving_forward(feeds, vouched, through))
    send_completions(FeedProducer(settings), forward, through)
    for line in (*_completed(feeds, forward, through), *_left_alone(unconnected)):
        tell(line)


def require_topics(settings: Settings) -> None:
    """Raise CommandError where topics differ.

    With other partitions, a force would go where no worker expects it.
    """
    if differences := check_topics(settings, periods=False):
        more = f" (and {len(differences) - 1} more)" if len(differences) > 1 else ""
        first = describe(differences[0])
        raise CommandError(f"the topics are not as they must be: {first}{more}; see 'cdi topics check'")


def _of_feeds(feeds: list[FeedCompletion], chosen: Chosen) -> list[FeedCompletion]:
    """Return the feeds that are named.  Raises CommandError for one that the policy names for no force."""
    for topic in chosen.feeds:
        if all(feed.topic != topic for feed in feeds):
            whose = " or ".join(map(printable, chosen.forces)) or "any force heard of"
            raise CommandError(f"the policy names no {topic} for {whose}, so nothing waits for it")
    return [feed for feed in feeds if feed.topic in chosen.feeds]


def _unconnected(
    feeds: Iterable[FeedCompletion], vouched: VouchedByForce, settings: Settings, book: PolicyBook
) -> Iterator[FeedCompletion]:
    """Yield the feeds that nobody has connected or misses: a heartbeat would name them from then on."""
    live = {clock.force for clock in latest_records(settings, CLOCKS, ForceClock).values() if clock.mode == "LIVE"}
    for feed in feeds:
        is_awaited = feed.topic in book.awaited_feeds(feed.force)
        if feed.force in live and is_awaited and feed.topic not in vouched.get(feed.force, {}):
            yield feed


def _of_sources(feeds: list[FeedCompletion], names: Sequence[str]) -> list[FeedCompletion]:
    """Return the feeds that these sources vouch for.

    Raises CommandError for a source that has vouched for none of them: its word would hold the feed from then on.
    """
    known = sorted({source for feed in feeds for source in feed.sources})
    for name in names:
        if name not in known:
            raise CommandError(
                f"--source: {printable(name)} has vouched for none of these feeds{did_you_mean(name, known)}; those "
                f"that did: {', '.join(map(printable, known))}"
            )
    chosen = (feed._replace(sources=tuple(name for name in feed.sources if name in names)) for feed in feeds)
    return [feed for feed in chosen if feed.sources]


def _completed(feeds: list[FeedCompletion], forward: list[FeedCompletion], through: int) -> Iterator[str]:
    """Say which feeds were declared complete, and which were already."""
    for force, group in groupby(forward, key=lambda feed: feed.force):
        of_force = list(group)
        names = f": {', '.join(feed.topic for feed in of_force)}" if len(of_force) <= _NAMED_MOST else ""
        yield f"{force}: {counted(len(of_force), 'feed')} complete through {to_rfc3339(through)}{names}"
        if alone := [feed.topic for feed in of_force if feed.sources == (STAND_IN,)]:
            yield f"{force}: no source has vouched for {', '.join(alone)} yet: {STAND_IN} stands in until one does"
    moved = {(feed.force, feed.topic) for feed in forward}
    standing = (feed for feed in feeds if (feed.force, feed.topic) not in moved)
    for force, group in groupby(standing, key=lambda feed: feed.force):
        names = ", ".join(feed.topic for feed in group)
        yield f"{force}: complete through {to_rfc3339(through)} or later already, so nothing was sent for: {names}"


def _left_alone(unconnected: Iterable[FeedCompletion]) -> Iterator[str]:
    """Say which feeds were left alone since nobody has connected them."""
    for force, group in groupby(unconnected, key=lambda feed: feed.force):
        names = ", ".join(feed.topic for feed in group)
        yield (
            f"{force}: nobody has connected {names}: left as they are, and not missed; --feed TOPIC completes one, "
            "which is missed from then on"
        )
