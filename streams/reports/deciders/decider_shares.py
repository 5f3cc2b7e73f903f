"""Shares of decisions by decider, team and month, beside the force's and what chance explains.

Outside the funnel's limits a share is not one of chance; that says where to look, not that anything is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from streams.facts.statistics import wilson
from streams.reports.deciders.crime_decisions import DECISION_KINDS, MONTH_END_DAYS, DecisionKind, DecisionTally
from streams.reports.deciders.funnel import funnel_limits

DecidedBy: TypeAlias = Literal["DECIDER", "TEAM", "MONTH"]
DECIDED_BY: Final[tuple[DecidedBy, ...]] = get_args(DecidedBy)
Outside: TypeAlias = Literal["ABOVE", "BELOW"]

_VALUE: Final[Mapping[DecidedBy, Callable[[DecisionTally], str]]] = MappingProxyType(
    {
        "DECIDER": lambda tally: tally.decider,
        "TEAM": lambda tally: tally.team,
        "MONTH": lambda tally: tally.month,
    }
)


class DeciderShare(NamedTuple):
    """The decisions of one kind of one decider, team or month, and what is expected of them."""

    force: str
    kind: DecisionKind
    by: DecidedBy
    value: str
    """Empty where nobody, or no team, is named."""
    designated: bool
    """Of a decider: whether they are compared with those whose work it is."""
    taken: int
    against: int
    rate: float
    """The share of all they are compared with."""
    at_month_end: int
    """Of those against, in the last days of a month."""
    month_end_rate: float
    """The share of these that is expected if every day of a month is like any other."""

    @property
    def share(self) -> float:
        """The share against."""
        return self.against / self.taken

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the share."""
        return wilson(self.against, self.taken)

    @property
    def limits(self) -> tuple[float, float]:
        """The 99.8 % funnel limits around the rate."""
        return funnel_limits(self.taken, self.rate)

    @property
    def outside(self) -> Outside | None:
        """On which side of the limits the share lies; None within them."""
        return _side(self.share, self.limits)

    @property
    def month_end_share(self) -> float | None:
        """The share of decisions against a crime in the last days of a month."""
        return self.at_month_end / self.against if self.against else None

    @property
    def month_end_outside(self) -> Outside | None:
        """On which side of its own funnel limits the month-end share lies; None within them."""
        share = self.month_end_share
        return None if share is None else _side(share, funnel_limits(self.against, self.month_end_rate))


class _Peers(NamedTuple):
    """Those who are compared with each other."""

    force: str
    kind: DecisionKind
    designated: bool
    unnamed: bool


def decider_shares(tallies: Iterable[DecisionTally], by: DecidedBy) -> list[DeciderShare]:
    """Return the shares of every decider, team or month of each force and kind, in order.

    Whose work such decisions are (the registrar and their deputy, designated decision makers) is compared with each
    other alone, by decider: beside an officer's, theirs would always stand out.  So is what nobody is named for.
    """
    groups: dict[_Peers, dict[str, list[DecisionTally]]] = {}
    for tally in tallies:
        of_people = by == "DECIDER"
        peers = _Peers(tally.force, tally.kind, of_people and tally.designated, of_people and not tally.decider)
        groups.setdefault(peers, {}).setdefault(_VALUE[by](tally), []).append(tally)
    shares = [
        _share(peers, by, value, of_value, _rate(of_peers))
        for peers, of_peers in groups.items()
        for value, of_value in of_peers.items()
    ]
    return sorted(shares, key=lambda share: (share.force, DECISION_KINDS.index(share.kind), *share[3:5]))


def _rate(of_peers: Mapping[str, list[DecisionTally]]) -> float:
    tallies = [tally for of_value in of_peers.values() for tally in of_value]
    return sum(tally.against for tally in tallies) / sum(tally.taken for tally in tallies)


def _share(peers: _Peers, by: DecidedBy, value: str, tallies: list[DecisionTally], rate: float) -> DeciderShare:
    against = sum(tally.against for tally in tallies)
    expected = sum(tally.against * MONTH_END_DAYS / tally.days for tally in tallies)
    return DeciderShare(
        force=peers.force,
        kind=peers.kind,
        by=by,
        value=value,
        designated=peers.designated,
        taken=sum(tally.taken for tally in tallies),
        against=against,
        rate=rate,
        at_month_end=sum(tally.at_month_end for tally in tallies),
        month_end_rate=expected / against if against else 0.0,
    )


def _side(share: float, limits: tuple[float, float]) -> Outside | None:
    low, high = limits
    if share > high:
        return "ABOVE"
    return "BELOW" if share < low else None
