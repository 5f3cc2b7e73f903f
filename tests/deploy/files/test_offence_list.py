"""The lists of another year are taken in by a program, and what changed is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.files.offence_list import FOLDER, take_in
from streams.offences.entries import read_entries

OFFENCES = """\
home_office_code,class,sub_class,category,offence,act,section,current,year_changed,commencement,cessation,victim_or_state
195/12,Violence Against The Person,Stalking and Harassment,8Q Stalking,Stalking,Protection from Harassment Act 1997,\
Sec 2A,Y,,,,V
"""
INCIDENTS = "home_office_code,class,category,incident,year_added,wording_changed,year_deleted\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the mapping, and the lists of a year as they were published."""
    shutil.copy(FOLDER / "MAPPING.md", tmp_path)
    (tmp_path / "offences.csv").write_text(OFFENCES, encoding="utf-8")
    (tmp_path / "incidents.csv").write_text(INCIDENTS, encoding="utf-8")
    return tmp_path


def taken_in(folder: Path) -> list[str]:
    """Take in the lists of a folder."""
    return take_in(folder / "offences.csv", folder / "incidents.csv", folder)


def test_the_next_years_list_takes_the_place_of_this_years(folder: Path) -> None:
    """What came, went and ceased is named by code, category, offence, Act and section."""
    stalking = "195/12 8Q Stalking Stalking Protection from Harassment Act 1997 Sec 2A"
    assert taken_in(folder) == [f"new: {stalking}"]
    assert taken_in(folder) == []
    (folder / "offences.csv").write_text(OFFENCES.replace("2A,Y,,,,V", "2A,N,,,01-Apr-27,V"), encoding="utf-8")
    assert taken_in(folder) == [f"ceased: {stalking}"]
    (entry,) = read_entries((folder / "notifiable.csv").read_text(encoding="utf-8"))
    assert (entry.current, entry.cessation) == (False, "2027-04-01")
    (folder / "offences.csv").write_text(OFFENCES.splitlines()[0] + "\n", encoding="utf-8")
    assert taken_in(folder) == [f"gone: {stalking}"]


def test_a_list_that_cannot_be_read_changes_nothing(folder: Path) -> None:
    """A new category needs a class, and a reason, first."""
    taken_in(folder)
    before = (folder / "notifiable.csv").read_bytes()
    (folder / "offences.csv").write_text(OFFENCES.replace("8Q Stalking", "8Z Haunting"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^offences, line 2: the category 8Z Haunting is not in MAPPING\.md$"):
        taken_in(folder)
    assert (folder / "notifiable.csv").read_bytes() == before
