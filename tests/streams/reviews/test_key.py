"""What a key is made of, and which evidence it alone decides."""

from __future__ import annotations

import pytest

from streams.policy import PolicyBook
from streams.policy.review_policy import RatioName
from streams.reviews.key import ReviewKey, key_ratios, review_key
from streams.reviews.prior import prior_of
from streams.reviews.probability import logistic, logit

POLICY = PolicyBook.built_in().reviews
FAMILIES = POLICY.families


@pytest.mark.parametrize(
    ("opening", "closing", "disposition", "unverified", "key"),
    [
        ("Domestic incident", None, None, False, ("DOMESTIC", "NONE", "NONE")),
        ("ASSAULT-ABH", "ADMIN", "NOT_A_CRIME", True, ("VIOLENCE", "NO_REPORT", "NOT_A_CRIME?")),
        ("ASSAULT", "CRIME-RELATED-INCIDENT", "CRIMED", False, ("VIOLENCE", "OTHER", "CRIMED")),
        (None, None, "NOT_A_CRIME", False, ("OTHER", "NONE", "NOT_A_CRIME")),
        ("ZZ", "", None, False, ("OTHER", "NONE", "NONE")),
    ],
)
def test_a_key_names_the_families_of_both_codes_and_the_disposition(
    opening: str | None, closing: str | None, disposition: str | None, unverified: bool, key: tuple[str, str, str]
) -> None:
    """A code that no family lists is OTHER; what is not there is NONE; what is unverified ends in ``?``."""
    assert review_key(FAMILIES, opening, closing, disposition, unverified=unverified) == ReviewKey(*key)


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (ReviewKey("VIOLENCE", "NONE", "NONE"), ()),
        (ReviewKey("VIOLENCE", "THEFT", "NONE"), ()),
        (ReviewKey("VIOLENCE", "CIVIL", "NONE"), ("crime_closed_as_none",)),
        (ReviewKey("VIOLENCE", "NO_REPORT", "NONE"), ("crime_closed_as_none", "report_closed_as_no_report")),
        (ReviewKey("DOMESTIC", "NO_REPORT", "NOT_A_CRIME?"), ("report_closed_as_no_report", "unverified")),
        (ReviewKey("CIVIL", "NO_REPORT", "NONE"), ()),
        (ReviewKey("NO_REPORT", "NO_REPORT", "NONE"), ()),
    ],
)
def test_a_key_alone_decides_what_its_codes_say(key: ReviewKey, names: tuple[RatioName, ...]) -> None:
    """Opened as a crime and closed as none; opened as a report and closed as no report; unverified."""
    assert key_ratios(key, FAMILIES) == names


def test_the_prior_of_a_key_is_its_familys_share_and_its_ratios() -> None:
    """The log odds add up; the counts together are the policy's strength."""
    key = ReviewKey("VIOLENCE", "CIVIL", "NOT_A_CRIME?")
    begun = prior_of(key, POLICY)
    odds = logit(0.1) + POLICY.log_ratio("crime_closed_as_none") + POLICY.log_ratio("unverified")
    assert begun.mean == pytest.approx(logistic(odds))
    assert begun.a + begun.b == pytest.approx(POLICY.prior_strength)
