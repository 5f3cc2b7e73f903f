"""One round: some weeks of the stream clock, fed in parts, while injections do their work."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from deploy import scenario
from tests.chaos import stories
from tests.chaos.site.clocks import clocks_of
from tests.chaos.site.feed import Feed
from tests.chaos.site.installation import Site
from tests.streams import histories
from tests.streams.world import DAY, HOUR

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from tests.chaos.injections.injection import Injection

FORCES: Final = ("LEICS", "DERBS", "NOTTS", "LINCS")
START: Final = histories.START
DAYS: Final = 20
"""How far a round moves the stream clock."""
PARTS: Final = 15
STORIES: Final = 24
"""New stories of a round, over all forces."""
STEP_SECONDS: Final = 0.05
INJECTION_SECONDS: Final = 240.0
"""How long an injection may take before it is a fault of its own."""
CLOCK_SECONDS: Final = 180.0
"""How long workers may take to bring the clocks to the round's end, once nothing disturbs them any more."""
SCENARIO_FORCE: Final = "LEICS"
SCENARIO_SHARE: Final = 0.5


def new_feed(settings: Settings) -> Feed:
    """Make the feeds of an installation, with the scenario's sources beside the stories' own."""
    sources: dict[str, set[str]] = {}
    for record in scenario.events():
        sources.setdefault(record.TOPIC, set()).add(record.source)
    return Feed(settings, FORCES, START, sources)


def add_scenario(feed: Feed, dice: random.Random) -> None:
    """Add a part of the Leicestershire scenario, as if it happened from the start of the stream on."""
    events = scenario.events()
    by = START + DAY - min(event.event_time for event in events)
    feed.add(
        msgspec.structs.replace(histories.shifted(event, by), force=SCENARIO_FORCE)
        for event in events
        if dice.random() < SCENARIO_SHARE
    )


class Round:
    """Feeds some weeks, with these injections on the way."""

    def __init__(self, site: Site, seed: str, injections: Sequence[Injection]) -> None:
        self._site = site
        self._seed = seed
        self._dice = random.Random(seed)
        self._planned = list(injections)
        self._ongoing: list[tuple[str, Iterator[None], float]] = []
        self.injected: Counter[str] = Counter()
        self.stuck: list[str] = []
        """What did not come to an end."""

    def run(self) -> None:
        """Feed the round in parts, and wait until injections are over and the clocks have arrived."""
        site, begin = self._site, self._site.feed.through
        site.completing = False
        self._add_stories(begin + HOUR)
        cuts = sorted(self._dice.sample(range(1, DAYS * 24), PARTS - 1))
        for cut in (*cuts, DAYS * 24):
            self._begin(self._dice.choice((0, 1)))
            site.completing = cut == DAYS * 24
            self._pass(0)
            site.feed.deliver(begin + cut * HOUR, self._dice)
            self._pass(self._dice.uniform(0.1, 2))
        self._begin(len(self._planned))
        while self._ongoing:
            self._pass(STEP_SECONDS)
        site.completing = False
        self._wait_for_clocks()

    def _add_stories(self, start: int) -> None:
        feed, dice = self._site.feed, self._dice
        for history in stories.draw(dice.randrange(1 << 30), STORIES):
            at = start + dice.randrange(DAYS) * DAY
            feed.add_story(stories.told_as(history, feed.next_number(), dice.choice(FORCES), at))

    def _begin(self, count: int) -> None:
        for injection in self._planned[:count]:
            dice = random.Random(f"{self._seed} {injection.name} {self.injected[injection.name]}")
            give_up_at = time.monotonic() + INJECTION_SECONDS
            self._ongoing.append((injection.name, injection.inject(self._site, dice), give_up_at))
            self.injected[injection.name] += 1
        self._planned = self._planned[count:]

    def _pass(self, duration: float) -> None:
        """Let time pass: injections go on, and what ended is started again."""
        until = time.monotonic() + duration
        while True:
            self._ongoing = [ongoing for ongoing in self._ongoing if self._goes_on(*ongoing)]
            self._site.fleet.keep_running()
            if time.monotonic() >= until:
                return
            time.sleep(STEP_SECONDS)

    def _goes_on(self, name: str, injection: Iterator[None], give_up_at: float) -> bool:
        if next(injection, self) is self:
            return False
        if time.monotonic() > give_up_at:
            self.stuck.append(f"the injection {name} does not end")
            return False
        return True

    def _wait_for_clocks(self) -> None:
        expected = dict.fromkeys(self._site.feed.forces, self._site.feed.through)
        give_up_at = time.monotonic() + CLOCK_SECONDS
        while (clocks := clocks_of(self._site.settings)) != expected:
            if time.monotonic() > give_up_at:
                self.stuck.append(f"the clocks stand at {clocks}, {self._site.feed.through} was expected")
                return
            self._pass(0.5)
