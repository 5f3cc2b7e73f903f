"""The metrics of a worker."""

from __future__ import annotations

from typing import Final

from streams.topology.metric import BUILD, POLICY, Metric

LATENCY_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
BATCH_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

EVENTS: Final = Metric(
    "cdi_events", "counter", "Snapshots, links and heartbeats handed to a monitor.", ("force", "feed")
)
DEAD_LETTERS: Final = Metric(
    "cdi_dead_letters", "counter", "Messages set aside because they cannot be read or admitted.", ("feed", "reason")
)
UNJUDGEABLE: Final = Metric(
    "cdi_unjudgeable",
    "counter",
    "Snapshots, and matters under a rule, set aside because the program failed on them.",
    ("rule",),
)
SNAPSHOT_ANOMALIES: Final = Metric(
    "cdi_snapshot_anomalies",
    "counter",
    "Snapshots that are a duplicate, in conflict under one event_id, behind the clock, erased, or forgotten, and times "
    "that a higher revision corrected.",
    ("force", "anomaly"),
)
UNKNOWN_CLASSES: Final = Metric("cdi_unknown_offence_classes", "counter", "Offence classes read as OTHER.")
ALERTS: Final = Metric(
    "cdi_alert_changes",
    "counter",
    "Changes of alerts that the broker has acknowledged.",
    ("rule", "severity", "status"),
)
EVENTS_IN_WINDOW: Final = Metric(
    "cdi_events_in_window",
    "gauge",
    "Snapshots, links and heartbeats the broker took in a minute, hour or day (UTC), as far as they have been judged: "
    "in the last whole one, and in the running one so far.",
    ("force", "feed", "window", "which"),
)
ALERTS_IN_WINDOW: Final = Metric(
    "cdi_alert_changes_in_window",
    "gauge",
    "Changes of alerts that follow from what the broker took in a minute, hour or day (UTC): the last whole one, and "
    "the running one so far.",
    ("force", "rule", "status", "window", "which"),
)
DECISION_SECONDS: Final = Metric(
    "cdi_decision_seconds",
    "histogram",
    "From the broker taking the newest message of a batch to its acknowledging the alerts that follow from it.",
    buckets=LATENCY_SECONDS,
)
BATCH: Final = Metric(
    "cdi_batch_seconds",
    "histogram",
    "How long one batch takes to be judged, published and persisted.",
    buckets=BATCH_SECONDS,
)
BATCH_MESSAGES: Final = Metric("cdi_batch_messages", "gauge", "Messages in the newest batch.")
STATE_ENTRIES: Final = Metric("cdi_state_entries", "gauge", "Entries of the state table held by this worker.")
STATE_WRITES: Final = Metric("cdi_state_writes", "counter", "Entries written to the state table's changelog.")
CLOCK: Final = Metric("cdi_clock_seconds", "gauge", "A force's clock, in seconds since the epoch.", ("force",))
COMPLETE_THROUGH: Final = Metric(
    "cdi_complete_through_seconds",
    "gauge",
    "Through when a feed is complete, in seconds since the epoch.",
    ("force", "feed"),
)
RECOVERY_SECONDS: Final = Metric(
    "cdi_recovery_seconds", "gauge", "How long the last rebuilding of the monitors from the state table took."
)
RECOVERIES: Final = Metric("cdi_recoveries", "counter", "Times the monitors were rebuilt: once after each rebalance.")
PARTITIONS: Final = Metric("cdi_partitions", "gauge", "Partitions this worker owns.")
LAG: Final = Metric(
    "cdi_lag_messages", "gauge", "Messages on the broker that this worker has not persisted yet.", ("partition",)
)
COMMITTED: Final = Metric(
    "cdi_persisted_messages", "counter", "Messages whose consequences are all on the broker, ready to be committed."
)
TICKS: Final = Metric("cdi_ticks", "counter", "Ticks of the wall clock judged, by partition.", ("partition",))
CLOCK_DIFFERENCE: Final = Metric(
    "cdi_clock_difference_seconds",
    "gauge",
    "By how much this worker's machine is ahead of the broker's clock, as of its newest tick; live only.",
)
READY: Final = Metric(
    "cdi_ready",
    "gauge",
    "Whether the worker's state is rebuilt, no rebalance is under way and Kafka answers it: 1 or 0.",
)
PROGRESSING: Final = Metric(
    "cdi_progressing",
    "gauge",
    "Whether the worker makes progress with what it has to judge, to commit or to recover: 1 or 0.",
)
BROKER_REACHABLE: Final = Metric(
    "cdi_broker_reachable", "gauge", "Whether Kafka has answered the worker within the session: 1 or 0."
)
CHANGELOG_BACKLOG: Final = Metric(
    "cdi_changelog_backlog_messages", "gauge", "Messages of the changelog that a recovery under way has yet to read."
)
PENDING: Final = Metric(
    "cdi_pending_snapshots", "gauge", "Snapshots that wait for the stream clock to reach their event_time.", ("force",)
)
OBLIGATIONS: Final = Metric(
    "cdi_open_obligations",
    "gauge",
    "Obligations neither met nor past due, by the time left: within 1h, 4h (and not 1h), 24h, 72h, or more.",
    ("force", "rule", "left"),
)
LAST_MESSAGE: Final = Metric(
    "cdi_feed_last_message_seconds",
    "gauge",
    "When the newest message of a feed the policy names came, in seconds since the epoch; live only.",
    ("force", "feed"),
)
SILENCE_LIMIT: Final = Metric(
    "cdi_feed_silence_limit_seconds",
    "gauge",
    "How long after its newest message the policy lets a feed be silent, by its schedule; live only.",
    ("force", "feed"),
)
LATENESS_LIMIT: Final = Metric(
    "cdi_feed_lateness_limit_seconds",
    "gauge",
    "How far a feed's completeness may be behind the wall clock before the feed is late; live only.",
    ("force", "feed"),
)
RULES_UNJUDGED: Final = Metric(
    "cdi_rules_unjudged",
    "gauge",
    "Always 1: a rule that is not judged for a force, because it is off, or by lack of a feed or of what a feed holds.",
    ("force", "rule", "cause", "lacking"),
)
REVIEWS_WAITING: Final = Metric(
    "cdi_reviews_waiting",
    "gauge",
    "Reports in the review queue that wait to be read.",
    ("force", "system"),
)
REVIEWS_EXPECTED: Final = Metric(
    "cdi_reviews_expected_crimes",
    "gauge",
    "How many unrecorded crimes the waiting reports are expected to hold: those read first in a day, and all.",
    ("force", "among"),
)
REVIEWS_OLDEST: Final = Metric(
    "cdi_reviews_oldest_seconds",
    "gauge",
    "When the oldest report that waits to be read was reported (Unix time).",
    ("force",),
)
FIELD_RECORDS: Final = Metric(
    "cdi_field_records",
    "gauge",
    "Records of a feed that were first saved in the last 28 local days, as last counted.",
    ("force", "feed"),
)
FIELD_STATED: Final = Metric(
    "cdi_field_stated",
    "gauge",
    "How many of those records state a field that may be empty.",
    ("force", "feed", "field"),
)
FIELD_PROBABLY_LACKING: Final = Metric(
    "cdi_field_probably_lacking",
    "gauge",
    "Always 1: a field that the policy takes to be held, and that under 1 % of 200 or more of those records state.",
    ("force", "feed", "field"),
)

