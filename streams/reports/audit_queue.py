"""The registrar's queue of referrals to audit, and how far each agency sector has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from schemas.records import Referral
from streams.facts.context import Context
from streams.obligations.findings import Obligation
from streams.rules import RULES

SECTORS: Final = ("PUBLIC", "VOLUNTARY", "PRIVATE")


class SelectedReferral(NamedTuple):
    """A referral selected for audit."""

    force: str
    referral: Referral
    """What CATS says of it now."""
    received_at: int
    due_at: int
    audited: bool
    overdue: bool
    """Not audited, and past due at the clock."""


class SectorProgress(NamedTuple):
    """How the referrals of one agency sector fared."""

    sector: str
    received: int
    selected: int
    audited: int
    waiting: int
    overdue: int


def selected_referrals(contexts: Iterable[Context]) -> Iterator[SelectedReferral]:
    """Yield the referrals that the rule referral-not-audited selects for audit, audited or not."""
    judge = RULES["referral-not-audited"].judge
    for context in contexts:
        for matter in context.facts.referrals.values():
            obligation = judge(matter, context) if matter.held else None
            if isinstance(obligation, Obligation):
                audited = obligation.met_at is not None
                yield SelectedReferral(
                    force=context.force,
                    referral=matter.newest,
                    received_at=matter.record.first.received_at,
                    due_at=obligation.due_at,
                    audited=audited,
                    overdue=not audited and context.clock > obligation.due_at,
                )


def audit_queue(contexts: Iterable[Context]) -> list[SelectedReferral]:
    """Return what waits to be audited: those with a vulnerable person first, then the longest due."""
    return sorted(
        (selected for selected in selected_referrals(contexts) if not selected.audited),
        key=lambda selected: (
            not selected.referral.vulnerable,
            selected.due_at,
            selected.force,
            selected.referral.referral_ref,
        ),
    )


def progress_by_sector(contexts: Iterable[Context]) -> list[SectorProgress]:
    """Return how many referrals of each agency sector were received, selected, audited and wait."""
    contexts = list(contexts)
    chosen = list(selected_referrals(contexts))
    received = [
        matter.newest.agency_sector
        for context in contexts
        for matter in context.facts.referrals.values()
        if matter.held
    ]
    progress = []
    for sector in SECTORS:
        of_sector = [selected for selected in chosen if selected.referral.agency_sector == sector]
        audited = sum(selected.audited for selected in of_sector)
        overdue = sum(selected.overdue for selected in of_sector)
        waiting = len(of_sector) - audited
        progress.append(SectorProgress(sector, received.count(sector), len(of_sector), audited, waiting, overdue))
    return progress
