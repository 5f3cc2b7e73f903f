"""The policy book: which policy is in force at any time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from schemas.records import FEEDS
from streams.policy.action_policy import ActionPolicy, NotificationPolicy
from streams.policy.audit_policy import AuditPolicy
from streams.policy.builtin import default_policy_text
from streams.policy.calendar import DAY, local_midnight
from streams.policy.document import Document, read_document
from streams.policy.installation import Installation
from streams.policy.policy import Policy
from streams.policy.reading import PolicyError, Values, build
from streams.policy.review_policy import ReviewPolicy
from streams.policy.schedules import Schedule

_NINE: Final = frozenset(FEEDS)
_WHATEVER_THERE_IS: Final = local_midnight(1900, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class PolicyBook:
    """A whole policy, validated; a matter is judged by the policy in force at its own report's time."""

    version: str
    installation: Installation
    actions: ActionPolicy
    notifications: NotificationPolicy
    reviews: ReviewPolicy
    audits: AuditPolicy
    starts: tuple[int, ...]
    """The moments at which the policy changes, in order."""
    periods: tuple[Policy, ...]
    """The policies before the first of those moments, and from each of them on."""
    states_feeds: bool
    """Whether a file of the installation's own says which feeds there are."""
    lacks_anything: bool
    """Whether any feed lacks a field in some period."""
    switches_off: frozenset[str]
    """The rule ids that are switched off in some period."""
    judges_from: frozenset[str]
    """The rule ids that are judged only from some date on."""
    schedules_anything: bool
    """Whether any feed has a schedule in some period."""
    judges_nothing_before: bool
    """Whether there is a date before which no rule is judged."""
    switches_at: tuple[int, ...]
    """The moments (ms) at which a rule may be switched on or off, in order."""

    @classmethod
    def from_toml(cls, text: str) -> PolicyBook:
        """Lay a file over the built-in policy.  Raises PolicyError with one line on what is wrong.

        The file must give ``version`` and need give nothing else.

        - What it says in ``[rules]`` of a setting it says for all time: the built-in amendments of that setting fall.
        - What it says in an ``[[amendment]]`` it says from that date on, until a later amendment, built in or its
          own, says otherwise.
        - What it says in ``[lacks]``, ``[schedules]`` and both by force is as what it says in ``[rules]``.
        - ``[installation]``, ``[actions]``, ``[notifications]``, ``[reviews]`` and ``[audits]`` go key by key.
        - Tables (``precluding``, ``severity``, ``judged_from``, ``unsuitable_outcomes``, ``escalation``, ``ratios``,
          those by feed or by force) go entry by entry: each entry is a setting.
        """
        return cls.from_layers(text)

    @classmethod
    def from_layers(cls, *texts: str) -> PolicyBook:
        """Lay each file over the one before, the first over the built-in policy, as in ``from_toml``.

        So a question such as "and if the limit were 48 hours?" can be laid over a force's own policy.
        """
        whole, states_feeds = _built_in_document(), False
        for text in texts:
            document = read_document(text)
            states_feeds |= ("feeds",) in document.installation
            whole = document.laid_over(whole)
        return _book(whole, states_feeds=states_feeds)

    @classmethod
    def built_in(cls) -> PolicyBook:
        """Return the built-in policy as it comes."""
        return cls.from_layers()

    def at(self, moment: int) -> Policy:
        """Return the policy in force at a moment (ms since the epoch)."""
        if not self.starts:
            return self.periods[0]
        return self.periods[bisect_right(self.starts, moment)]

    def feeds(self, force: str) -> frozenset[str]:
        """Return the feeds a force has: those that hold its stream clock (topic names without a prefix)."""
        return self.installation.feeds_by_force.get(force, self.installation.feeds)

    def awaited_feeds(self, force: str) -> frozenset[str]:
        """Return the feeds that, live, a force is known to have, and to miss, once they are heard.

        There is none where the installation's own policy names the force's feeds: each of those is missed until heard.
        """
        if self.installation.feeds_once_heard:
            return self.feeds(force) | _NINE
        names_feeds = self.states_feeds or force in self.installation.feeds_by_force
        return frozenset() if names_feeds else self.feeds(force)

    def allowed_lateness(self, topic: str) -> int:
        """Return how far (ms) behind its newest event_time a feed without heartbeats is taken to be complete."""
        return self.installation.allowed_lateness_by_feed.get(topic, self.installation.allowed_lateness)

    def silence_interval(self, topic: str) -> int:
        """Return how long (ms of the wall clock) a feed without a schedule may say nothing."""
        return self.installation.silence_interval_by_feed.get(topic, self.installation.silence_interval)

    def schedule(self, force: str, topic: str, moment: int) -> Schedule:
        """Return when a force's feed is expected to speak, by the policy in force at ``moment`` (ms)."""
        return self.at(moment).schedule(force, topic) or Schedule(every=self.silence_interval(topic))

    def silent_after(self, force: str, topic: str, heard_at: int, moment: int) -> int:
        """Return the moment (ms) past which a feed last heard at ``heard_at`` is silent.

        Where its schedule has changed between then and ``moment``, it is silent once it is by both.
        """
        if not self.schedules_anything:  # asked of every feed at every tick
            return heard_at + self.silence_interval(topic)
        schedules = {self.schedule(force, topic, at) for at in (heard_at, moment)}
        return max(schedule.silent_after(heard_at) for schedule in schedules)

    def late_after(self, force: str, topic: str, through: int, moment: int, lateness: int | None = None) -> int:
        """Return the moment (ms) past which a feed complete through ``through`` is late, likewise.

        ``lateness`` (ms) comes on top, the policy's allowed lateness where it is None.
        """
        schedules = {self.schedule(force, topic, at) for at in (through, moment)}
        on_top = self.allowed_lateness(topic) if lateness is None else lateness
        return max(schedule.late_after(through) for schedule in schedules) + on_top

    def has_registrar(self, force: str) -> bool:
        """Return whether the force has a registrar; where not, a chief officer decides in their place."""
        return force not in self.installation.forces_without_registrar

    @property
    def people_assess(self) -> bool:
        """Whether people can assess records here: on the board, or by ``cdi assess``."""
        return self.installation.people_assess

    @property
    def save_lag(self) -> int:
        """How long (ms) after a fact a source may save it: a live breach is confirmed so long after due_at."""
        return self.installation.save_lag

    @property
    def settling_time(self) -> int:
        """How long a breach without a deadline must have stood, in ms, before it is raised live."""
        return self.installation.settling_time

    @property
    def far_future(self) -> int:
        """How far ahead of its message an event_time may be, in ms, before the message is a dead letter."""
        return self.installation.far_future

    @property
    def forget_after(self) -> int:
        """How long after its last change a settled matter is kept, in ms."""
        return self.installation.forget_after

    @property
    def published_for(self) -> int:
        """How long (ms) since its last change what was published of a forgotten matter is kept."""
        return self.installation.published_for

    @property
    def severities_for(self) -> frozenset[str]:
        """The rule ids whose severity the policy replaces in some period."""
        return frozenset(rule_id for policy in self.periods for rule_id in policy.severity)


