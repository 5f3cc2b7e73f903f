"""A host whose clock is days wrong ticks for a live force: when another takes over, the clock is right."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from agents.settings.clock import wall_clock
from agents.topics.feeds import FeedProducer
from tests.chaos.checks.live_clock import check_live_clock, is_right
from tests.chaos.injections.injection import Injection
from tests.chaos.site.clocks import clocks_of
from tests.chaos.site.fleet import Service
from tests.chaos.site.installation import Site, installation, seconds
from tests.streams.world import DAY, incident

FORCE = "LEICS"
_TICKING_SECONDS = 6.0
_PATIENCE_SECONDS = 120.0


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Run a live installation of one force, first by a worker of wrong clock alone, then by a right one."""
    days = dice.choice((-2, 2, 10))
    name = f"live-{uuid.uuid4().hex[:8]}"
    with installation(site.broker, site.settings.data / name, name, clock="live") as (settings, fleet):
        live = replace(site, settings=settings, fleet=fleet)
        producer = FeedProducer(settings)
        producer.send(incident(wall_clock() - DAY, force=FORCE, crimes_expected=1))
        producer.flush()
        wrong = fleet.add(live.worker("worker-wrong", ("tests.chaos.site.skewed_worker", str(days))))
        yield from _ready(live, wrong)
        yield from _kept(live, _TICKING_SECONDS)
        fleet.remove(wrong)
        fleet.add(live.worker("worker-right"))
        for _ in _kept(live, _PATIENCE_SECONDS):
            if is_right(clocks_of(settings).get(FORCE), wall_clock()):
                break
            yield
        check_live_clock(clocks_of(settings).get(FORCE), wall_clock(), days, site.observed)


def _ready(live: Site, worker: Service) -> Iterator[None]:
    for _ in _kept(live, _PATIENCE_SECONDS):
        if worker.running and worker.answers("/ready"):
            return
        yield


def _kept(live: Site, duration: float) -> Iterator[None]:
    """Let time pass, and start again what has ended."""
    for step in seconds(duration):
        live.fleet.keep_running()
        yield step


INJECTION = Injection(
    "live-clock-skewed",
    "a live force is ticked by a host whose clock is days fast or slow, then by a right one",
    inject,
)
