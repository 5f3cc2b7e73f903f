"""The policy of the NCRS audit: what is built in, what is refused, and which incidents are domestic."""

from __future__ import annotations

import pytest

from streams.policy import PolicyError
from tests.streams.world import BUILT_IN, policy


def test_the_built_in_numbers_are_the_contracts() -> None:
    """A second reader for one in ten, and what a first audit goes by."""
    audits = BUILT_IN.audits
    assert audits.z == 1.959964
    assert (audits.second_reader_percent, audits.smallest_per_stratum) == (10, 2)
    assert (audits.expected_recorded, audits.expected_crimes) == (0.8, 0.5)


def test_a_file_changes_what_it_names() -> None:
    """Key by key."""
    audits = policy("[audits]\nsecond_reader_percent = 25\nexpected_crimes = 1.2").audits
    assert (audits.second_reader_percent, audits.expected_crimes, audits.expected_recorded) == (25, 1.2, 0.8)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("z = 0.5", "audits.z = 0.5: allowed is a number from 1 to 5, such as 1.959964 for 95 %"),
        ("z = nan", "audits.z = NaN: allowed is a number from 1 to 5"),
        ('z = "two"', 'audits.z = "two": allowed is a number from 1 to 5'),
        ("second_reader_percent = 101", "audits.second_reader_percent = 101: allowed is a whole number from 0 to 100"),
        ("smallest_per_stratum = 0", "audits.smallest_per_stratum = 0: allowed is a whole number from 1 to 1000"),
        ("expected_recorded = 1", "audits.expected_recorded = 1: allowed is a number above 0"),
        ("expected_crimes = 0", "audits.expected_crimes = 0: allowed is a number above 0, at most 100, such as 0.5"),
        ("expected_crimes = inf", "audits.expected_crimes = Infinity: allowed is a number above 0"),
        ('domestic_codes = ["domestic"]', "allowed is codes of A-Z, 0-9 and single hyphens"),
        ("second_reader = 5", "audits.second_reader = 5: unknown (did you mean second_reader_percent?)"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(text: str, sentence: str) -> None:
    """With the key, the value and what is allowed."""
    with pytest.raises(PolicyError) as refusal:
        policy(f"[audits]\n{text}")
    line = str(refusal.value)
    assert sentence in line
    assert "\n" not in line


def test_an_incident_is_domestic_by_any_of_its_codes_or_qualifiers() -> None:
    """By the policy's own lists."""
    audits = BUILT_IN.audits
    assert audits.is_domestic(("VIOLENCE", "Domestic - verbal"), ())
    assert audits.is_domestic(("VIOLENCE", None), ("ALCOHOL", "Honour based incident"))
    assert not audits.is_domestic(("VIOLENCE", None), ("ALCOHOL",))
    other = policy('[audits]\ndomestic_codes = ["FAM-*"]').audits
    assert other.is_domestic(("FAM 3",), ())
    assert not other.is_domestic(("DOMESTIC",), ())
