"""The log lines of the Kafka library, as lines of our log instead of its own on standard error."""

from __future__ import annotations

import logging
import re
from typing import Final

from agents.settings.clock import SYSTEM_CLOCK, ProcessClock

KAFKA_LOGGER: Final = logging.getLogger("cdi.kafka")
"""Given to every librdkafka client (``Settings.client``), which hands over its lines whenever it is polled."""

FETCH_LOGGER: Final = logging.getLogger("aiokafka")
"""The library that fetches messages; where it cannot, its readers say so themselves."""

QUIET_SECONDS: Final = 30.0
_MOST_LINES: Final = 1000
_NUMBER: Final = re.compile(r"\d+")


class Repeats(logging.Filter):
    """Passes a line that was not logged lately: a broker that is away is named many times a second.

    Lines that differ in numbers alone are the same.
    """

    def __init__(self, name: str = "", clock: ProcessClock = SYSTEM_CLOCK) -> None:
        """Look at the lines of one logger and those below it; at all of them without a name."""
        super().__init__(name)
        self._clock = clock
        self._logged_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log the line."""
        if not super().filter(record):
            return True
        line = _NUMBER.sub("0", record.getMessage())
        moment = self._clock.stopwatch()
        logged_at = self._logged_at.get(line)
        if logged_at is not None and moment - logged_at < QUIET_SECONDS:
            return False
        if len(self._logged_at) >= _MOST_LINES:
            self._logged_at.clear()
        self._logged_at[line] = moment
        return True
