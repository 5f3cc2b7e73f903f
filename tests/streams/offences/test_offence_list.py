"""The list as the package holds it, and how it is looked up."""

from __future__ import annotations

import re

import pytest

from deploy.scenario.crimes import OFFENCE_CODES
from deploy.scenario.month.station import CODE_OF
from streams.offences import offence_list

LIST = offence_list()


def found(code: str) -> set[str]:
    """Return the codes of the entries that a code stands for."""
    return {entry.code for entry in LIST.find(code)}


def test_it_holds_both_lists_of_2026_27_ceased_entries_too() -> None:
    """As many rows as were published, with as many no longer current."""
    incidents = [entry for entry in LIST.entries if not entry.offence_classes]
    assert (len(LIST.entries), len(incidents)) == (1698 + 17, 17)
    assert len({entry.code for entry in LIST.entries if entry.offence_classes}) == 1374
    assert sum(not entry.current for entry in LIST.entries if entry.offence_classes) == 68


def test_every_date_is_a_date_a_month_or_a_year() -> None:
    """As ISO writes it; what has ceased may have no date."""
    form = re.compile(r"|\d{4}(-\d{2}){0,2}")
    for entry in LIST.entries:
        assert form.fullmatch(entry.commencement), entry.code
        assert form.fullmatch(entry.cessation), entry.code
    (ceased,) = LIST.find("008/71")
    assert (ceased.commencement, ceased.cessation, ceased.current) == ("2015-04-13", "2024-01-31", False)


def test_one_code_may_stand_for_several_entries_of_several_categories() -> None:
    """Section 47 is 8N, 8S on a constable and 8T on an emergency worker."""
    assert [entry.category_code for entry in LIST.find("8/6")] == ["8S", "8T", "8N"]
    assert {entry.category_code for entry in LIST.find("8N/6")} == {"8N"}
    assert LIST.find("8N/73") == ()


def test_a_category_stands_for_its_offences() -> None:
    """By its code, also where that looks like an offence's."""
    assert found("104") == {"008/73", "104/25", "104/31", "104/36", "104/39", "105/14"}
    assert found("44") == {"044/00", "137/18"}
    assert found("37/2") == {"037/02"}
    assert "053/99" in found("NFIB 17")


def test_a_reported_incident_is_found_by_either_of_its_codes() -> None:
    """N100/01 is how the rules name it, 100/01 how the list does; the class stands for all of it."""
    assert found("N100/1") == found("100/01") == {"100/01"}
    assert found("N300") == {f"300/{number:02}" for number in range(1, 9)}


@pytest.mark.parametrize("code", ["999/99", "8A", "28E", "8", "", "THEFT", "019/01", "8N/99"])
def test_an_unknown_code_stands_for_nothing(code: str) -> None:
    """Sub-classes of former years are not in this year's list; a bare number of many offences is no code."""
    assert LIST.find(code) == ()


def test_the_nearest_codes_to_an_unknown_one_are_named() -> None:
    """A few, most like it first."""
    assert LIST.nearest("19/1")[0].startswith("019/")
    assert LIST.nearest("28")[0] == "028/03"
    assert all(code.startswith("28") for code in LIST.nearest("28E"))
    assert LIST.nearest("quite another thing") == ()


def test_words_are_searched_in_offence_act_and_category() -> None:
    """Each of them, in any order and case."""
    assert {entry.code for entry in LIST.search("coercive INTIMATE")} == {"008/67"}
    assert LIST.search("nothing of the kind") == ()


def test_the_scenarios_record_under_codes_of_their_class() -> None:
    """So that no crime of theirs contradicts itself."""
    stated = [(code, name) for name, listed in OFFENCE_CODES.items() for code in listed]
    for code, name in [*stated, *((code, name) for name, code in CODE_OF.items())]:
        assert any(name in entry.offence_classes for entry in LIST.find(code)), (code, name)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("N100", "N100"),
        ("100", "N100"),
        ("n100/01", "N100"),
        ("200-6", "N200"),
        ("N300/99", "N300"),
        ("1000", None),
        ("N1001", None),
        ("010/00", None),
        ("NN100", None),
        ("", None),
    ],
)
def test_the_class_of_reported_incidents_is_the_number_a_code_begins_with(code: str, expected: str | None) -> None:
    """The rest need not be in the list: such a record is no crime."""
    assert LIST.incident_class(code) == expected
