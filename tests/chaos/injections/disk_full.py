"""The disk of a process is full: it can write nothing that makes a file longer."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds

_FULL_AT_BYTES = 4096


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Limit the size of files of the notifier or the board, over its restarts too, and lift the limit again."""
    name = dice.choice(("notifier", "board"))
    for _ in seconds(dice.uniform(5, 12)):
        if (service := site.fleet.services[name]).running:
            service.limit_files(_FULL_AT_BYTES)
        yield
    if (service := site.fleet.services[name]).running:
        service.limit_files(None)


INJECTION = Injection("disk-full", "the notifier or the board can write no file (RLIMIT_FSIZE)", inject)
