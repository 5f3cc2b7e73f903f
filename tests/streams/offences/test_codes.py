"""However a force writes a Home Office code, it is looked up in one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.offences import ReadCode, offence_list, read_code
from streams.policy.offence_codes import spellings


@pytest.mark.parametrize(
    "text", ["019/07", "19/7", "019-07", "19-07", "19/07", " 19 7 ", "19.07", "01907", "019/7 Rape of a female"]
)
def test_noughts_case_and_what_stands_between_do_not_matter(text: str) -> None:
    """019/07 in nine ways."""
    assert read_code(text) == ReadCode(code="019/07")


@pytest.mark.parametrize(
    ("text", "code", "category"),
    [
        ("19C", "", "19C"),
        ("8n", "", "8N"),
        ("008N", "", "8N"),
        ("8N (s47)", "", "8N"),
        ("8N section 47", "", "8N"),
        ("8N/6", "008/06", "8N"),
        ("105a/01", "105/01", "105A"),
        ("39", "039/00", "39"),
        ("39 Theft from the person", "039/00", "39"),
        ("802", "802/00", "802"),
        ("4/10", "004/10", ""),
        ("N100/01", "100/01", ""),
        ("n300-7", "300/07", ""),
        ("N100", "100/00", "100"),
        ("NFIB 5e", "", "NFIB5E"),
        ("NFIB17 Other Regulatory Fraud", "", "NFIB17"),
    ],
)
def test_a_category_is_read_as_one_and_words_behind_a_code_are_left_out(text: str, code: str, category: str) -> None:
    """A number alone may be either, and what names both is both."""
    assert read_code(text) == ReadCode(code, category)


@pytest.mark.parametrize("text", ["", " ", "-", "1040", "019/0071", "19/7/1", "19CC", "N19/07", "THEFT", "7-", "NFIB"])
def test_what_is_no_code_is_read_as_none(text: str) -> None:
    """Nothing is guessed; a hyphen at an end is no part of a code."""
    assert read_code(text) == (ReadCode("007/00", "7") if text == "7-" else None)


@given(st.sampled_from(offence_list().codes))
def test_a_codes_spellings_are_all_read_as_the_code(code: str) -> None:
    """What a policy's lists hold of a category, and what is looked up, are the same."""
    read = {read_code(spelled) for spelled in spellings(code)}
    assert {found.code for found in read if found} == {code}
    assert None not in read


@given(st.text())
def test_any_text_is_read_or_is_no_code(text: str) -> None:
    """Without a failure."""
    read = read_code(text)
    assert read is None or read.code or read.category
