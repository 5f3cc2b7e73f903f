"""The two clocks by which a force may be judged, and everything in which they differ.

The *stream clock* follows the feeds: it goes as far as they have vouched for themselves, a snapshot takes effect when
it reaches the snapshot's event_time, and whatever it has passed is certain.  The *wall clock* is set by ticks: a
snapshot takes effect when it arrives, a new condition gets some minutes to put itself right, and an alert stays
provisional while a feed that could still clear it is behind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Final, Literal

from schemas.products import Alert, Certainty, ClockMode
from streams.facts.context import Context
from streams.facts.matters import FEED, Matter
from streams.obligations.findings import Condition, Finding, Rule

_BEFORE_ALL: Final = -(1 << 63) - 1
_AFTER_ALL: Final = 1 << 63
"""Beyond every event_time, which has 64 bits."""


class Clock(ABC):
    """What time means to one force's monitor."""

    mode: ClassVar[ClockMode]

    def __init__(self, context: Context) -> None:
        self._context = context
        self.moment: int | None = None
        """Where the clock stands (ms); None before it has first moved."""

    def set(self, moment: int) -> None:
        """Set the clock, and that of what rules judge by, to ``moment`` (ms)."""
        self.moment = self._context.clock = moment

    # -- when time passes -----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def judging(self) -> bool:
        """Whether matters are judged as they change; before that they only gather."""

    @abstractmethod
    def begin_judging(self) -> None:
        """Note that what had arrived before is known, so that matters may be judged."""

    @abstractmethod
    def after_arrival(self, ingest_time: int) -> int | None:
        """Return how far (ms) an arrival at ``ingest_time`` (ms) moves the clock, or None if it does not."""

    @abstractmethod
    def after_completeness(self, through: int | None) -> int | None:
        """Return how far (ms) feeds complete ``through`` (ms) move the clock, or None if they do not."""

    # -- when a snapshot takes effect -----------------------------------------------------------------------------

    @property
    @abstractmethod
    def effective_through(self) -> int:
        """The greatest event_time (ms) with which a snapshot is in effect."""

    @abstractmethod
    def is_late(self, event_time: int) -> bool:
        """Return whether a snapshot of ``event_time`` (ms) comes after the clock has passed that moment."""

    # -- what a judgement leads to --------------------------------------------------------------------------------

    @abstractmethod
    def runs(self, rule: Rule) -> bool:
        """Return whether a rule makes sense by this clock."""

    @abstractmethod
    def settles_at(self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding) -> int | None:
        """Return until when (ms) a finding is held back, since it may right itself, or None if it is not."""

    @abstractmethod
    def certainty(self, matter: Matter, rule: Rule, moment: int | None) -> Certainty:
        """Return whether anything may still arrive that changes an alert resting on ``moment`` (ms)."""


class StreamClock(Clock):
    """The clock that the feeds' completeness moves: files and Kafka give the same alerts, to the byte."""

    mode = "STREAM"

    @property
    def judging(self) -> bool:
        """From the first moment on."""
        return self.moment is not None

    def begin_judging(self) -> None:
        """Do nothing: whatever the clock has passed had arrived."""

    def after_arrival(self, ingest_time: int) -> None:
        """Return None: when something arrives says nothing of what is complete."""

    def after_completeness(self, through: int | None) -> int | None:
        """Return how far the feeds are complete, unless the clock has already been there."""
        return through if through is not None and (self.moment is None or through > self.moment) else None

    @property
    def effective_through(self) -> int:
        """Where the clock stands."""
        return _BEFORE_ALL if self.moment is None else self.moment

    def is_late(self, event_time: int) -> bool:
        """Return whether the snapshot's feed had vouched for a time that it now adds to."""
        return event_time <= self.effective_through

    def runs(self, rule: Rule) -> bool:
        """Return False for rules about the present, such as a feed's silence."""
        return not rule.live_only

    def settles_at(self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding) -> None:
        """Return None: the snapshots that belong to one moment have all arrived."""

    def certainty(self, matter: Matter, rule: Rule, moment: int | None) -> Certainty:  # noqa: ARG002
        """Return CONFIRMED: every feed is complete past the clock."""
        return "CONFIRMED"


class WallClock(Clock):
    """The time of day, set by ticks: alerts come in time, whether or not the feeds keep up."""

    mode = "LIVE"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._judging = False

    @property
    def judging(self) -> bool:
        """From the first tick on, which comes once the backlog has been read."""
        return self._judging

    def begin_judging(self) -> None:
        """Note that the backlog has been read."""
        self._judging = True

    def after_arrival(self, ingest_time: int) -> int | None:
        """Return the ingest_time, once matters are judged: it is the time of day."""
        return ingest_time if self._judging else None

    def after_completeness(self, through: int | None) -> None:
        """Return None: the day passes whether or not feeds are complete."""

    @property
    def effective_through(self) -> int:
        """The end of all time: a snapshot is in effect as soon as it has arrived."""
        return _AFTER_ALL

    def is_late(self, event_time: int) -> bool:  # noqa: ARG002 - the stream clock's question
        """Return False: a snapshot is always older than its arrival."""
        return False

    def runs(self, rule: Rule) -> bool:  # noqa: ARG002 - the stream clock's question
        """Return True."""
        return True

    def settles_at(self, matter: Matter, rule: Rule, alert: Alert | None, finding: Finding) -> int | None:
        """Return when a new condition will have stood for the policy's settling_time, or None if it has.

        Systems save one event in several records: what looks wrong after the first is often right after the last.  An
        obligation has had time until its deadline, and a feed's silence is observed, so neither is held back.
        """
        if not isinstance(finding, Condition) or matter.kind is FEED:
            return None
        if not finding.wrong or (alert is not None and alert.status == "BREACHED"):
            if matter.settling:
                matter.settle(rule.id, finding.discriminator, None)
            return None
        since = matter.settling.get((rule.id, finding.discriminator))
        if since is None:
            since = self._context.clock
            matter.settle(rule.id, finding.discriminator, since)
        until = since + self._context.book.settling_time
        return until if self._context.clock < until else None

    def certainty(self, matter: Matter, rule: Rule, moment: int | None) -> Certainty:
        """Return CONFIRMED once the feeds that could clear the alert are complete past its moment.

        The policy's save_lag is added to the moment.  A feed's silence is observed, not inferred from other feeds.
        """
        if matter.kind is FEED:
            return "CONFIRMED"
        complete = self._context.completeness
        through = complete.of(rule.about[matter.kind] | (rule.also & complete.named))
        if moment is None or through is None or through <= moment + self._context.book.save_lag:
            return "PROVISIONAL"
        return "CONFIRMED"


def clock_for(name: Literal["stream", "live"]) -> type[Clock]:
    """Return the clock that a setting names."""
    return WallClock if name == "live" else StreamClock