TOMBSTONED: Final = Metric(
    "cdi_tombstoned",
    "counter",
    "Alerts, cases and suggestions deleted because they were published longer ago than the policy keeps them.",
    ("topic",),
)

WORKER: Final = (
    BUILD,
    POLICY,
    EVENTS,
    DEAD_LETTERS,
    UNJUDGEABLE,
    SNAPSHOT_ANOMALIES,
    UNKNOWN_CLASSES,
    ALERTS,
    EVENTS_IN_WINDOW,
    ALERTS_IN_WINDOW,
    DECISION_SECONDS,
    BATCH,
    BATCH_MESSAGES,
    STATE_ENTRIES,
    STATE_WRITES,
    CLOCK,
    COMPLETE_THROUGH,
    RECOVERY_SECONDS,
    RECOVERIES,
    PARTITIONS,
    LAG,
    COMMITTED,
    TICKS,
    CLOCK_DIFFERENCE,
    READY,
    PROGRESSING,
    BROKER_REACHABLE,
    CHANGELOG_BACKLOG,
    PENDING,
    OBLIGATIONS,
    LAST_MESSAGE,
    SILENCE_LIMIT,
    LATENESS_LIMIT,
    RULES_UNJUDGED,
    REVIEWS_WAITING,
    REVIEWS_EXPECTED,
    REVIEWS_OLDEST,
    FIELD_RECORDS,
    FIELD_STATED,
    FIELD_PROBABLY_LACKING,
    TOMBSTONED,
)
