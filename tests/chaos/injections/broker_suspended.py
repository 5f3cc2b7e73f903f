"""The broker stands still for longer than sessions last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import SESSION_SECONDS, Site


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Suspend the broker; feeds wait meanwhile, as theirs is the same broker."""
    site.broker.suspend()
    try:
        time.sleep(SESSION_SECONDS * dice.uniform(0.5, 1.5))
    finally:
        site.broker.resume()
    yield


INJECTION = Injection("broker-suspended", "SIGSTOP of the broker for about a session, then SIGCONT", inject)
