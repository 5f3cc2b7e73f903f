"""The policy of the installation: its feeds, how late they may be, and how long matters are kept.

None of it is effective-dated: it is about the machine that watches, not about the rules it watches.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.policy.value_types import Duration, DurationOrZero, FeedName, Feeds, Force, Names, YesOrNo


class Installation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The installation's settings; lengths of time are ms, feeds are topic names without a prefix."""

    allowed_lateness: DurationOrZero
    allowed_lateness_by_feed: Mapping[FeedName, DurationOrZero]
    save_lag: DurationOrZero
    settling_time: DurationOrZero
    far_future: DurationOrZero
    silence_interval: Duration
    silence_interval_by_feed: Mapping[FeedName, Duration]
    feeds: Feeds
    feeds_once_heard: YesOrNo
    """Whether, live, a feed is named for a force once it is heard, whatever ``feeds`` says."""
    feeds_by_force: Mapping[Force, Feeds]
    forces_without_registrar: Names
    people_assess: YesOrNo
    forget_after: Duration
    published_for: Duration
