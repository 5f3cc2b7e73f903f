"""Records come as CSV exports by ``cdi feed`` with a mapping: sound files, torn ones, and files full of bad rows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from deploy.local.child_process import environment_of
from schemas.records import Snapshot
from tests.chaos import stories
from tests.chaos.checks.csv_feeding import Feeding, check_feeding, is_as_expected
from tests.chaos.injections.injection import Injection
from tests.chaos.site import csv_files
from tests.chaos.site.csv_files import CsvFile
from tests.chaos.site.fleet import ROOT
from tests.chaos.site.installation import Site
from tests.streams.world import DAY

_STORIES: Final = 6
_TOPICS: Final = 3
"""Topics whose records are exported, those with the most; the others' are sent as ever."""
_AHEAD: Final = 8 * DAY
"""How far ahead of what is vouched for these stories begin: an export takes its time."""
_FEED_SECONDS: Final = 120.0
_SUMMARY: Final = re.compile(r"^([0-9]+) snapshots? and ", re.MULTILINE)
_NEVER_ENDED: Final = -1
_ATTEMPTS: Final = 4
"""How often a file is fed while the broker does not answer."""


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Feed some stories, a topic as one file or as two, and compare what is said of the bad rows."""
    told = [_story(site, history, dice) for history in stories.draw(dice.randrange(1 << 30), _STORIES)]
    by_topic: dict[type[Snapshot], list[Snapshot]] = defaultdict(list)
    for record in (record for story in told for record in story.records):
        by_topic[type(record)].append(record)
    exported = sorted(by_topic, key=lambda record: len(by_topic[record]))[-_TOPICS:]
    files = [(record, file) for record in exported for file in _files(by_topic[record], dice)]
    site.feed.send(record for story in told for record in story.records if type(record) not in exported)
    feeding = threading.Thread(target=_feed_all, args=(site, files), daemon=True)
    feeding.start()
    site.feed.hold(min(story.start for story in told) - DAY, feeding.join)
    while feeding.is_alive():
        yield
    for story in told:
        site.feed.note_story(story)


def _story(site: Site, history: list[Snapshot], dice: Random) -> stories.Story:
    force, start = dice.choice(site.feed.forces), site.feed.through + _AHEAD
    story = stories.told_as(history, site.feed.next_number(), force, start)
    return replace(story, records=tuple(csv_files.plain(record, dice) for record in story.records))


def _files(records: Sequence[Snapshot], dice: Random) -> list[CsvFile]:
    """Write records as files of which the last has them all."""
    first = dice.choice((None, None, csv_files.torn, csv_files.torn_archive))
    whole = dice.choice((csv_files.sound, csv_files.hostile))
    return [write(records, dice) for write in (first, whole) if write is not None]


def _feed_all(site: Site, files: Sequence[tuple[type[Snapshot], CsvFile]]) -> None:
    folder = site.settings.data / "exports"
    folder.mkdir(exist_ok=True)
    for record, file in files:
        path = folder / f"{len(list(folder.iterdir()))}.csv"
        path.write_bytes(file.content)
        mapping = path.with_suffix(".toml")
        mapping.write_text(csv_files.mapping_of(record), encoding="utf-8")
        feeding = _feed(site, record.TOPIC, path, mapping, path.with_suffix(".rejected"))
        for attempt in range(1, _ATTEMPTS):
            if is_as_expected(file, feeding):
                break
            feeding = _feed(site, record.TOPIC, path, mapping, path.with_suffix(f".{attempt}.rejected"))
        check_feeding(file, feeding, site.fed)


def _feed(site: Site, topic: str, path: Path, mapping: Path, rejects: Path) -> Feeding:
    """Run ``cdi feed``."""
    options = ("--mapping", str(mapping), "--rejects", str(rejects), "--strict")
    log = rejects.with_suffix(".log")
    with log.open("wb") as output:
        try:
            status = subprocess.run(
                [sys.executable, "-m", "deploy", "feed", topic, str(path), *options],
                cwd=ROOT,
                env={**os.environ, **environment_of(site.settings)},
                stdout=output,
                stderr=output,
                timeout=_FEED_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return Feeding(_NEVER_ENDED, None, ())
    summary = _SUMMARY.search(log.read_text(encoding="utf-8", errors="replace"))
    lines = rejects.read_text(encoding="utf-8").splitlines() if rejects.exists() else []
    return Feeding(status, int(summary[1]) if summary else None, tuple(json.loads(line)["line"] for line in lines))


INJECTION = Injection(
    "csv-fed",
    "stories come by cdi feed as CSV with a mapping: sound files, files cut short, files with seventeen kinds of bad "
    "rows",
    inject,
)
