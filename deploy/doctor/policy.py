"""What the doctor checks of the policy: that it can be used, with the feeds and topics there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agents.settings.clock import wall_clock
from deploy.doctor.diagnosis import Diagnosis, wrong
from schemas.quantities import counted
from streams.policy.calendar import DAY
from streams.reports.unjudged import sentences, unjudged_rules
from streams.rules import RULES

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook


def policy(book: PolicyBook) -> Iterator[Diagnosis]:
    """Check the policy, and name the rules that are not judged, by lack of what."""
    unknown = sorted(book.severities_for - RULES.keys())
    if unknown:
        yield Diagnosis("WRONG", f"policy {book.version}: severity.{unknown[0]}: no rule has this id")
    else:
        yield Diagnosis("ok", f"policy {book.version} can be used")
    yield from _unjudged(book, "by default", "")
    for force in sorted({*book.installation.feeds_by_force, *book.at(wall_clock()).lacks_by_force}):
        yield from _unjudged(book, force, force)


def _unjudged(book: PolicyBook, name: str, force: str) -> Iterator[Diagnosis]:
    """Name the rules that cannot be judged because the policy names no feed, or a feed lacks a field."""
    for sentence in sentences(unjudged_rules(book, force, book.feeds(force), wall_clock())):
        yield Diagnosis("note", f"{name}: {sentence}")


def retention(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Name source topics that are kept for less time than the state is made of."""
    days = settings.source_retention_days
    if days is not None and days * DAY < book.forget_after:
        remembered = counted(book.forget_after // DAY, "day")
        line = f"CDI_SOURCE_RETENTION_DAYS: {days} is less than the policy's forget_after, {remembered}"
        yield wrong(line, "a rebuild would judge without records that it needs: keep them longer")
