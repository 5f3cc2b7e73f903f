"""Notifications and the board, for operations."""

from __future__ import annotations

from typing import Final

from dashboards.grafana.pages import Chart, Page, Query, Section, Steps, of
from streams.topology.metrics import (
    BOARD_CLIENTS,
    BOARD_LAG,
    BOARD_LAST_BROKER_ANSWER,
    BOARD_LAST_TICK,
    BOARD_READING_BLOCKED,
    BOARD_UNREADABLE,
    CAUGHT_UP,
    ESCALATIONS,
    FAILED,
    GIVEN_UP,
    OLDEST,
    OPEN_MESSAGES,
    OUTBOX_BLOCKED,
    SENT,
    UNAUDITED,
    UNREADABLE,
)

_NOTIFICATIONS: Final = Section(
    "Are people told",
    (
        Chart(
            "Oldest message on its way",
            "How long the oldest message that is not through has been open.",
            "s",
            (Query(f"max({of(OLDEST)})", "oldest"),),
            "messages-do-not-get-through",
            look="number",
            width=5,
            steps=Steps(300, 900),
        ),
        Chart(
            "Given up, in a day",
            "Messages of which nobody could be told in all the time there was.",
            "short",
            (Query(f"sum(increase({of(GIVEN_UP)}[1d])) or vector(0)", "given up"),),
            "the-notifier-gave-up",
            look="number",
            width=5,
            steps=Steps(1, 1),
        ),
        Chart(
            "Notifiers that know what stands",
            "A notifier that has not caught up tells nobody.",
            "short",
            (Query(f"sum({of(CAUGHT_UP)}) or vector(0)", "know"),),
            "the-notifier-does-not-catch-up",
            look="number",
            width=5,
        ),
        Chart(
            "Waiting for the audit log",
            "Whether something that was done is not noted yet.",
            "short",
            (Query(f"max({of(UNAUDITED)}) or vector(0)", "waiting"),),
            "the-audit-log-cannot-be-written",
            look="number",
            width=5,
            steps=Steps(1, 1),
        ),
        Chart(
            "Outbox blocked",
            "Whether a notifier waits because it cannot write its outbox.",
            "short",
            (Query(f"max({of(OUTBOX_BLOCKED)}) or vector(0)", "blocked"),),
            "the-outbox-cannot-be-written",
            look="number",
            width=4,
            steps=Steps(1, 1),
        ),
        Chart(
            "Outbox, by state",
            "Messages the notifier keeps: PENDING and SENDING are open, the others settled.",
            "short",
            (Query(f"sum by (state) ({of(OPEN_MESSAGES)})", "{{state}}"),),
            "messages-do-not-get-through",
            look="stacked",
        ),
        Chart(
            "Sent, by channel and kind",
            "Messages an hour that the other side says it has.",
            "short",
            (Query(f"sum by (channel, kind) (increase({of(SENT)}[1h]))", "{{channel}} {{kind}}"),),
            "messages-do-not-get-through",
        ),
        Chart(
            "Attempts that failed",
            "An hour, by channel; each is made again later.",
            "short",
            (Query(f"sum by (channel) (increase({of(FAILED)}[1h]))", "{{channel}}"),),
            "messages-do-not-get-through",
        ),
        Chart(
            "Escalations, by level",
            "Alerts an hour that nobody acknowledged in time.",
            "short",
            (Query(f"sum by (level) (increase({of(ESCALATIONS)}[1h]))", "{{level}}"),),
            "deadlines-come-faster-than-they-are-met",
        ),
    ),
)

_SEE: Final = Section(
    "Do they see what there is to see",
    (
        Chart(
            "Open screens",
            "Pages that are told what changes, by board.",
            "short",
            (Query(f"sum by (instance) ({of(BOARD_CLIENTS)})", "{{instance}}"),),
            "a-board-is-down",
            look="stacked",
        ),
        Chart(
            "Since a board heard Kafka",
            "What it shows is as old as that.",
            "s",
            (Query(f"time() - max by (instance) ({of(BOARD_LAST_BROKER_ANSWER)})", "{{instance}}"),),
            "a-board-is-stale",
        ),
        Chart(
            "Boards in trouble",
            "Boards that something keeps from reading.",
            "short",
            (Query(f"sum by (instance) ({of(BOARD_READING_BLOCKED)})", "{{instance}}"),),
            "a-board-is-stale",
        ),
        Chart(
            "Messages a board has not taken in",
            "By board.",
            "short",
            (Query(f"max by (instance) ({of(BOARD_LAG)})", "{{instance}}"),),
            "a-board-is-behind",
        ),
        Chart(
            "Since a partition was judged",
            "As the boards hear it from the workers' ticks; live only.",
            "s",
            (Query(f"time() - max by (partition) ({of(BOARD_LAST_TICK)})", "partition {{partition}}"),),
            "a-partition-is-not-judged",
        ),
        Chart(
            "Our own messages that cannot be read",
            "An hour, by the notifier and by boards.",
            "short",
            (
                Query(f"sum(increase({of(UNREADABLE)}[1h]))", "notifier"),
                Query(f"sum by (instance) (increase({of(BOARD_UNREADABLE)}[1h]))", "board {{instance}}"),
            ),
            "our-own-messages-cannot-be-read",
        ),
    ),
)

PEOPLE: Final = Page(
    "cdi-people",
    "cdi: notifications and board",
    "For ops: are people told, and do they see what there is to see.",
    (_NOTIFICATIONS, _SEE),
)
