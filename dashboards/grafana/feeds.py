"""Feeds, for operations and the owners of source systems."""

from __future__ import annotations

from typing import Final

from dashboards.grafana.pages import Chart, Page, Query, Section, Steps, of
from streams.topology.metric import Metric
from streams.topology.metrics import (
    FEED_COMPLETE_THROUGH,
    FEED_LAST_LOOK,
    FEED_LAST_SUCCESS,
    FEED_REMARK,
    FEED_ROWS,
    FEED_UP,
)
from streams.topology.worker_metrics import (
    CLOCK,
    COMPLETE_THROUGH,
    DEAD_LETTERS,
    EVENTS,
    EVENTS_IN_WINDOW,
    FIELD_PROBABLY_LACKING,
    FIELD_RECORDS,
    FIELD_STATED,
    LAST_MESSAGE,
    LATENESS_LIMIT,
    PENDING,
    RULES_UNJUDGED,
    SILENCE_LIMIT,
    SNAPSHOT_ANOMALIES,
    UNJUDGEABLE,
    UNKNOWN_CLASSES,
)

_FORCE: Final = '{force=~"$force"}'


def _by_feed(metric: Metric) -> str:
    return f"max by (force, feed) ({of(metric)}{_FORCE})"


def _by_field(metric: Metric) -> str:
    return f"max by (force, feed, field) ({of(metric)}{_FORCE})"


def _in_windows(which: str, windows: str = ".+") -> str:
    """Return the query of counts by feed and window; of two workers during a rebalance, the greater."""
    chosen = f'{{force=~"$force", which="{which}", window=~"{windows}"}}'
    return f"sum by (feed, window) (max by (force, feed, window) ({of(EVENTS_IN_WINDOW)}{chosen}))"


_RELIED_ON: Final = Section(
    "How far they can be relied on",
    (
        Chart(
            "Feeds silent now",
            "Feeds that have said nothing for longer than the policy lets them.",
            "short",
            (Query(f"count(time() - {_by_feed(LAST_MESSAGE)} > {_by_feed(SILENCE_LIMIT)}) or vector(0)", "silent"),),
            "a-feed-is-silent",
            look="number",
            width=6,
            steps=Steps(1, 1),
        ),
        Chart(
            "Feeds late now",
            "Feeds whose completeness is further behind the wall clock than the policy expects.",
            "short",
            (Query(f"count(time() - {_by_feed(COMPLETE_THROUGH)} > {_by_feed(LATENESS_LIMIT)}) or vector(0)", "late"),),
            "a-feed-is-late",
            look="number",
            width=6,
            steps=Steps(1, 3),
        ),
        Chart(
            "Feeds never heard",
            "Feeds the policy names and that never spoke.",
            "short",
            (Query(f"count({_by_feed(LATENESS_LIMIT)} unless {_by_feed(COMPLETE_THROUGH)}) or vector(0)", "unheard"),),
            "a-feed-was-never-heard",
            look="number",
            width=6,
            steps=Steps(1, 3),
        ),
        Chart(
            "Snapshots that wait",
            "Under the stream clock: snapshots the clock has not reached yet.",
            "short",
            (Query(f"sum({of(PENDING)}{_FORCE})", "waiting"),),
            "a-clock-stands-still",
            look="number",
            width=6,
        ),
        Chart(
            "Completeness behind the wall clock",
            "How old what each feed vouches for is. A replay is old by nature.",
            "s",
            (Query(f"time() - {_by_feed(COMPLETE_THROUGH)}", "{{force}} {{feed}}"),),
            "a-feed-is-late",
        ),
        Chart(
            "Since a feed was last heard",
            "Time since a record or a heartbeat came (live only).",
            "s",
            (Query(f"time() - {_by_feed(LAST_MESSAGE)}", "{{force}} {{feed}}"),),
            "a-feed-is-silent",
        ),
        Chart(
            "Through when each feed is complete",
            "The moment through which every record has been delivered.",
            "dateTimeAsIso",
            (Query(f"1000 * {_by_feed(COMPLETE_THROUGH)}", "{{force}} {{feed}}"),),
            "a-feed-is-late",
            look="table",
        ),
        Chart(
            "Each force's clock behind the wall clock",
            "The slowest feed holds it under the stream clock.",
            "s",
            (Query(f"time() - max by (force) ({of(CLOCK)}{_FORCE})", "{{force}}"),),
            "a-clock-stands-still",
        ),
        Chart(
            "Rules that are not judged",
            "By force: the policy switches them off, their feeds are not connected, or a feed lacks what decides them.",
            "short",
            (
                Query(
                    f"max by (force, rule, cause, lacking) ({of(RULES_UNJUDGED)}{_FORCE})",
                    "{{force}} {{rule}} {{cause}} {{lacking}}",
                ),
            ),
            "rules-are-not-judged",
            look="table",
        ),
        Chart(
            "Fields that are probably lacking",
            "The policy takes them to be held, and under 1 % of the records of the last 28 days state them.",
            "percentunit",
            (
                Query(
                    f"({_by_field(FIELD_STATED)} / on (force, feed) group_left() {_by_feed(FIELD_RECORDS)}) "
                    f"and on (force, feed, field) {_by_field(FIELD_PROBABLY_LACKING)}",
                    "{{force}} {{feed}} {{field}}",
                ),
            ),
            "a-field-is-probably-lacking",
            look="table",
        ),
        Chart(
            "How often each field is stated",
            "The share of the records of the last 28 days that state it, as last counted.",
            "percentunit",
            (
                Query(
                    f"{_by_field(FIELD_STATED)} / on (force, feed) group_left() {_by_feed(FIELD_RECORDS)}",
                    "{{force}} {{feed}} {{field}}",
                ),
            ),
            "a-field-is-probably-lacking",
            look="table",
        ),
    ),
)

