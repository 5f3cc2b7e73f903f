"""The published lists are read whole, or refused with the line that cannot be read."""

from __future__ import annotations

import pytest

from streams.offences.entries import OffenceEntry, read_entries, written_entries
from streams.offences.mapping import ClassMapping
from streams.offences.official import OfficialListError, read_date, read_official

MAPPING = ClassMapping({"8Q": ("VIOLENCE",), "": ("FRAUD",)}, {"138/52": ("OTHER", "VIOLENCE")})
COLUMNS = (
    "home_office_code,class,sub_class,category,offence,act,section,current,year_changed,commencement,cessation,"
    "victim_or_state\n"
)
STALKING = '195/12,Violence,Stalking,8Q Stalking,"Pursue a course of  conduct, which",Act 1997,Sec 2A,Y,,Apr-12,,v\n'
INCIDENTS = "home_office_code,class,category,incident,year_added,wording_changed,year_deleted\n"
N200 = "200/01,N200,Reported Incident,NRM referral,2019,,2025\n"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("", ""),
        ("TBC", ""),
        ("Apr-12", "2012-04"),
        ("Aug 2024", "2024-08"),
        ("2015", "2015"),
        ("02 March 2015", "2015-03-02"),
        ("6 April 2015", "2015-04-06"),
        ("28-Jun-22", "2022-06-28"),
        ("14/11/2016", "2016-11-14"),
        ("28/02/22?", "2022-02-28"),
        ("23 Februay 2011", "2011-02-23"),
        ("01-Mar-00", "2000-03-01"),
        ("01 August 1995", "1995-08-01"),
        ("01-Jan-70", "1970-01-01"),
    ],
)
def test_a_date_is_read_as_exactly_as_it_is_stated(text: str, iso: str) -> None:
    """Every form that the list of 2026/27 has: a month stays a month, a year a year."""
    assert read_date(text) == iso


@pytest.mark.parametrize("text", ["soon", "31-Jun-22", "12", "12 2015", "Foo-12", "13/13/2013", "2012-04-01", "1 2 3"])
def test_a_date_in_an_unknown_form_is_refused(text: str) -> None:
    """Better no list than a wrong date in it."""
    with pytest.raises(ValueError, match=r".+"):
        read_date(text)


def test_an_offence_and_an_incident_are_read_into_entries() -> None:
    """Space is tidied, and an incident has no class, no Act and nobody whom it is against."""
    offence, incident = read_official(COLUMNS + STALKING, INCIDENTS + N200, MAPPING)
    assert offence == OffenceEntry(
        code="195/12",
        offence="Pursue a course of conduct, which",
        act="Act 1997",
        section="Sec 2A",
        home_office_class="Violence",
        sub_class="Stalking",
        category="8Q Stalking",
        offence_classes=("VIOLENCE",),
        victim_or_state="V",
        current=True,
        commencement="2012-04",
        cessation="",
    )
    assert (incident.code, incident.home_office_class, incident.category_code) == ("200/01", "N200", "200")
    assert (incident.offence_classes, incident.current, incident.cessation) == ((), False, "2025")


def test_one_spelling_of_a_class_and_a_category_stands_for_all() -> None:
    """The one written most often; the first of a category's."""
    rows = [STALKING, STALKING.replace("Violence,", "violence,").replace("8Q Stalking", "8Q stalking"), STALKING]
    entries = read_official(COLUMNS + "".join(rows), INCIDENTS, MAPPING)
    assert {(entry.home_office_class, entry.category) for entry in entries} == {("Violence", "8Q Stalking")}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("195/12", "195-12", "a code in an unknown form: 195-12"),
        ("Apr-12", "Spring 12", "a date in an unknown form: Spring 12"),
        ("8Q Stalking", "8Z Haunting", "the category 8Z Haunting is not in MAPPING.md"),
        (",Y,", ",,", "nothing where one of Y, N is expected"),
        (",v\n", ",X\n", "X where one of V, S, S/V is expected"),
        (",v\n", ",v,more\n", "more or fewer columns than the first line"),
        (",v\n", "\n", "more or fewer columns than the first line"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(before: str, after: str, problem: str) -> None:
    """And nothing of the list is taken in."""
    with pytest.raises(OfficialListError, match=f"^offences, line 3: {problem}$"):
        read_official(COLUMNS + STALKING + STALKING.replace(before, after, 1), INCIDENTS, MAPPING)


def test_a_list_without_a_column_is_refused() -> None:
    """Saved from another sheet, perhaps."""
    with pytest.raises(OfficialListError, match=r"^incidents: no column incident, year_added$"):
        read_official(COLUMNS, "home_office_code,class,category,year_deleted\n", MAPPING)


def test_entries_are_written_below_their_headings_and_read_back() -> None:
    """In the order of the lists, by the first of each heading."""
    other = STALKING.replace("8Q Stalking", "").replace("195/12", "053/46")
    entries = read_official(COLUMNS + STALKING + other + STALKING, INCIDENTS + N200, MAPPING)
    text = written_entries(entries)
    first = [line.split(",")[0] for line in text.splitlines()]
    assert first == ["code", "#", "195/12", "195/12", "#", "053/46", "#", "200/01"]
    assert list(read_entries(text)) == [entries[0], entries[2], entries[1], entries[3]]


@pytest.mark.parametrize("text", ["a,b\n", "{}195/12,,,,,,,,\n", "{}#,a\n"])
def test_a_file_of_another_kind_is_refused(text: str) -> None:
    """A row that is neither a heading nor an entry, or an entry below no heading."""
    first = written_entries([])
    with pytest.raises(ValueError, match=r"^line [12]: "):
        list(read_entries(text.format(first)))
