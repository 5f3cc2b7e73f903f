"""The changelog of the state is lost, as by a topic that was deleted: everything is judged from the beginning."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from confluent_kafka.admin import AdminClient

from agents.kafka.topics import create_topics
from streams.topology.topics import STATE_CHANGELOG
from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds

_PATIENCE_SECONDS = 30.0


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Stop the workers, make the changelog anew, and start them again."""
    site.fleet.hold_workers()
    yield
    admin, name = AdminClient(site.settings.client()), site.settings.topic(STATE_CHANGELOG)
    admin.delete_topics([name])[name].result(_PATIENCE_SECONDS)
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while name in admin.list_topics(timeout=_PATIENCE_SECONDS).topics and time.monotonic() < give_up_at:
        yield from seconds(0.2)
    create_topics(site.settings)
    yield from seconds(dice.uniform(0, 1))
    site.fleet.release_workers()


INJECTION = Injection(
    "state-lost", "the state's changelog is deleted and made anew, empty, while workers are stopped", inject
)
