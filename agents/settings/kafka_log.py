"""What the Kafka library says by itself, as lines of our log instead of its own on standard error."""

from __future__ import annotations

import logging
import re
from typing import Final

from agents.settings.clock import stopwatch

KAFKA_LOGGER: Final = logging.getLogger("cdi.kafka")
"""Given to every librdkafka client (``Settings.client``), which hands over its lines whenever it is polled."""

QUIET_SECONDS: Final = 30.0
_MOST: Final = 1000
_VARYING: Final = re.compile(r"\d+")


class Repeats(logging.Filter):
    """Lets a line by that was not said of late: a broker that is away is named many times a second.

    Lines that differ in numbers alone are the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is news."""
        line = _VARYING.sub("0", record.getMessage())
        moment = stopwatch()
        said_at = self._said.get(line)
        if said_at is not None and moment - said_at < QUIET_SECONDS:
            return False
        if len(self._said) >= _MOST:
            self._said.clear()
        self._said[line] = moment
        return True
