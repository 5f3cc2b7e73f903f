"""The board dies in the middle of a transaction, or stands still."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import Site, seconds


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Kill the board or suspend it for a while."""
    board = site.fleet.services["board"]
    if not board.running:
        return
    if dice.random() < 0.7:
        board.kill()
        return
    board.suspend()
    yield from seconds(dice.uniform(2, 10))
    if board.running:
        board.resume()


INJECTION = Injection("board-killed", "SIGKILL of the board, or SIGSTOP for some seconds", inject)
