"""feed-silent: a source system's feed has said nothing for longer than it ever should.

What that is the policy says of each feed: an interval, or the local time by which it comes each day.

HMIC 2014, 2.6: the systems are not interfaced; what does not arrive cannot be judged, and no alert is not
good news.  Judged by the wall clock, live only.
"""

from __future__ import annotations

from schemas.products import Fact
from schemas.records import POSSIBLE_FEEDS, Snapshot
from streams.facts.context import Context
from streams.facts.matters import FEED, Matter
from streams.obligations.evidence import time_fact
from streams.obligations.findings import Condition, Finding, Rule


def judge(feed: Matter[Snapshot], context: Context) -> Condition:
    """Judge it wrong while neither a snapshot nor a heartbeat has come by when the feed is expected."""
    heard_at = context.completeness.last_heard(feed.ref)
    return Condition(wrong=context.clock > context.book.silent_after(context.force, feed.ref, heard_at, context.clock))


def explain(feed: Matter[Snapshot], context: Context, _finding: Finding) -> tuple[Fact, ...]:
    """Show when the feed was last heard."""
    return (time_fact("last_heard", context.completeness.last_heard(feed.ref)),)


RULE = Rule(
    id="feed-silent",
    about={FEED: frozenset()},
    severity="CRITICAL",
    title="A feed has gone silent",
    obligation="Every source system's feed speaks, if only by a heartbeat, within its expected interval.",
    runbook="Ops: check the connector and the source system of the feed (one of "
    f"{', '.join(POSSIBLE_FEEDS)}). Until it speaks again, alerts that rest on it are provisional.",
    judge=judge,
    explain=explain,
    live_only=True,
)
