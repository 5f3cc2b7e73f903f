"""What the doctor checks of the policy: that it can be used, with the feeds and topics there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.quantities import counted
from schemas.records import FEEDS
from streams.policy.calendar import DAY
from streams.rules import CATALOGUE, RULES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook


def policy(book: PolicyBook) -> Iterator[Diagnosis]:
    """Check the policy, and name the rules that lack a feed."""
    unknown = sorted(book.severities_for - RULES.keys())
    if unknown:
        yield Diagnosis("WRONG", f"policy {book.version}: severity.{unknown[0]}: no rule has this id")
    else:
        yield Diagnosis("ok", f"policy {book.version} can be used")
    yield from _unjudged("by default", book.installation.feeds)
    for force, feeds in sorted(book.installation.feeds_by_force.items()):
        yield from _unjudged(force, feeds)


def _unjudged(force: str, named: frozenset[str]) -> Iterator[Diagnosis]:
    """Name the rules that cannot be judged because a feed is missing."""
    for rule in CATALOGUE:
        for kind, feeds in rule.about.items():
            if kind.record is not None and kind.record.TOPIC not in (*FEEDS, *named):
                continue  # an optional feed that the force does not have
            if missing := sorted(feeds - named):
                yield Diagnosis("note", f"{force}: {rule.id} is not judged ({kind.name}): needs {', '.join(missing)}")


def retention(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Name source topics that are kept for less time than the state is made of."""
    days = settings.source_retention_days
    if days is not None and days * DAY < book.forget_after:
        remembered = counted(book.forget_after // DAY, "day")
        line = f"CDI_SOURCE_RETENTION_DAYS: {days} is less than the policy's forget_after, {remembered}"
        yield wrong(line, "a rebuild would judge without records that it needs: keep them longer")
