"""Whoever is notified does not take it: errors, silence, half an answer."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds

_ANSWERS = ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 503 Busy\r\n\r\n", "", "HTTP/1.1 20", "stall")


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Give the next few posts no good answer."""
    site.receiver.script += [dice.choice(_ANSWERS) for _ in range(dice.randint(1, 4))]
    for _ in seconds(20):
        if not site.receiver.script:
            return
        yield
    site.receiver.script.clear()


INJECTION = Injection("receiver-fails", "the webhook is answered with errors, half a line, or nothing", inject)
