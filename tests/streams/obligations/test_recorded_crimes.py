"""Which records of CIS are crimes."""

from __future__ import annotations

import pytest

from streams.obligations.recorded_crimes import incident_class
from tests.streams.world import crime


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("N100/01", "N100"),
        ("n100 / 02", "N100"),
        ("N100", "N100"),
        ("100/03", "N100"),
        ("100", "N100"),
        ("N200/06", "N200"),
        ("200 06", "N200"),
        ("N300", "N300"),
        ("300/08", "N300"),
        ("N1000", None),
        ("1000/01", None),
        ("N400/01", None),
        ("NN100/01", None),
        ("2001", None),
        ("010/00", None),
        ("19C", None),
        ("", None),
    ],
)
def test_a_reported_incident_is_told_by_its_code(code: str, expected: str | None) -> None:
    """Both ways of writing the code are known, and no other code is taken for it."""
    assert incident_class(crime("2026-04-01", offence_code=code)) == expected
