"""Somebody feeds the files of long ago once more, heartbeats and all."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site
from tests.streams.world import DAY


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Send all that is older than the policy remembers, or else the older half, in the order of its day."""
    sent = sorted(site.feed.sent.values(), key=lambda record: (record.event_time, record.event_id))
    forgotten = [record for record in sent if record.event_time < site.feed.through - 36 * DAY]
    site.feed.send(forgotten or sent[: len(sent) // 2])
    site.feed.vouch(dice.choice((0, site.feed.through - DAY)))
    yield


INJECTION = Injection("old-files", "what was forgotten by now is fed again, heartbeats and all", inject)