@cache
def _built_in_document() -> Document:
    """Return the built-in policy as it is written; it is read once, however many are laid over it."""
    return read_document(default_policy_text())


def _book(document: Document, *, states_feeds: bool) -> PolicyBook:
    """Return the book of a whole document."""
    installation = build(Installation, document.installation)
    values = document.rules
    starts = tuple(local_midnight(begins.year, begins.month, begins.day) for begins in document.amendments)
    periods = [_period(values, None, installation)]
    for begins, changes in document.amendments.items():
        values = values | changes
        periods.append(_period(values, begins, installation))
    return PolicyBook(
        version=document.version,
        installation=installation,
        actions=build(ActionPolicy, document.actions),
        notifications=build(NotificationPolicy, document.notifications),
        reviews=build(ReviewPolicy, document.reviews),
        audits=build(AuditPolicy, document.audits),
        starts=starts,
        periods=tuple(periods),
        states_feeds=states_feeds,
        lacks_anything=any(policy.lacks_anything for policy in periods),
        switches_off=frozenset().union(*(policy.off for policy in periods)),
        judges_from=frozenset().union(*(policy.judged_from for policy in periods)),
        schedules_anything=any(policy.schedules or policy.schedules_by_force for policy in periods),
        judges_nothing_before=any(policy.nothing_judged_before > _WHATEVER_THERE_IS for policy in periods),
        switches_at=tuple(sorted({*starts, *(at for policy in periods for at in policy.switches_at)})),
    )


def _period(values: Values, begins: date | None, installation: Installation) -> Policy:
    """Return the policy of one period.  Raises PolicyError where two settings contradict one another."""
    policy = build(Policy, values)
    when = "" if begins is None else f" (from {begins})"
    if policy.unit_closes <= policy.unit_opens:
        raise PolicyError(
            f"policy: unit_closes = {_clock(policy.unit_closes)}{when}: allowed is a time after unit_opens, "
            f"{_clock(policy.unit_opens)}"
        )
    if policy.evening_risk_at < policy.evening_risk_if_before:
        raise PolicyError(
            f"policy: evening_risk_at = {_clock(policy.evening_risk_at)}{when}: allowed is a time not before "
            f"evening_risk_if_before, {_clock(policy.evening_risk_if_before)}"
        )
    longest = _longest(policy)
    if installation.forget_after < longest:
        raise PolicyError(
            f'policy: installation.forget_after = "{installation.forget_after}ms": allowed is at least "{longest}ms", '
            f"the longest time a rule looks back{when}"
        )
    if installation.published_for < installation.forget_after:
        raise PolicyError(
            f'policy: installation.published_for = "{installation.published_for}ms": allowed is at least forget_after, '
            f'"{installation.forget_after}ms"'
        )
    return policy


def _longest(policy: Policy) -> int:
    """Return the longest time any rule needs to know of a matter, in ms."""
    return max(
        policy.recording_limit + policy.delay_extension,
        policy.audit_limit,
        policy.partner_action_limit,
        policy.dispute_limit,
        policy.late_recording_grace,
        policy.vulnerable_assessment_limit,
        policy.reclassification_limit,
        policy.incident_only_limit,
        policy.incident_only_linked_limit,
        policy.victim_contract_limit,
        policy.victim_support_limit,
        policy.disposal_review_limit,
        policy.call_review_limit,
        *(row.within or 0 for row in policy.unsuitable_outcomes.values()),
        (policy.theme_recent_days + policy.theme_baseline_days + 1) * DAY,
    )


def _clock(minutes: int) -> str:
    return f'"{minutes // 60:02}:{minutes % 60:02}"'
