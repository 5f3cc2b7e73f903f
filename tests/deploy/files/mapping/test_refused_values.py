"""What is wrong with a value is said with its column and its shape, and never with the value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.files.mapping.refused_values import shape_of
from tests.deploy.files.mapping.crime_rows import mapping_of, rows_of


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("01/06/0021 9:30", "99/99/9999 9:99"),
        ("Ann O'Neill, 7 High St", "AAA A?AAAAA, 9 AAAA AA"),
        ("Müller\0\n", "AAAAAA??"),
        ("٣", "9"),
        ("x" * 40, "A" * 24 + "\N{HORIZONTAL ELLIPSIS}"),
    ],
)
def test_a_shape_keeps_signs_alone(text: str, shape: str) -> None:
    """Of digits and letters, that they are such."""
    assert shape_of(text) == shape


@given(st.text())
def test_no_letter_and_no_digit_of_a_value_is_in_its_shape(text: str) -> None:
    """Of whatever script."""
    assert {sign for sign in shape_of(text) if sign.isalnum()} <= {"A", "9"}


@pytest.mark.parametrize(
    ("source", "row", "problem"),
    [
        (
            '{ column = "At", time = ["iso", "%d/%m/%Y"], zone = "UTC" }', "soon,x",
            "IMPOSSIBLE_DATE: recorded_at: not a time of the mapping's format, iso or %d/%m/%Y; column 'At': 'AAAA'",
        ),
        (
            '{ column = "At", time = "iso", zone = "UTC" }', "0021-06-01,x",
            "IMPOSSIBLE_DATE: recorded_at: outside 1900 to 9999; column 'At': '9999-99-99'",
        ),
        (
            '["At", { column = "B", time = "iso", zone = "UTC" }]', ",",
            "IMPOSSIBLE_DATE: recorded_at: blank; column 'At' is blank, column 'B' is blank",
        ),
    ],
)  # fmt: skip
def test_a_bad_time_is_said_with_column_shape_and_formats(tmp_path: Path, source: str, row: str, problem: str) -> None:
    """So that who mends the mapping need not open the file."""
    (tmp_path / "crimes.csv").write_text(f"At,B,C\n{row},1\n")
    rows = rows_of(mapping_of(f"[fields]\nrecorded_at = {source}"), tmp_path / "crimes.csv")
    assert [str(row.refusal) for row in rows] == [problem]


def test_a_word_outside_a_vocabulary_is_said_with_it(tmp_path: Path) -> None:
    """The field's own words follow."""
    (tmp_path / "crimes.csv").write_text("State\nPending v1\n")
    (row,) = rows_of(mapping_of('[fields]\nstatus = "State"'), tmp_path / "crimes.csv")
    assert str(row.refusal).startswith("UNKNOWN_VALUE: status: one of ")
    assert str(row.refusal).endswith("; column 'State': 'AAAAAAA A9'")
