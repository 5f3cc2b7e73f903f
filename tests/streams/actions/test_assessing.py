"""What is refused of an assessment before it is written."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.records import Assessment
from streams.actions.assessing import assessor_role, check_assessment
from streams.actions.validation import ActionRefusedError
from tests.streams.world import BUILT_IN, assessment

NOON = "2016-03-10 12:00"


def given(**stated: Any) -> Assessment:
    """Return an assessment of an incident."""
    made = assessment(NOON, **stated)
    assert isinstance(made, Assessment)
    return made


@pytest.mark.parametrize(
    "stated",
    [
        {"crimes": 1},
        {"crimes": 0},
        {"crimes": 0, "assessed_role": "FCR", "rationale": "a dispute about rent"},
        {"crimes": None, "rationale": "seen, and rightly recorded"},
        {"crimes": None, "revoked": True},
    ],
    ids=["one", "supervisor", "ruled", "oversight", "revoked"],
)
def test_what_says_something_may_be_given(stated: dict[str, Any]) -> None:
    """A number, a reason, or that an earlier one is taken back."""
    check_assessment(given(**stated), BUILT_IN.actions)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({"crimes": None}, "says how many crimes"),
        ({"crimes": -1}, "from 0 to 1000"),
        ({"crimes": 1001}, "from 0 to 1000"),
        ({"crimes": 1, "offence_class": "MISCHIEF"}, "an offence class is one of BURGLARY"),
        ({"crimes": 0, "assessed_role": "DDM", "rationale": " "}, "needs a rationale"),
        ({"crimes": 1, "assessed_by": " "}, "name them"),
        ({"crimes": 1, "rationale": "x" * 3000}, "more than 2000 characters"),
        ({"crimes": 1, "reason": "a\0b"}, "reason"),
    ],
)
def test_what_cannot_be_given_is_refused_in_a_sentence(stated: dict[str, Any], sentence: str) -> None:
    """Without what was written in it."""
    with pytest.raises(ActionRefusedError) as refused:
        check_assessment(given(**stated), BUILT_IN.actions)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("stated", "role"),
    [("fcr", "FCR"), ("Deputy FCR", "DEPUTY_FCR"), ("ddm", "DDM"), ("ops", None), ("", None)],
)
def test_a_role_is_read_in_any_spelling(stated: str, role: str | None) -> None:
    """Operations assess nothing."""
    assert assessor_role(stated) == role
