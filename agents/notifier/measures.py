"""Every figure a notifier gives of itself: declared once, with its meaning."""

from __future__ import annotations

from typing import Final

from agents.metrics import Measure

OPEN_MESSAGES: Final = Measure(
    "cdi_notifier_messages", "gauge", "Messages in the outbox by state: PENDING, SENDING, SENT, GIVEN_UP.", ("state",)
)
OLDEST: Final = Measure(
    "cdi_notifier_oldest_open_seconds", "gauge", "How long the oldest message that is not through has been open."
)
SENT: Final = Measure("cdi_notifier_sent", "counter", "Messages that the other side says it has.", ("channel", "kind"))
FAILED: Final = Measure(
    "cdi_notifier_failed_attempts", "counter", "Attempts that failed and are made again later.", ("channel",)
)
GIVEN_UP: Final = Measure(
    "cdi_notifier_given_up", "counter", "Messages nobody could be told in all the time there was.", ("channel",)
)
ESCALATIONS: Final = Measure(
    "cdi_notifier_escalations", "counter", "Alerts taken to a level because nobody acknowledged them.", ("level",)
)
UNREADABLE: Final = Measure(
    "cdi_notifier_unreadable", "counter", "Messages of the alerts' and actions' topics that could not be read."
)
UNAUDITED: Final = Measure(
    "cdi_notifier_unaudited", "gauge", "Whether something that was done has yet to reach the audit log: 1 or 0."
)
CAUGHT_UP: Final = Measure(
    "cdi_notifier_caught_up", "gauge", "Whether the topics were read to the end they had at the start: 1 or 0."
)

CATALOGUE: Final = (
    OPEN_MESSAGES, OLDEST, SENT, FAILED, GIVEN_UP, ESCALATIONS, UNREADABLE, UNAUDITED, CAUGHT_UP,
)  # fmt: skip
