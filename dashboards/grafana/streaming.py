"""Streaming health, for operations: workers, lag, and state."""

from __future__ import annotations

from typing import Final

from dashboards.grafana.pages import Chart, Page, Query, Section, Steps, of, quantile
from streams.topology.metric import BUILD
from streams.topology.metrics import CPU, MEMORY, STARTED, UP
from streams.topology.worker_metrics import (
    BATCH,
    BATCH_MESSAGES,
    BROKER_REACHABLE,
    CHANGELOG_BACKLOG,
    CLOCK_DIFFERENCE,
    COMMITTED,
    DECISION_SECONDS,
    LAG,
    PARTITIONS,
    PROGRESSING,
    READY,
    RECOVERIES,
    RECOVERY_SECONDS,
    STATE_ENTRIES,
    STATE_WRITES,
    TICKS,
    TOMBSTONED,
)

_PROCESSES: Final = Section(
    "Are they there",
    (
        Chart(
            "Workers that answer",
            "Of those Prometheus knows of.",
            "short",
            (Query(f'sum({of(UP)}{{job="cdi-worker"}}) or vector(0)', "answer"),),
            "a-worker-is-down",
            look="number",
            width=5,
        ),
        Chart(
            "Workers not ready",
            "They rebuild their state, a rebalance is under way, or Kafka does not answer.",
            "short",
            (Query(f"count({of(READY)} == 0) or vector(0)", "not ready"),),
            "a-recovery-is-stuck",
            look="number",
            width=5,
            steps=Steps(1, 2),
        ),
        Chart(
            "Workers that hang",
            "They answer, and nothing moves that ought to.",
            "short",
            (Query(f"count({of(PROGRESSING)} == 0) or vector(0)", "hang"),),
            "a-worker-hangs",
            look="number",
            width=5,
            steps=Steps(1, 1),
        ),
        Chart(
            "Workers without Kafka",
            "They run, and Kafka does not answer them.",
            "short",
            (Query(f"count({of(BROKER_REACHABLE)} == 0) or vector(0)", "without Kafka"),),
            "a-worker-gets-no-answer-from-kafka",
            look="number",
            width=5,
            steps=Steps(1, 1),
        ),
        Chart(
            "Partitions owned",
            "By all workers together: as many as there are, or some forces are not judged.",
            "short",
            (Query(f"sum({of(PARTITIONS)})", "owned"),),
            "a-partition-is-not-judged",
            look="number",
            width=4,
        ),
        Chart(
            "Partitions, by worker",
            "How the work is shared out.",
            "short",
            (Query(f"sum by (instance) ({of(PARTITIONS)})", "{{instance}}"),),
            "rebalances-too-often",
            look="stacked",
        ),
        Chart(
            "Versions at work",
            "How many processes of each kind run each version.",
            "short",
            (Query(f"count by (component, version, python) ({of(BUILD)})", "{{component}} {{version}}"),),
            "two-versions-at-once",
            look="table",
        ),
    ),
)

