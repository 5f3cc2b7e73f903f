"""The policy book: which settings are in force at any time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from streams.policy.builtin import default_policy_text
from streams.policy.calendar import DAY, local_midnight
from streams.policy.document import Amendment, Document, read_document
from streams.policy.handling import (
    ACTION_KEYS,
    NOTIFICATION_KEYS,
    ActionPolicy,
    NotificationPolicy,
    actions_of,
    notifications_of,
)
from streams.policy.installation import KEYS, Installation, installation_of
from streams.policy.reading import PolicyError
from streams.policy.settings import DISPOSAL_KINDS, READERS, Policy, settings_of


@dataclass(frozen=True, slots=True, eq=False)
class PolicyBook:
    """A whole policy, validated; settings for a matter are those in force at its own report's time."""

    version: str
    installation: Installation
    actions: ActionPolicy
    notifications: NotificationPolicy
    starts: tuple[int, ...]
    """The moments at which settings change, in order."""
    periods: tuple[Policy, ...]
    """The settings before the first of those moments, and from each of them on."""

    @classmethod
    def from_toml(cls, text: str) -> PolicyBook:
        """The policy of a file laid over the built-in one; raises PolicyError with one line on what is wrong.

        The file must give ``version`` and need give nothing else.

        - What it says in ``[rules]`` of a setting it says for all time: the built-in amendments of that setting fall.
        - What it says in an ``[[amendment]]`` it says from that date on, until a later amendment, built in or its
          own, says otherwise.
        - ``[installation]``, ``[actions]`` and ``[notifications]`` go key by key.
        - Tables (``precluding``, ``severity``, ``escalation``, those by feed or by force) go entry by entry:
          each entry is a setting.
        """
        return cls.from_layers(text)

    @classmethod
    def from_layers(cls, *texts: str) -> PolicyBook:
        """The policy of files each laid over the one before, the first over the built-in one, as in ``from_toml``.

        So a question such as "and if the limit were 48 hours?" can be laid over a force's own policy.
        """
        whole = read_document(default_policy_text())
        _require_complete(whole)
        for text in texts:
            whole = _laid_over(whole, read_document(text))
        return _bound(whole)

    @classmethod
    def built_in(cls) -> PolicyBook:
        """The built-in policy as it comes."""
        return cls.from_toml(default_policy_text())

    def at(self, moment: int) -> Policy:
        """The settings in force at a moment (ms since the epoch)."""
        if not self.starts:
            return self.periods[0]
        return self.periods[bisect_right(self.starts, moment)]

    def feeds(self, force: str) -> frozenset[str]:
        """The feeds a force has: those that hold its stream clock (topic names without a prefix)."""
        return self.installation.feeds_by_force.get(force, self.installation.feeds)

    def allowed_lateness(self, topic: str) -> int:
        """How far behind its newest event_time a feed that never sent a heartbeat is taken to be complete, in ms."""
        return self.installation.allowed_lateness_by_feed.get(topic, self.installation.allowed_lateness)

    def silence_interval(self, topic: str) -> int:
        """How long a feed may say nothing before it counts as silent, in ms of the wall clock."""
        return self.installation.silence_interval_by_feed.get(topic, self.installation.silence_interval)

    def has_registrar(self, force: str) -> bool:
        """Whether the force has a registered Force Crime Registrar; if not, a chief officer decides in their place."""
        return force not in self.installation.forces_without_registrar

    @property
    def save_lag(self) -> int:
        """How long after the fact a source may save it, in ms: a live breach is confirmed that long after due_at."""
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
        """How long what was published of a forgotten matter stays so, in ms since the broker took its last change."""
        return self.installation.published_for

    @property
    def severities_for(self) -> frozenset[str]:
        """The rule ids whose severity the policy replaces in some period; one no rule has is a mistake to point out."""
        return frozenset(rule_id for settings in self.periods for rule_id in settings.severity)


def _laid_over(base: Document, own: Document) -> Document:
    """One document of a whole one with another's word laid over it."""
    changes: dict[date, dict[str, Any]] = {}
    for amendment in base.amendments:
        remaining = {key: value for key, value in amendment.values.items() if key not in own.rules}
        if remaining:
            changes[amendment.date] = remaining
    for amendment in own.amendments:
        changes.setdefault(amendment.date, {}).update(amendment.values)
    return Document(
        version=own.version,
        installation=_merged(base.installation, own.installation),
        actions=_merged(base.actions, own.actions),
        notifications=_merged(base.notifications, own.notifications),
        rules={**base.rules, **own.rules},
        amendments=tuple(Amendment(begins, changes[begins]) for begins in sorted(changes)),
    )


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Values key by key, and those that are tables entry by entry."""
    return {
        **base,
        **{key: {**base.get(key, {}), **value} if isinstance(value, dict) else value for key, value in own.items()},
    }


def _bound(whole: Document) -> PolicyBook:
    """The book of a whole document."""
    values = dict(whole.rules)
    installation = installation_of(whole.installation)
    periods = [_period(values, None, installation)]
    for amendment in whole.amendments:
        values = {**values, **amendment.values}
        periods.append(_period(values, amendment.date, installation))
    return PolicyBook(
        version=whole.version,
        installation=installation,
        actions=actions_of(whole.actions),
        notifications=notifications_of(whole.notifications),
        starts=tuple(local_midnight(day.year, day.month, day.day) for day in (each.date for each in whole.amendments)),
        periods=tuple(periods),
    )


def _require_complete(base: Document) -> None:
    rules = READERS.keys() | {f"precluding.{kind}" for kind in DISPOSAL_KINDS}
    missing = sorted(
        (rules - base.rules.keys())
        | (KEYS - base.installation.keys())
        | (ACTION_KEYS - base.actions.keys())
        | (NOTIFICATION_KEYS - base.notifications.keys())
    )
    if missing:
        raise PolicyError(f"policy: the built-in policy says nothing of {', '.join(missing)}")


def _period(values: Mapping[str, Any], begins: date | None, installation: Installation) -> Policy:
    """The settings of one period; raises PolicyError where two of them contradict one another."""
    settings = settings_of(values)
    when = "" if begins is None else f" (from {begins})"
    if settings.unit_closes <= settings.unit_opens:
        raise PolicyError(
            f"policy: unit_closes = {_clock(settings.unit_closes)}{when}: allowed is a time after unit_opens, "
            f"{_clock(settings.unit_opens)}"
        )
    if settings.evening_risk_at < settings.evening_risk_if_before:
        raise PolicyError(
            f"policy: evening_risk_at = {_clock(settings.evening_risk_at)}{when}: allowed is a time not before "
            f"evening_risk_if_before, {_clock(settings.evening_risk_if_before)}"
        )
    longest = _longest(settings)
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
    return settings


def _longest(settings: Policy) -> int:
    """The longest time any rule needs to know of a matter, in ms."""
    return max(
        settings.recording_limit + settings.delay_extension,
        settings.audit_limit,
        settings.partner_action_limit,
        settings.dispute_limit,
        settings.victim_contract_limit,
        settings.victim_support_limit,
        settings.disposal_review_limit,
        settings.call_review_limit,
        (settings.theme_recent_days + settings.theme_baseline_days + 1) * DAY,
    )


def _clock(minutes: int) -> str:
    return f'"{minutes // 60:02}:{minutes % 60:02}"'
