"""Each force's clock, as the workers last published it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.kafka.codecs import product_codec
from agents.kafka.reader import latest
from schemas.products import ForceClock
from streams.topology.messages import UnreadableError
from streams.topology.topics import CLOCKS
from tests.chaos.site.installation import GARBAGE

if TYPE_CHECKING:
    from agents.settings.settings import Settings


def clocks_of(settings: Settings) -> dict[str, int | None]:
    """Return the clocks (ms) by force; none where the broker does not answer."""
    codec = product_codec(settings)
    try:
        values = latest(settings, CLOCKS)
    except UnreadableError:
        return {}
    return {key.decode(): codec.decode_as(ForceClock, value).clock for key, value in values.items() if key != GARBAGE}
