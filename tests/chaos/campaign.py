"""The campaign: everything that can go wrong, done to a whole installation, round after round, and what came of it.

    python -m tests.chaos.campaign [--minutes 5] [--seed 11] [--report REPORT.md] [--only NAME,NAME]
        [--without NAME,NAME] [--keep FOLDER]

On the embedded broker it feeds seeded stories of several forces (:mod:`tests.chaos.stories`) to workers, with a board
and a notifier, while injections (:mod:`tests.chaos.injections.catalogue`) kill, suspend, cut off, mislead and fill up
whatever there is.  After each round it waits for the clocks and checks (:mod:`tests.chaos.judgement`): nothing lost,
nothing doubled, nothing different.  Exit 1 where anything was.

A seed draws the same records and the same injections; how the processes meet them is never the same twice.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from agents.settings.kafka_log import KAFKA_LOGGER
from tests.chaos.findings import Verdict
from tests.chaos.injections.catalogue import INJECTIONS
from tests.chaos.injections.injection import Injection
from tests.chaos.judgement import Judgement
from tests.chaos.report import Report, as_markdown, this_machine, write_report
from tests.chaos.rounds import Round, add_scenario, new_feed
from tests.chaos.site.broker import Broker
from tests.chaos.site.installation import (
    Receiver,
    Site,
    installation,
    start_everything,
    webhook_receiver,
)

ROUNDS = 8
"""Rounds in one installation: enough days for matters to be forgotten, and their files to be fed again."""
AT_ONCE = (4, 7)
"""Injections in one round."""


def run(minutes: float, seed: int, injections: Sequence[Injection], folder: Path, report: Report) -> None:
    """Run rounds until the time is over, in one installation after another."""
    end = time.monotonic() + minutes * 60
    deck = _deck(random.Random(f"{seed} deck"), injections)
    with Broker(folder / "kafka") as broker:
        for number in itertools.count(1):
            if time.monotonic() >= end:
                return
            _run_installation(broker, folder / f"installation-{number}", f"{seed} {number}", end, deck, report)


def _run_installation(
    broker: Broker, folder: Path, seed: str, end: float, deck: Iterator[Injection], report: Report
) -> None:
    """Run rounds in one installation, until one of them finds something."""
    receiver = Receiver()
    report.installations += 1
    with (
        broker.proxies() as proxies,
        webhook_receiver(receiver) as url,
        installation(broker, folder, str(report.installations), kept=report.kept) as (settings, fleet),
    ):
        dice = random.Random(seed)
        feed = new_feed(settings)
        site = Site(settings, broker, proxies, fleet, receiver, feed, dice)
        add_scenario(feed, dice)
        feed.open()
        start_everything(site, url)
        judgement, verdicts = Judgement(site), list[Verdict]()
        for number in range(1, ROUNDS + 1):
            planned = list(itertools.islice(deck, dice.randint(*AT_ONCE)))
            round_ = Round(site, f"{seed} {number}", planned)
            round_.run()
            verdicts = judgement.verdicts(round_.stuck)
            report.add_round(round_, verdicts)
            _say(report, f"{seed}, round {number}", planned, verdicts)
            if any(verdict.findings for verdict in verdicts) or time.monotonic() >= end:
                break
        report.add_installation(site, verdicts)


def _deck(dice: random.Random, injections: Sequence[Injection]) -> Iterator[Injection]:
    """Deal the injections, each once before any comes again."""
    while True:
        yield from dice.sample(injections, len(injections))


def _say(report: Report, where: str, planned: Sequence[Injection], verdicts: Sequence[Verdict]) -> None:
    found = sum(len(verdict.findings) for verdict in verdicts)
    names = ", ".join(injection.name for injection in planned)
    outcome = f"{found} findings" if found else "well"
    sys.stdout.write(f"seed {where}: {names}: {outcome}\n")
    for finding in [finding for verdict in verdicts for finding in verdict.findings][:5]:
        sys.stdout.write(f"    {finding}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run the campaign and write its report; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.campaign", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to begin new rounds (5)")
    parser.add_argument("--seed", type=int, default=None, help="another seed, other stories; drawn without it")
    parser.add_argument("--report", type=Path, default=None, help="where to write it: .md, and .json beside it")
    parser.add_argument(
        "--keep", type=Path, default=None, help="a folder for logs and data, which are thrown away without it"
    )
    parser.add_argument("--machine", default=this_machine(), help="what it runs on, in words for the report")
    parser.add_argument("--only", default="", help="names of injections, with commas; all of them without it")
    parser.add_argument("--without", default="", help="names of injections that are left out, with commas")
    chosen = parser.parse_args(arguments)
    only, without = ({name for name in names.split(",") if name} for names in (chosen.only, chosen.without))
    if unknown := (only | without) - {injection.name for injection in INJECTIONS}:
        parser.error(f"no injection is called {', '.join(sorted(unknown))}")
    wanted = (only or {injection.name for injection in INJECTIONS}) - without
    injections = [injection for injection in INJECTIONS if injection.name in wanted]
    seed = random.SystemRandom().randrange(1_000_000) if chosen.seed is None else chosen.seed
    KAFKA_LOGGER.addHandler(logging.NullHandler())  # it tells of what we do to it
    sys.stdout.write(f"chaos: seed {seed}, {chosen.minutes:g} minutes, {len(injections)} injections\n")
    sys.stdout.flush()
    report = Report(seed, chosen.minutes, tuple(injections), chosen.machine, kept=chosen.keep is not None)
    try:
        with tempfile.TemporaryDirectory(prefix="cdi-chaos-") as folder:
            run(chosen.minutes, seed, injections, chosen.keep or Path(folder), report)
    finally:
        if chosen.report is not None:
            write_report(report, chosen.report)
    sys.stdout.write(as_markdown(report))
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