_COMES: Final = Section(
    "What comes",
    (
        Chart(
            "Records and heartbeats, by feed",
            "How many a second are handed to the monitors.",
            "reqps",
            (Query(f"sum by (feed) (rate({of(EVENTS)}{_FORCE}[$__rate_interval]))", "{{feed}}"),),
            "a-feed-is-silent",
        ),
        Chart(
            "Records and heartbeats, by force",
            "How many a second each force sends.",
            "reqps",
            (Query(f"sum by (force) (rate({of(EVENTS)}{_FORCE}[$__rate_interval]))", "{{force}}"),),
            "messages-wait",
        ),
        Chart(
            "In the last whole minute, hour and day, by feed",
            "How many records and heartbeats came (days by UTC). The workers count them, so a restart forgets nothing.",
            "short",
            (Query(_in_windows("last"), "{{feed}}, {{window}}"),),
            "a-feed-is-silent",
            look="table",
        ),
        Chart(
            "In the running hour and day, by feed",
            "How many records and heartbeats have come so far (days by UTC).",
            "short",
            (Query(f"sort_desc({_in_windows('running', 'hour|day')})", "{{feed}}, {{window}}"),),
            "a-feed-is-silent",
            look="bars",
        ),
    ),
)

_WRONG: Final = Section(
    "What is wrong with it",
    (
        Chart(
            "Dead letters, by feed and reason",
            "Messages set aside in an hour because they cannot be read.",
            "short",
            (Query(f"sum by (feed, reason) (increase({of(DEAD_LETTERS)}[1h]))", "{{feed}} {{reason}}"),),
            "dead-letters-rise",
        ),
        Chart(
            "Records that could not be judged",
            "In an hour, by rule: the program failed on them and set them aside.",
            "short",
            (Query(f"sum by (rule) (increase({of(UNJUDGEABLE)}[1h]))", "{{rule}}"),),
            "record-unjudgeable",
        ),
        Chart(
            "Share that cannot be read",
            "Of what each feed sent in an hour, how much was set aside.",
            "percentunit",
            (
                Query(
                    f"sum by (feed) (increase({of(DEAD_LETTERS)}[1h])) / "
                    f"(sum by (feed) (increase({of(DEAD_LETTERS)}[1h])) + sum by (feed) (increase({of(EVENTS)}[1h])))",
                    "{{feed}}",
                ),
            ),
            "dead-letters-rise",
        ),
        Chart(
            "What monitors count",
            "In an hour: duplicates, two bodies under one event_id, records behind the clock, times corrected.",
            "short",
            (Query(f"sum by (anomaly) (increase({of(SNAPSHOT_ANOMALIES)}{_FORCE}[1h]))", "{{anomaly}}"),),
            "a-feed-breaks-its-word",
        ),
        Chart(
            "Unknown offence classes",
            "Offence classes that were read as OTHER, in an hour.",
            "short",
            (Query(f"sum(increase({of(UNKNOWN_CLASSES)}[1h]))", "read as OTHER"),),
            "dead-letters-rise",
        ),
    ),
)

_WAYS_IN: Final = Section(
    "How they come in, by the name that each has in feeds.toml",
    (
        Chart(
            "Ways in that do not work",
            "Feeds of feeds.toml whose source cannot be read, or of whose rows Kafka takes none.",
            "short",
            (Query(f"count({of(FEED_UP)} == 0) or vector(0)", "down"),),
            "a-feed-stands-still",
            look="number",
            width=6,
            steps=Steps(1, 1),
        ),
        Chart(
            "Since a feed's process last got on",
            "It looks for something new at least every minute, and sends rows meanwhile.",
            "s",
            (Query(f"time() - max by (feed) ({of(FEED_LAST_LOOK)})", "{{feed}}"),),
            "a-feed-stands-still",
            width=12,
        ),
        Chart(
            "Ways in that somebody should see to",
            "They get on, and have refused a file say, or one waits for long. 'cdi connect --list' names it.",
            "short",
            (Query(f"count({of(FEED_REMARK)} == 1) or vector(0)", "see to"),),
            "a-feed-has-something-to-see-to",
            look="number",
            width=6,
            steps=Steps(1, 10),
        ),
        Chart(
            "Rows, by feed and outcome",
            "How many a second were sent, skipped as the mapping says, refused, or deleted at their source.",
            "reqps",
            (Query(f"sum by (feed, outcome) (rate({of(FEED_ROWS)}[$__rate_interval]))", "{{feed}} {{outcome}}"),),
            "a-feed-refuses-rows",
        ),
        Chart(
            "When a feed last brought something, and through when it vouches",
            "A nightly file brings something once a day.",
            "dateTimeAsIso",
            (
                Query(f"1000 * max by (feed) ({of(FEED_LAST_SUCCESS)})", "{{feed}} brought"),
                Query(f"1000 * max by (feed) ({of(FEED_COMPLETE_THROUGH)})", "{{feed}} vouches"),
            ),
            "a-feed-stands-still",
            look="table",
        ),
    ),
)

FEEDS: Final = Page(
    "cdi-feeds",
    "cdi: feeds",
    "For ops and for whoever keeps a source system: does it speak, how far can it be relied on, what cannot be read.",
    (_RELIED_ON, _COMES, _WRONG, _WAYS_IN),
    chooses=("force",),
)
