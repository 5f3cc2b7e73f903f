"""Which class of ours an offence has is said once, with the reason, and our list has it so."""

from __future__ import annotations

from pathlib import Path

import pytest

import streams.offences
from schemas.vocabularies import OFFENCE_CLASSES
from streams.offences import offence_list
from streams.offences.entries import category_code
from streams.offences.mapping import read_mapping

PAGE = (Path(streams.offences.__file__).parent / "MAPPING.md").read_text(encoding="utf-8")
MAPPING = read_mapping(PAGE)
ROW = "| 8Q Stalking | VIOLENCE | Stalking |\n"


def test_every_entry_has_the_classes_that_the_page_says() -> None:
    """Whoever changes the page takes the lists in again."""
    entries = [entry for entry in offence_list().entries if entry.offence_classes]
    assert len(entries) == 1698
    for entry in entries:
        assert entry.offence_classes == MAPPING.classes_of(entry.code, entry.category), entry.code


def test_every_code_has_a_class_of_ours_and_every_class_a_code() -> None:
    """But for reported incidents, which are no crimes."""
    by_code = {
        code: {name for entry in offence_list().find(code) for name in entry.offence_classes} for code in codes()
    }
    assert {code for code, classes in by_code.items() if not classes} == {
        entry.code for entry in offence_list().entries if entry.home_office_class in {"N100", "N200", "N300"}
    }
    assert set().union(*by_code.values()) == OFFENCE_CLASSES


def codes() -> tuple[str, ...]:
    """Return every code of the list."""
    return offence_list().codes


def test_the_page_says_nothing_of_what_is_not_in_the_list() -> None:
    """A category or code that went is taken from the page too."""
    keys = {
        category_code(entry.category) or entry.category for entry in offence_list().entries if entry.offence_classes
    }
    assert set(MAPPING.by_category) == keys
    assert set(MAPPING.by_code) <= set(codes())


@pytest.mark.parametrize(
    ("code", "classes"),
    [
        ("001/01", {"HOMICIDE"}),
        ("002/00", {"VIOLENCE"}),
        ("004/04", {"VIOLENCE"}),
        ("019/07", {"RAPE"}),
        ("020/05", {"SEXUAL"}),
        ("034/01", {"ROBBERY"}),
        ("8L", {"VIOLENCE"}),
        ("8Q", {"VIOLENCE"}),
        ("104", {"VIOLENCE"}),
        ("105A", {"VIOLENCE"}),
        ("9A", {"PUBLIC_ORDER"}),
        ("9B", {"PUBLIC_ORDER"}),
        ("106", {"MODERN_SLAVERY"}),
        ("036/01", {"VIOLENCE"}),
        ("028/03", {"BURGLARY"}),
        ("056/01", {"CRIMINAL_DAMAGE"}),
        ("058/00", {"CRIMINAL_DAMAGE"}),
        ("048/01", {"VEHICLE", "THEFT"}),
        ("037/02", {"VEHICLE", "THEFT"}),
        ("046/00", {"THEFT"}),
        ("054/01", {"OTHER", "THEFT"}),
        ("086/02", {"OTHER", "SEXUAL"}),
        ("008/10", {"WEAPONS"}),
        ("053/40", {"FRAUD"}),
        ("053/46", {"FRAUD"}),
        ("092/61", {"DRUGS"}),
        ("802/00", {"OTHER"}),
    ],
)
def test_the_commonest_and_the_doubtful_are_mapped_so(code: str, classes: set[str]) -> None:
    """A change of these is a decision, and stands here."""
    assert {name for entry in offence_list().find(code) for name in entry.offence_classes} == classes


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (ROW + ROW, "MAPPING.md, 8Q Stalking: said twice"),
        (ROW.replace("VIOLENCE", "HAUNTING"), "MAPPING.md, 8Q Stalking: HAUNTING for a class or a reason"),
        ("| 8Q Stalking |  | Stalking |\n", "MAPPING.md, 8Q Stalking: nothing for a class or a reason"),
        ("| 8Q Stalking | VIOLENCE |  |\n", "MAPPING.md, 8Q Stalking: nothing for a class or a reason"),
    ],
)
def test_a_row_without_class_or_reason_is_refused(page: str, problem: str) -> None:
    """So is one that contradicts another."""
    with pytest.raises(ValueError, match=f"^{problem}$"):
        read_mapping(page)
