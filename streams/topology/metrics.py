"""The metrics of every process, each declared once with its meaning.

Processes count by these declarations, and dashboards and alerting rules may name no others.  Labels are
bounded: force, feed, rule, severity, status, reason and the like; never a reference or a person.
"""

from __future__ import annotations

from typing import Final

from streams.topology.metric import BUILD, POLICY, Metric
from streams.topology.worker_metrics import WORKER

# -- of a notifier ----------------------------------------------------------------------------------------------------

OPEN_MESSAGES: Final = Metric(
    "cdi_notifier_messages", "gauge", "Messages in the outbox by state: PENDING, SENDING, SENT, GIVEN_UP.", ("state",)
)
OLDEST: Final = Metric(
    "cdi_notifier_oldest_open_seconds", "gauge", "How long the oldest message that is not delivered has been open."
)
SENT: Final = Metric("cdi_notifier_sent", "counter", "Messages that their receiver has accepted.", ("channel", "kind"))
FAILED: Final = Metric(
    "cdi_notifier_failed_attempts", "counter", "Attempts to deliver that failed and are repeated later.", ("channel",)
)
GIVEN_UP: Final = Metric(
    "cdi_notifier_given_up",
    "counter",
    "Messages that could not be delivered within the time the policy gives.",
    ("channel",),
)
ESCALATIONS: Final = Metric(
    "cdi_notifier_escalations", "counter", "Alerts escalated to a level because nobody acknowledged them.", ("level",)
)
UNREADABLE: Final = Metric(
    "cdi_notifier_unreadable", "counter", "Messages about alerts and actions that could not be read or stored."
)
UNAUDITED: Final = Metric("cdi_notifier_unaudited", "gauge", "Whether an entry has yet to reach the audit log: 1 or 0.")
OUTBOX_BLOCKED: Final = Metric(
    "cdi_notifier_outbox_blocked", "gauge", "Whether the notifier waits because it cannot write its outbox: 1 or 0."
)
CAUGHT_UP: Final = Metric(
    "cdi_notifier_caught_up", "gauge", "Whether the topics were read to the end they had at the start: 1 or 0."
)

NOTIFIER: Final = (
    BUILD,
    POLICY,
    OPEN_MESSAGES,
    OLDEST,
    SENT,
    FAILED,
    GIVEN_UP,
    ESCALATIONS,
    UNREADABLE,
    UNAUDITED,
    OUTBOX_BLOCKED,
    CAUGHT_UP,
)

# -- of a board -------------------------------------------------------------------------------------------------------

BOARD_CLIENTS: Final = Metric("cdi_board_clients", "gauge", "Open pages that receive live updates.")
BOARD_LAG: Final = Metric("cdi_board_lag_messages", "gauge", "Messages on the broker that this board has not read.")
BOARD_LAST_BROKER_ANSWER: Final = Metric(
    "cdi_board_last_broker_answer_seconds", "gauge", "When Kafka last answered this board, in seconds since the epoch."
)
BOARD_READING_BLOCKED: Final = Metric(
    "cdi_board_reading_blocked", "gauge", "Whether the board cannot read its topics: 1 or 0."
)
BOARD_UNREADABLE: Final = Metric(
    "cdi_board_unreadable_messages", "counter", "Messages of our own topics that this board could not read or store."
)
BOARD_LAST_TICK: Final = Metric(
    "cdi_board_last_tick_seconds",
    "gauge",
    "When a worker last published the clock of a partition it judges, in seconds since the epoch.",
    ("partition",),
)
BOARD_ALERTS: Final = Metric(
    "cdi_board_alerts",
    "gauge",
    "Alerts in the read model.",
    ("force", "rule", "severity", "status", "certainty"),
)

BOARD: Final = (
    BUILD,
    POLICY,
    BOARD_CLIENTS,
    BOARD_LAG,
    BOARD_LAST_BROKER_ANSWER,
    BOARD_READING_BLOCKED,
    BOARD_UNREADABLE,
    BOARD_LAST_TICK,
    BOARD_ALERTS,
)

# -- of a way in ------------------------------------------------------------------------------------------------------

FEED_UP: Final = Metric(
    "cdi_feed_up", "gauge", "Whether the last look at a feed's source, and the last sending, worked: 1 or 0.", ("feed",)
)
FEED_LAST_LOOK: Final = Metric(
    "cdi_feed_last_look_timestamp_seconds",
    "gauge",
    "When a feed's process last got on: it looked for something new, or sent a row; in seconds since the epoch.",
    ("feed",),
)
FEED_LAST_SUCCESS: Final = Metric(
    "cdi_feed_last_success_timestamp_seconds",
    "gauge",
    "When what a feed brought was last with the broker and confirmed, in seconds since the epoch.",
    ("feed",),
)
FEED_COMPLETE_THROUGH: Final = Metric(
    "cdi_feed_complete_through_timestamp_seconds",
    "gauge",
    "Through when a feed last vouched for its source, in seconds since the epoch.",
    ("feed",),
)
FEED_REMARK: Final = Metric(
    "cdi_feed_remark",
    "gauge",
    "Whether somebody should see to a feed although it gets on, such as to a file that it refused: 1 or 0.",
    ("feed",),
)
FEED_ROWS: Final = Metric(
    "cdi_feed_rows",
    "counter",
    "Rows that a feed brought: sent, skipped as the mapping says, refused, or deleted at their source.",
    ("feed", "outcome"),
)

CONNECT: Final = (
    BUILD,
    POLICY,
    FEED_UP,
    FEED_LAST_LOOK,
    FEED_LAST_SUCCESS,
    FEED_COMPLETE_THROUGH,
    FEED_REMARK,
    FEED_ROWS,
)

# -- of the client library, or of Prometheus itself ----------------------------------------------------

UP: Final = Metric("up", "gauge", "Whether Prometheus got an answer the last time it asked: 1 or 0.")
MEMORY: Final = Metric("process_resident_memory_bytes", "gauge", "Memory the process holds.")
CPU: Final = Metric("process_cpu_seconds", "counter", "Processor time the process has used.")
STARTED: Final = Metric("process_start_time_seconds", "gauge", "When the process started, in seconds since the epoch.")

LIBRARY_METRICS: Final = (UP, MEMORY, CPU, STARTED)

ALL_METRICS: Final = tuple(dict.fromkeys((*WORKER, *NOTIFIER, *BOARD, *CONNECT, *LIBRARY_METRICS)))
"""Every metric that a dashboard or an alerting rule may name."""
