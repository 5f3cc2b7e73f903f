"""The policy of the review queue: numbers of the contract, families in order, and what is refused."""

from __future__ import annotations

import tomllib

import pytest

from schemas.times import DAY
from streams.policy import PolicyBook, PolicyError, default_policy_text
from streams.policy.review_policy import RATIO_NAMES

BUILT_IN = PolicyBook.built_in().reviews
WRITTEN = tomllib.loads(default_policy_text())


def reviews(text: str) -> object:
    """Return the policy of reviews with this text laid over the built-in one."""
    return PolicyBook.from_toml(f'version = "trial"\n{text}').reviews


def test_the_built_in_numbers_are_the_contracts() -> None:
    """Each number the contract states stands in the built-in policy."""
    assert (BUILT_IN.queue_age, BUILT_IN.blind_share, BUILT_IN.before_due) == (28 * DAY, 5, 2)
    assert (BUILT_IN.prior_strength, BUILT_IN.evidence_cap) == (20, 2.5)
    assert (BUILT_IN.score_weight, BUILT_IN.score_cap) == (0, 1.0)
    assert (BUILT_IN.repeat_days, BUILT_IN.repeat_least) == (90, 3)


def test_every_ratio_has_a_number() -> None:
    """None is below 1: each speaks for an unrecorded crime."""
    assert set(BUILT_IN.ratios) == set(RATIO_NAMES)
    assert all(ratio >= 1 for ratio in BUILT_IN.ratios.values())


@pytest.mark.parametrize(("kind", "listed"), [("CRIME", "crime_closing_codes"), ("NO_REPORT", "no_report_codes")])
def test_families_of_a_kind_list_what_the_rules_list(kind: str, listed: str) -> None:
    """A code of a crime is one for the rules and for the queue; so is one of no report."""
    codes = [code for row in WRITTEN["reviews"]["code_families"] if row["kind"] == kind for code in row["codes"]]
    assert sorted(codes) == sorted(WRITTEN["rules"][listed])


@pytest.mark.parametrize("listed", ["crime_closing_codes", "no_report_codes"])
def test_no_family_before_takes_a_code_that_the_rules_list(listed: str) -> None:
    """The order of families hides no crime and no administration behind another family."""
    kind = "CRIME" if listed == "crime_closing_codes" else "NO_REPORT"
    for code in WRITTEN["rules"][listed]:
        assert BUILT_IN.families.of(code.rstrip("*-")).kind == kind, code


def test_a_code_belongs_to_the_first_family_that_lists_it() -> None:
    """Whatever case and punctuation it is written with; what none lists is OTHER."""
    families = BUILT_IN.families
    assert families.of("Indecent exposure").name == "SEXUAL"
    assert families.of("Domestic-Crime").name == "VIOLENCE"
    assert families.of("domestic").name == "DOMESTIC"
    assert families.of("something else").name == families.of(None).name == "OTHER"


def test_reports_are_crimes_antisocial_behaviour_domestic_and_concern() -> None:
    """What may hide a crime is a report; a dispute between landlord and tenant or an alarm is none by its code."""
    families = BUILT_IN.families
    assert all(map(families.is_report, ("ASSAULT", "ASB-PERSONAL", "DOMESTIC-INCIDENT", "CONCERN-FOR-SAFETY")))
    assert not any(map(families.is_report, ("CIVIL-DISPUTE", "ALARM", "ADMIN", "ZZ", None)))


def test_a_force_may_give_its_own_families_and_ratios() -> None:
    """Ratios go entry by entry; the table of families is one value."""
    own = PolicyBook.from_toml(
        'version = "own"\n[reviews]\nscore_weight = 0.3\nother_share = 0.1\n'
        'code_families = [{ name = "D", kind = "REPORT", share = 0.4, codes = ["X1", "X2*"] }]\n'
        "[reviews.ratios]\nreporter = 2\n"
    ).reviews
    assert (own.families.of("x-1").name, own.families.of("X1").name, own.families.of("x29").name) == ("OTHER", "D", "D")
    assert (own.families.of("X1").share, own.families.of("ZZ").share) == (0.4, 0.1)
    assert (own.ratios["reporter"], own.ratios["vulnerable"]) == (2.0, BUILT_IN.ratios["vulnerable"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[reviews]\nscore_weight = 0.6", "reviews.score_weight = 0.6: allowed is a number from 0 to 0.5"),
        ("[reviews]\nevidence_cap = nan", "reviews.evidence_cap = NaN: allowed is a number from 0 to 100"),
        ("[reviews.ratios]\nreporter = 0", "reviews.ratios.reporter = 0: allowed is a number from 0.01 to 100"),
        ("[reviews.ratios]\nmood = 2", "reviews.ratios.mood = 2: allowed is only an entry for"),
        (
            '[reviews]\ncode_families = [{ name = "A", kind = "CRIME", share = 1.5, codes = [] }]',
            "a number above 0 and below 1",
        ),
        (
            '[reviews]\ncode_families = [{ name = "OTHER", kind = "CRIME", share = 0.5, codes = [] }]',
            'not "OTHER"',
        ),
        (
            '[reviews]\ncode_families = [{ name = "A", kind = "CRIME", share = 0.5, codes = ["a b"] }]',
            'not "a b"',
        ),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(text: str, sentence: str) -> None:
    """The line names the key, the value and what is allowed."""
    with pytest.raises(PolicyError) as refused:
        reviews(text)
    assert sentence in str(refused.value)
