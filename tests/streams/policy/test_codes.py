from __future__ import annotations

import re

import pytest

from streams.policy import CodeList, PolicyBook, PolicyError
from streams.policy.calendar import local_midnight
from streams.policy.offence_codes import offence_codes

TODAY = PolicyBook.built_in().at(local_midnight(2026, 1, 1))

CRIMES = [
    "CRIME",
    "BURGLARY DWELLING",
    "Burglary",
    "VIOLENCE AGAINST THE PERSON",
    "THEFT",
    "Theft from motor vehicle",
    "ROBBERY",
    "RAPE",
    "CRIMINAL_DAMAGE",
    "Criminal Damage & Arson",
    "arson",
    "SEXUAL ASSAULT",
    "SHOPLIFTING",
    "DRUG OFFENCES",
    "PUBLIC ORDER OFFENCE",
    "MODERN_SLAVERY",
    "FRAUD",
    "ASSAULT - COMMON",
    "Homicide",
    "HATE CRIME",
]
NO_REPORTS = [
    "TEST/TRAINING",
    "TEST",
    "Test / Training",
    "TRAINING",
    "ADMIN",
    "ADMINISTRATION",
    "ADMIN - MESSAGES",
    "Admin: Found Person",
    "RTC",
    "RTC - DAMAGE ONLY",
    "RTC – Death/Injury",
    "ROAD TRAFFIC COLLISION / INCIDENT – DEATH/INJURY",
    "HIGHWAY DISRUPTION",
    "ROAD RELATED OFFENCE",
    "Rail/Air/Marine Incident",
    "TRANSPORT",
    "CANCEL/EXIT/ERROR",
    "CANCEL / EXIT / ERROR",
    "Complaints Against Police",
    "COMPLAINTS AGAINST POLICE AND DISSATISFACTION WITH SERVICE",
    "DUPLICATE",
    "CONTACT RECORD",
    "LOST/FOUND PROPERTY/PERSON",
    "LOST / FOUND PROPERTY / PERSON",
    "MESSAGES",
    "POLICE GENERATED RESOURCE ACTIVITY",
    "Pre-Planned Event",
    "PRE-PLANNED EVENTS",
]
REPORTS_OF_OTHER_THINGS = [
    # Anti-social behaviour, and every category of Public Safety and Welfare, in the National Incident Category List.
    "ANTI-SOCIAL BEHAVIOUR",
    "ASB - Personal",
    "PERSONAL",
    "NUISANCE",
    "ENVIRONMENTAL",
    "Abandoned Call to Emergency Services",
    "Absconder/AWOL/Wanted Persons/Police and Court Orders/Bail",
    "Alarm",
    "Animals/Wildlife",
    "Civil Disputes",
    "Concern for Safety",
    "Domestic Incident",
    "Firearms",
    "Hoax Calls",
    "Immigration",
    "Industrial Incident/Accident",
    "Licensing",
    "Missing Person",
    "Natural Disaster",
    "Protest/Demonstration",
    "Sudden Death",
    "Suspicious Circumstances/Insecure premises or vehicles",
    "Suspicious Package or Object",
    # What is neither a crime nor nothing.
    "CRIME RELATED INCIDENT",
    "CRIME-RELATED-INCIDENT",
    "CRIME PREVENTION",
    "PUBLIC SAFETY AND WELFARE",
    "",
    "  ",
    "-",
    "TESTAMENT DISPUTE",
    "ADMINISTERING POISON",
]


@pytest.mark.parametrize("code", CRIMES)
def test_a_crimes_name_is_a_crime_code_and_a_report(code: str) -> None:
    """An incident closed under the name of a crime is closed as one."""
    assert (TODAY.is_crime_code(code), TODAY.is_no_report_code(code)) == (True, False)


@pytest.mark.parametrize("code", NO_REPORTS)
def test_transport_administration_and_tests_are_no_reports(code: str) -> None:
    """The two themes of the National Incident Category List that hold no reports of crime, in any spelling."""
    assert (TODAY.is_crime_code(code), TODAY.is_no_report_code(code)) == (False, True)


@pytest.mark.parametrize("code", [*REPORTS_OF_OTHER_THINGS, None])
def test_anything_else_is_a_report_not_closed_as_a_crime(code: str | None) -> None:
    """Anti-social behaviour, safety and welfare, the unknown and the missing still need a decision."""
    assert (TODAY.is_crime_code(code), TODAY.is_no_report_code(code)) == (False, False)


@pytest.mark.parametrize(
    "code",
    [
        "8N",
        "8n (s47)",
        "8N section 47",
        "008/06",
        "8/6",
        "104",
        "104/31",
        "105A",
        "105/01",
        "105/14",
        "008/73",
        "068/21",
    ],
)
def test_assaults_of_8n_section_47_104_and_105a_may_be_cancelled_for_self_defence(code: str) -> None:
    """By class or by Home Office code, as the Notifiable Offences List assigns them."""
    assert TODAY.is_self_defence_code(code)


@pytest.mark.parametrize(
    "code", ["008/01", "008/77", "008/57", "105B", "8S", "8T", "5D", "10A", "028/03", "1040", "", None]
)
def test_no_other_offence_may_be_cancelled_for_self_defence(code: str | None) -> None:
    """Wounding (8N, section 20), strangulation, racially aggravated assault (105B) and all else may not."""
    assert not TODAY.is_self_defence_code(code)


def test_a_list_holds_whole_codes_and_beginnings() -> None:
    """An entry with a star stands for what begins with it, one without for itself alone."""
    codes = CodeList.of(["RTC", "ADMIN-*", "THEFT*"])
    assert [code for code in ("rtc", "RTC/1", "ADMIN", "admin: x", "THEFTS", "A-THEFT") if codes.holds(code)] == [
        "rtc",
        "admin: x",
        "THEFTS",
    ]


@pytest.mark.parametrize("entry", ["rtc", "RTC ", "A--B", "-A", "A-", "*", "A*B", "", "É"])
def test_an_entry_that_no_code_can_match_is_refused(entry: str) -> None:
    """A list is written as codes are compared, so a mistake shows when the policy is read and not in a missed alert."""
    with pytest.raises(ValueError, match="^" + entry.replace("*", r"\*") + "$"):
        CodeList.of([entry])


def test_a_category_stands_for_itself_and_for_its_offences_however_they_are_written() -> None:
    """Of one section of an Act too; then the category alone is none of them."""
    constable = offence_codes(["category 104"])
    held = ("104", "104 (s89)", "104/31", "10431", "105/14", "8/73", "008-73")
    assert [code for code in (*held, "105/01", "1040", "8N") if constable.holds(code)] == list(held)
    abh = offence_codes(["category 8N section 47"])
    assert [code for code in ("008/06", "8/6", "8N/06", "8N", "008/01", "8N/01") if abh.holds(code)] == [
        "008/06",
        "8/6",
        "8N/06",
    ]


@pytest.mark.parametrize(
    "entry", ["category 8Z", "category 8N section 48", "category", "Category 104", "category 104*"]
)
def test_a_category_that_the_offence_list_has_not_is_refused(entry: str) -> None:
    """A list of nothing would let everything through, or nothing."""
    line = f'^policy: rules.self_defence_codes = .*: allowed is codes of .*; not "{re.escape(entry)}"$'
    with pytest.raises(PolicyError, match=line):
        PolicyBook.from_toml(f'version = "a"\n[rules]\nself_defence_codes = ["{entry}"]')
