"""Which marks of a report count as evidence, and how they are said."""

from __future__ import annotations

import pytest

from streams.policy import PolicyBook
from streams.policy.review_policy import RATIO_NAMES, RatioName
from streams.reviews.ratios import OwnFacts, own_ratios, reasons

POLICY = PolicyBook.built_in().reviews


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        (OwnFacts(), ()),
        (OwnFacts(qualifiers=("Alcohol", "Domestic Abuse")), ("vulnerable",)),
        (OwnFacts(qualifiers=("Alcohol",)), ()),
        (OwnFacts(reporter="VICTIM"), ("reporter",)),
        (OwnFacts(reporter="PARENT_CARER"), ("reporter",)),
        (OwnFacts(reporter="PROFESSIONAL"), ("reporter",)),
        (OwnFacts(reporter="OTHER"), ()),
        (OwnFacts(officer_dispatched=False), ("no_officer",)),
        (OwnFacts(officer_dispatched=True), ()),
        (OwnFacts(officer_dispatched=None), ()),
        (OwnFacts(repeat="repeat_pair"), ("repeat_pair",)),
    ],
)
def test_only_what_is_stated_counts(facts: OwnFacts, names: tuple[RatioName, ...]) -> None:
    """A field that is left out is no evidence either way."""
    assert own_ratios(facts, POLICY.vulnerable_qualifiers) == names


def test_every_kind_of_evidence_has_its_words() -> None:
    """Whoever reads the queue is told why, in words of which no two are the same."""
    assert len(set(reasons(RATIO_NAMES, POLICY))) == len(RATIO_NAMES)


def test_a_repeat_says_how_many_within_how_long() -> None:
    """The numbers are the policy's."""
    said = reasons(["repeat_victim"], POLICY)
    assert said == ("the same victim in 3 or more reports or crimes within 90 days",)