_KEEP_UP: Final = Section(
    "Do they keep up",
    (
        Chart(
            "Messages that wait, by partition",
            "On the broker and not judged yet.",
            "short",
            (Query(f"sum by (partition) ({of(LAG)})", "partition {{partition}}"),),
            "messages-wait",
        ),
        Chart(
            "Messages judged",
            "A second, with all that follows from them on the broker.",
            "reqps",
            (Query(f"sum by (instance) (rate({of(COMMITTED)}[$__rate_interval]))", "{{instance}}"),),
            "messages-wait",
        ),
        Chart(
            "From the event to the alert",
            "From the broker having the message to the broker having its alerts.",
            "s",
            tuple(quantile(share, DECISION_SECONDS) for share in (0.5, 0.9, 0.99)),
            "alerts-come-late",
        ),
        Chart(
            "How long a batch takes",
            "Judged, sent and its state kept.",
            "s",
            tuple(quantile(share, BATCH) for share in (0.5, 0.9, 0.99)),
            "alerts-come-late",
        ),
        Chart(
            "Messages in a batch",
            "In the newest one; it fills when there is a backlog.",
            "short",
            (Query(f"max by (instance) ({of(BATCH_MESSAGES)})", "{{instance}}"),),
            "messages-wait",
        ),
        Chart(
            "Ticks judged",
            "A minute, by partition: about sixty when live, none under the stream clock or behind.",
            "short",
            (Query(f"sum by (partition) (increase({of(TICKS)}[1m]))", "partition {{partition}}"),),
            "a-partition-is-not-judged",
        ),
        Chart(
            "Clocks that differ",
            "By how much a worker's machine is ahead of the broker, as of its newest tick.",
            "s",
            (Query(f"max by (instance) ({of(CLOCK_DIFFERENCE)})", "{{instance}}"),),
            "a-clock-differs",
        ),
    ),
)

_STATE: Final = Section(
    "State, and getting it back",
    (
        Chart(
            "Changelog still to read",
            "By a recovery that is under way; it must fall.",
            "short",
            (Query(f"sum by (instance) ({of(CHANGELOG_BACKLOG)})", "{{instance}}"),),
            "a-recovery-is-stuck",
        ),
        Chart(
            "Rebuilding the monitors",
            "How long it took the last time, once the changelog had been read.",
            "s",
            (Query(f"max by (instance) ({of(RECOVERY_SECONDS)})", "{{instance}}"),),
            "a-recovery-is-stuck",
        ),
        Chart(
            "Recoveries",
            "In an hour: one follows each rebalance.",
            "short",
            (Query(f"sum by (instance) (increase({of(RECOVERIES)}[1h]))", "{{instance}}"),),
            "rebalances-too-often",
        ),
        Chart(
            "State held",
            "Entries of the state table, by worker, as of its last recovery.",
            "short",
            (Query(f"sum by (instance) ({of(STATE_ENTRIES)})", "{{instance}}"),),
            "a-recovery-is-stuck",
        ),
        Chart(
            "State written",
            "Entries a second to the changelog.",
            "wps",
            (Query(f"sum by (instance) (rate({of(STATE_WRITES)}[$__rate_interval]))", "{{instance}}"),),
            "alerts-come-late",
        ),
        Chart(
            "Tombstoned",
            "Alerts, cases and suggestions deleted in a day: their period is over.",
            "short",
            (Query(f"sum by (topic) (increase({of(TOMBSTONED)}[1d]))", "{{topic}}"),),
            "an-erasure-is-not-carried-out",
        ),
    ),
)

_MACHINES: Final = Section(
    "What they use",
    (
        Chart(
            "Memory",
            "Held by each process.",
            "bytes",
            (Query(f'max by (job, instance) ({of(MEMORY)}{{job=~"cdi-.+"}})', "{{job}} {{instance}}"),),
            "a-process-keeps-starting-again",
        ),
        Chart(
            "Processor",
            "Cores used by each process: a worker can use one.",
            "short",
            (
                Query(
                    f'sum by (job, instance) (rate({of(CPU)}{{job=~"cdi-.+"}}[$__rate_interval]))',
                    "{{job}} {{instance}}",
                ),
            ),
            "alerts-come-late",
        ),
        Chart(
            "Running for",
            "Time since each process started.",
            "s",
            (Query(f'time() - max by (job, instance) ({of(STARTED)}{{job=~"cdi-.+"}})', "{{job}} {{instance}}"),),
            "a-process-keeps-starting-again",
            look="table",
        ),
    ),
)

STREAMING: Final = Page(
    "cdi-streaming",
    "cdi: streaming health",
    "For ops: are the workers there, do they keep up, what would a restart cost.",
    (_PROCESSES, _KEEP_UP, _STATE, _MACHINES),
)
