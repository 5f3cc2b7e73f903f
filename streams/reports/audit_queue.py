"""The registrar's queue of referrals to audit: which are selected and wait, and how far each agency sector has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from schemas.records import Referral
from streams.facts.context import Context
from streams.obligations.findings import Obligation
from streams.rules import RULES

SECTORS: Final = ("PUBLIC", "VOLUNTARY", "PRIVATE")


class Selected(NamedTuple):
    """A referral selected for audit."""

    force: str
    referral: Referral
    """What CATS says of it now."""
    received_at: int
    due_at: int
    audited: bool
    overdue: bool
    """Not audited, and past due at the clock."""


class Share(NamedTuple):
    """How the referrals of one agency sector fared."""

    sector: str
    received: int
    selected: int
    audited: int
    waiting: int
    overdue: int


def selected(contexts: Iterable[Context]) -> Iterator[Selected]:
    """Yield the referrals that the policy selects for audit, audited or not, by the rule referral-not-audited."""
    judge = RULES["referral-not-audited"].judge
    for context in contexts:
        for matter in context.facts.referrals.values():
            obligation = judge(matter, context) if matter.held else None
            if isinstance(obligation, Obligation):
                audited = obligation.met_at is not None
                yield Selected(
                    force=context.force,
                    referral=matter.newest,
                    received_at=matter.record.first.received_at,
                    due_at=obligation.due_at,
                    audited=audited,
                    overdue=not audited and context.clock > obligation.due_at,
                )


def queue(contexts: Iterable[Context]) -> list[Selected]:
    """Return what waits to be audited: those with a vulnerable person first, then the longest due."""
    waiting = (each for each in selected(contexts) if not each.audited)
    return sorted(
        waiting, key=lambda each: (not each.referral.vulnerable, each.due_at, each.force, each.referral.referral_ref)
    )


def shares(contexts: Iterable[Context]) -> list[Share]:
    """Return how many referrals each agency sector made, and how many of them were selected, audited and wait."""
    contexts = list(contexts)
    chosen = list(selected(contexts))
    received = [
        matter.newest.agency_sector
        for context in contexts
        for matter in context.facts.referrals.values()
        if matter.held
    ]  # fmt: skip
    found = []
    for sector in SECTORS:
        of_sector = [each for each in chosen if each.referral.agency_sector == sector]
        audited, overdue = sum(each.audited for each in of_sector), sum(each.overdue for each in of_sector)
        waiting = len(of_sector) - audited
        found.append(Share(sector, received.count(sector), len(of_sector), audited, waiting, overdue))
    return found
