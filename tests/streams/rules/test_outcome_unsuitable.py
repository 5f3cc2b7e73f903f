"""outcome-unsuitable: an outcome that the framework does not allow for its crime, a row of the policy at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from itertools import product
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from schemas.records import Crime, Disposal, Snapshot
from streams.policy import PolicyBook
from streams.policy.calendar import local_midnight
from tests.streams.world import DAY, FORCE, Outcome, crime, disposal, policy, run

RULE = "outcome-unsuitable"
RECORDED, GIVEN = "2026-04-20 09:00", "2026-05-10 12:00"
AFTER = "2026-05-11"
FROM = local_midnight(2026, 4, 1)
ROWS = PolicyBook.built_in().periods[-1].unsuitable_outcomes
REASONED = {"outcome_rationale": "reasons given"}
RAPE, HOMICIDE = {"offence_class": "RAPE"}, {"offence_class": "HOMICIDE", "offence_code": "001/01"}
KNIFE = {"offence_class": "WEAPONS", "offence_code": "008/26"}
INSPECTOR, OFFICER, FCR = ({"outcome_role": role} for role in ("INSPECTOR", "OFFICER", "FCR"))


def given(outcome: str | None, at: Any = GIVEN, **stated: Any) -> Crime:
    """Return a theft recorded in April 2026 to which an outcome was given."""
    return crime(at, recorded_at=RECORDED, outcome=outcome, **{"outcome_at": at, **stated})


def issued(kind: str, age: int = 30, crime_ref: str = "C-1", **stated: Any) -> Disposal:
    """Return a disposal that names the crime, issued when the outcome was given."""
    return disposal(GIVEN, kind=kind, offender_age=age, crime_ref=crime_ref, **stated)


def broken(*snapshots: Snapshot, until: Any = AFTER, book: PolicyBook | None = None) -> set[str | None]:
    """Return the rows of which an alert is breached."""
    outcome = run(*snapshots, until=until) if book is None else run(*snapshots, until=until, book=book)
    alerts = (alert for alert in outcome.final.values() if alert.rule_id == RULE and alert.status == "BREACHED")
    return {alert.discriminator for alert in alerts}


class Histories(NamedTuple):
    """What a row forbids, and what the framework allows that comes close to it."""

    row: str
    forbidden: Sequence[tuple[Snapshot, ...]]
    allowed: Sequence[tuple[Snapshot, ...]]


HISTORIES = [
    Histories(
        "1A",
        [(given("1A", **HOMICIDE),), (given("1A", **HOMICIDE, **OFFICER),)],
        [
            (given("1A", **HOMICIDE, **FCR),),
            (given("1A", **HOMICIDE, outcome_role="DDM"),),
            (given("1A", **HOMICIDE, **OFFICER, fcr_oversight_at=GIVEN),),
            (given("1A", offence_class="HOMICIDE", offence_code="004/01"),),
            (given("1A", offence_class="ROBBERY", offence_code="034/01"),),
            (given("1A", **RAPE),),
        ],
    ),
    Histories(
        "2",
        [(given("2"), issued("CAUTION", 18)), (given("2A"), issued("CONDITIONAL_CAUTION", 9))],
        [
            (given("2"), issued("CAUTION", 17)),
            (given("2"), issued("CONDITIONAL_CAUTION", 10)),
            (given("2"), issued("CAUTION", 17), disposal(GIVEN, "D-2", offender_age=18, crime_ref="C-1")),
            (given("2"), issued("CAUTION", 18, crime_ref="C-2")),
            (given("2"), issued("CAUTION", 18, rescinded_at=GIVEN)),
            (given("2"), issued("PND", 18)),
            (given("2"),),
        ],
    ),
    Histories(
        "2-admission",
        [
            (given("2"), issued("CAUTION", 15, offence_admitted=False)),
            (given("2"), issued("CAUTION", 15, offence_admitted=None)),
        ],
        [(given("2"), issued("CAUTION", 15)), (given("3"), issued("CONDITIONAL_CAUTION", offence_admitted=False))],
    ),
    Histories(
        "2-knife",
        [(given("2", **KNIFE), issued("CAUTION", 15)), (given("2", offence_code="10D"), issued("CAUTION", 17))],
        [
            (given("2", **KNIFE), issued("CONDITIONAL_CAUTION", 15)),
            (given("23", **KNIFE, **REASONED), issued("CAUTION", 15)),
            (given("2", offence_code="008/11", offence_class="WEAPONS"), issued("CAUTION", 15)),
        ],
    ),
    Histories(
        "2A-3A",
        [(given("2A", **HOMICIDE, **FCR),), (given("3A", **RAPE, **INSPECTOR),)],
        [(given("3A", **RAPE, **FCR),), (given("2A", **RAPE, fcr_oversight_at=GIVEN),), (given("3A"),)],
    ),
    Histories(
        "3",
        [(given("3"), issued("CAUTION", 17)), (given("3A"), issued("CONDITIONAL_CAUTION", 17))],
        [(given("3"), issued("CONDITIONAL_CAUTION", 18)), (given("16"), issued("CAUTION", 17))],
    ),
    Histories(
        "3-simple",
        [(given("3", domestic_abuse=False), issued("CAUTION", 18))],
        [
            (given("3", domestic_abuse=False), issued("CONDITIONAL_CAUTION", 18)),
            (given("3", domestic_abuse=True), issued("CAUTION", 18)),
            (given("3", domestic_abuse=False, flags=("Hate crime",)), issued("CAUTION", 18)),
            (given("3", domestic_abuse=None), issued("CAUTION", 18)),
        ],
    ),
    Histories(
        "5",
        [(given("5", **RAPE, outcome_role="DEPUTY_FCR"),), (given("5", **HOMICIDE),)],
        [(given("5", **RAPE, **FCR),), (given("5", **HOMICIDE, **FCR),), (given("5", **OFFICER),)],
    ),
    Histories(
        "7",
        [
            (given("7"),),
            (given("7", offence_class="DRUGS"), issued("CANNABIS_WARNING", offence_admitted=False)),
        ],
        [(given("7", offence_class="DRUGS"), issued("CANNABIS_WARNING")), (given("7", offence_class="OTHER"),)],
    ),
    Histories(
        "8",
        [
            (given("8", flags=("INTIMATE-PARTNER",), **INSPECTOR, **REASONED),),
            (given("8", flags=("Intimate partner",), domestic_abuse=True, **INSPECTOR, **REASONED),),
            (given("8", domestic_abuse=True, outcome_role="SUPERVISOR", **REASONED),),
            (given("8", domestic_abuse=True, **REASONED),),
            (given("8", domestic_abuse=True, **INSPECTOR, outcome_rationale=" "),),
            (given("8", flags=("HATE",), **OFFICER, **REASONED),),
            (given("8", flags=("HATE",), **INSPECTOR),),
        ],
        [
            (given("8", domestic_abuse=True, **INSPECTOR, **REASONED),),
            (given("8", flags=("HATE",), **INSPECTOR, **REASONED),),
            (given("8", domestic_abuse=False, **OFFICER, **REASONED),),
            (given("8", **OFFICER, **REASONED), issued("COMMUNITY_RESOLUTION")),
            (given("22", flags=("INTIMATE-PARTNER",), **INSPECTOR, **REASONED),),
        ],
    ),
    Histories(
        "8-indictable",
        [
            (given("8", **RAPE, **REASONED),),
            (given("8", offence_class="ROBBERY", offence_code="034/01", **REASONED),),
            (given("8", **HOMICIDE, **REASONED),),
        ],
        [(given("8", offence_class="VIOLENCE", offence_code="8N", **REASONED),)],
    ),
    Histories(
        "8-knife",
        [(given("8", **KNIFE, **REASONED), issued("COMMUNITY_RESOLUTION", 14))],
        [
            (given("8", **KNIFE, **REASONED), issued("COMMUNITY_RESOLUTION", 18)),
            (given("8", **REASONED), issued("COMMUNITY_RESOLUTION", 14)),
        ],
    ),
    Histories(
        "15",
        [
            (given("15", **RAPE),),
            *(
                (given("15", **RAPE, outcome_role=role),)
                for role in ("OFFICER", "SUPERVISOR", "DI", "DCI", "DDM", "OTHER")
            ),
            (given("15", flags=("HIGH-RISK-DA",), outcome_role="SUPERVISOR"),),
        ],
        [
            *((given("15", **RAPE, outcome_role=role),) for role in ("INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR")),
            (given("15", flags=("HIGH-RISK-DA",), **INSPECTOR),),
            (given("15", domestic_abuse=True, **OFFICER),),
            (given("15", offence_class="SEXUAL", **OFFICER),),
        ],
    ),
    Histories(
        "16",
        [(given("16", **RAPE, outcome_role="SUPERVISOR"),), (given("16", flags=("HIGH-RISK-DA",)),)],
        [(given("16", **RAPE, outcome_role="INDEPENDENT"),), (given("16", domestic_abuse=True, **OFFICER),)],
    ),
    Histories(
        "22",
        [
            (given("22", domestic_abuse=True, outcome_role="SUPERVISOR", **REASONED),),
            (given("22", domestic_abuse=True, **REASONED),),
        ],
        [
            (given("22", domestic_abuse=True, **INSPECTOR, **REASONED),),
            (given("22", domestic_abuse=None, **OFFICER, **REASONED),),
        ],
    ),
    Histories(
        "rationale",
        [(given(number),) for number in ("8", "10", "21", "22", "23", "24")] + [(given("8", outcome_rationale=" \t"),)],
        [(given(number, **REASONED),) for number in ("8", "10", "22", "23", "24")]
        + [(given(number),) for number in ("1", "3", "4", "6", "9", "11", "12", "13", "15", "16", "17", "20")],
    ),
    Histories(
        "suspect",
        [(given("14", suspect_token="s1"),), (given("18", suspect_token="s1"),)],
        [
            (given("14"),),
            (given("18", suspect_token=" "),),
            (given("15", suspect_token="s1"),),
            (given("16", suspect_token="s1"),),
        ],
    ),
]
FORBIDDEN = [(case.row, history) for case in HISTORIES for history in case.forbidden]
ALLOWED = [(case.row, history) for case in HISTORIES for history in case.allowed]


@pytest.mark.parametrize(("row", "history"), FORBIDDEN, ids=[row for row, _ in FORBIDDEN])
def test_what_a_row_forbids_is_an_alert_of_that_row_at_once(row: str, history: tuple[Snapshot, ...]) -> None:
    """The row's name is the discriminator."""
    alert = run(*history, until=GIVEN).alert(RULE, row)
    assert alert is not None
    assert (alert.status, alert.severity, alert.due_at) == ("BREACHED", "MEDIUM", None)
    assert (alert.subject_system, alert.subject_ref) == ("CIS", "C-1")


@pytest.mark.parametrize(("row", "history"), ALLOWED, ids=[row for row, _ in ALLOWED])
def test_what_the_framework_allows_is_silent(row: str, history: tuple[Snapshot, ...]) -> None:
    """No row says anything of it."""
    assert broken(*history) == set(), row


CASES = pytest.mark.parametrize("case", HISTORIES, ids=[case.row for case in HISTORIES])


@CASES
def test_each_row_is_judged_from_the_framework_on(case: Histories) -> None:
    """By when the outcome was given, to the millisecond."""
    for given_at, is_judged in ((FROM - 1, False), (FROM, True), (FROM + 1, True)):
        history = [replace(one, outcome_at=given_at) if isinstance(one, Crime) else one for one in case.forbidden[0]]
        assert (case.row in broken(*history)) is is_judged


@CASES
def test_a_record_put_right_clears_the_rows_alert(case: Histories) -> None:
    """Whatever of it is corrected: the crime or the disposal."""
    for forbidden, allowed in product(case.forbidden, case.allowed):
        wrong = list(forbidden)
        right = [replace(one, event_time=one.event_time + DAY) for one in allowed]
        if {one.TOPIC for one in wrong} > {one.TOPIC for one in right}:
            right += [
                replace(one, event_time=one.event_time + DAY, rescinded_at=one.event_time)
                for one in wrong
                if isinstance(one, Disposal)
            ]
        outcome = run(*wrong, *right, until="2026-05-12")
        assert outcome.course(RULE, case.row) == [
            "2026-05-10T12:00:00.000Z BREACHED",
            "2026-05-11T12:00:00.000Z CLEARED REMEDIED",
        ]


def test_every_row_has_a_history_that_it_forbids_and_one_that_it_allows() -> None:
    """The row with a deadline has tests of its own."""
    assert {case.row for case in HISTORIES} | {"21"} == ROWS.keys()
    assert all(case.forbidden and case.allowed for case in HISTORIES)


def test_one_crime_has_an_alert_for_each_row_that_it_breaks() -> None:
    """They are put right by different people."""
    assert broken(given("8", domestic_abuse=True, **RAPE)) == {"8", "8-indictable", "rationale"}


@pytest.mark.parametrize(("given_at", "rows"), [(FROM - 1, set()), (FROM, {"15"}), (FROM + 1, {"15"})])
def test_an_outcome_is_judged_from_the_framework_on(given_at: int, rows: set[str]) -> None:
    """By when it was given, to the millisecond, however long ago the crime was recorded or closed."""
    assert broken(crime("2026-04-20", recorded_at="2019-03-01", outcome="15", outcome_at=given_at, **RAPE)) == rows


@pytest.mark.parametrize(
    "stated",
    [
        {"outcome": None},
        {"outcome": " "},
        {"outcome_at": None},
        {"status": "CANCELLED"},
        {"status": "TRANSFERRED"},
        {"offence_code": "N100/01"},
    ],
)
def test_only_a_recorded_crime_with_an_outcome_and_its_time_is_looked_at(stated: dict[str, Any]) -> None:
    """Without a time nobody knows which framework it was given under."""
    assert broken(crime(GIVEN, **{**RAPE, "outcome": "15", "outcome_at": GIVEN, **stated})) == set()


@pytest.mark.parametrize("written", ["8", "08", " 8 "])
def test_an_outcomes_number_may_be_written_with_noughts_and_spaces(written: str) -> None:
    """It is the same number."""
    assert broken(given(written)) == {"rationale"}


def test_a_correction_clears_it_and_a_relapse_breaches_it_again() -> None:
    """From the snapshot that says so; an outcome taken back withdraws it."""
    first = given("15", **RAPE, **OFFICER)
    decided = given("15", "2026-05-12", outcome_at=GIVEN, **RAPE, **INSPECTOR)
    again = given("15", "2026-05-13", outcome_at=GIVEN, **RAPE, **OFFICER)
    other = given("16", "2026-05-14", outcome_at=GIVEN, **RAPE, **INSPECTOR)
    reopened = given(None, "2026-05-14", outcome_at=None, **RAPE)
    assert run(first, decided, again, other, until="2026-05-15").course(RULE, "15") == [
        "2026-05-10T12:00:00.000Z BREACHED",
        "2026-05-12T00:00:00.000Z CLEARED REMEDIED",
        "2026-05-13T00:00:00.000Z BREACHED",
        "2026-05-14T00:00:00.000Z CLEARED REMEDIED",
    ]
    assert run(first, reopened, until="2026-05-15").status(RULE, "15") == "WITHDRAWN CORRECTED"
    earlier = given("15", "2026-05-14", outcome_at="2026-03-31", **RAPE, **OFFICER)
    assert run(first, earlier, until="2026-05-15").status(RULE, "15") == "WITHDRAWN CORRECTED"


# -- the registrar's oversight of outcome 21 -----------------------------------------------------------------------

DUE = "2026-05-24 12:00"


def overseen(at: str | None, outcome: str = "21") -> Outcome:
    """Run a crime not investigated in the public interest until long after, overseen at a time or not at all."""
    ended = given("21", **REASONED)
    seen = given(outcome, "2026-07-01", outcome_at=GIVEN, fcr_oversight_at=at, **REASONED)
    return run(ended, seen, until="2026-07-02")


def test_oversight_is_due_fourteen_days_after_the_outcome() -> None:
    """Breached one millisecond later, and nobody is warned before."""
    ended = given("21", **REASONED)
    assert run(ended, until=DUE).alert(RULE) is None
    alert = run(ended, until="2026-05-24 12:00:00.001").alert(RULE, "21")
    assert alert is not None
    assert alert.status == "BREACHED"
    assert alert.due_at == alert.breached_at == ended.event_time + 14 * DAY
    assert alert.raised_at == alert.due_at + 1


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (GIVEN, "WITHDRAWN MET_IN_TIME"),
        (DUE, "WITHDRAWN MET_IN_TIME"),
        ("2026-05-24 12:00:00.001", "CLEARED REMEDIED"),
        (None, "BREACHED"),
    ],
)
def test_the_registrars_oversight_meets_it(at: str | None, status: str) -> None:
    """By the time the record gives for it, whenever the record was saved."""
    assert overseen(at).status(RULE, "21") == status


def test_how_late_it_was_stays_on_the_record() -> None:
    """To the millisecond."""
    alert = overseen("2026-05-25 12:00").alert(RULE, "21")
    assert alert is not None
    assert alert.lateness_ms == DAY


def test_late_oversight_that_is_there_from_the_first_is_told_all_the_same() -> None:
    """A breach that happened is on the record."""
    outcome = run(
        given("21", "2026-07-01", outcome_at=GIVEN, fcr_oversight_at="2026-06-01", **REASONED), until="2026-07-01"
    )
    assert outcome.course(RULE, "21") == ["2026-07-01T00:00:00.000Z CLEARED REMEDIED"]
    in_time = given("21", "2026-07-01", outcome_at=GIVEN, fcr_oversight_at=GIVEN, **REASONED)
    assert run(in_time, until="2026-07-02").alert(RULE) is None


def test_another_outcome_needs_no_oversight() -> None:
    """The alert is withdrawn, since nobody oversaw anything."""
    assert overseen(None, outcome="15").status(RULE, "21") == "WITHDRAWN CORRECTED"


@pytest.mark.parametrize(("given_at", "status"), [(FROM - 1, None), (FROM, "BREACHED")])
def test_oversight_too_is_asked_from_the_framework_on(given_at: int, status: str | None) -> None:
    """By when the outcome was given."""
    ended = crime(given_at, recorded_at="2026-02-01", outcome="21", outcome_at=given_at, **REASONED)
    assert run(ended, until="2026-06-01").status(RULE) == status


# -- disposals -----------------------------------------------------------------------------------------------------


def test_a_disposal_that_comes_changes_or_goes_is_judged_with_its_crime() -> None:
    """Whichever system says it, and in whichever order."""
    outcome = run(
        given("3"),
        disposal("2026-05-11", kind="CONDITIONAL_CAUTION", offender_age=17, crime_ref="c/1"),
        disposal("2026-05-12", kind="CONDITIONAL_CAUTION", offender_age=18, crime_ref="C-1"),
        disposal("2026-05-13", kind="CONDITIONAL_CAUTION", offender_age=17, crime_ref="C-1"),
        disposal("2026-05-14", kind="CONDITIONAL_CAUTION", offender_age=17, crime_ref="C-2"),
        until="2026-05-15",
    )
    assert outcome.course(RULE, "3") == [
        "2026-05-11T00:00:00.000Z BREACHED",
        "2026-05-12T00:00:00.000Z CLEARED REMEDIED",
        "2026-05-13T00:00:00.000Z BREACHED",
        "2026-05-14T00:00:00.000Z CLEARED REMEDIED",
    ]


def test_a_rescinded_disposal_stands_against_nobody() -> None:
    """As for every rule about disposals."""
    outcome = run(
        given("3"),
        issued("CAUTION", 17),
        disposal("2026-05-12", kind="CAUTION", offender_age=17, crime_ref="C-1", rescinded_at="2026-05-12"),
        until="2026-05-13",
    )
    assert outcome.status(RULE, "3") == "CLEARED REMEDIED"


# -- what a feed lacks ---------------------------------------------------------------------------------------------

CIS, DISPOSALS = "cis.crimes.v1", "cis.disposals.v1"
LACKED: list[tuple[str, str, str, tuple[Snapshot, ...]]] = [
    ("1A", CIS, "outcome_role", (given("1A", **HOMICIDE),)),
    ("1A", CIS, "fcr_oversight_at", (given("1A", **HOMICIDE),)),
    ("2-admission", DISPOSALS, "offence_admitted", (given("2"), issued("CAUTION", 15, offence_admitted=None))),
    ("2A-3A", CIS, "outcome_role", (given("3A", **RAPE),)),
    ("5", CIS, "outcome_role", (given("5", **RAPE),)),
    ("3-simple", CIS, "flags", (given("3", domestic_abuse=False), issued("CAUTION", 18))),
    ("8", CIS, "outcome_role", (given("8", domestic_abuse=True, **REASONED),)),
    ("8", CIS, "outcome_rationale", (given("8", domestic_abuse=True, **INSPECTOR),)),
    ("15", CIS, "outcome_role", (given("15", **RAPE),)),
    ("16", CIS, "outcome_role", (given("16", **RAPE),)),
    ("21", CIS, "fcr_oversight_at", (given("21", **REASONED),)),
    ("22", CIS, "outcome_role", (given("22", domestic_abuse=True, **REASONED),)),
    ("rationale", CIS, "outcome_rationale", (given("10"),)),
]


def lacking(feed: str, *fields: str) -> PolicyBook:
    """Return a policy under which a feed lacks fields."""
    return policy(f'[lacks]\n"{feed}" = {list(fields)}'.replace("'", '"'))


@pytest.mark.parametrize(
    ("row", "feed", "field", "history"), LACKED, ids=[f"{row}-{field}" for row, _, field, _ in LACKED]
)
def test_a_row_is_not_judged_by_what_the_feed_lacks(
    row: str, feed: str, field: str, history: tuple[Snapshot, ...]
) -> None:
    """Unknown is not no; another force's feed is no excuse."""
    until = "2026-06-10"
    assert row in broken(*history, until=until)
    assert row not in broken(*history, until=until, book=lacking(feed, field))
    elsewhere = policy(f'[lacks_by_force.KENT]\n"{feed}" = ["{field}"]')
    assert FORCE != "KENT"
    assert row in broken(*history, until=until, book=elsewhere)


def test_a_row_that_is_broken_whatever_the_field_holds_is_judged() -> None:
    """A community resolution between intimate partners is nobody's to authorise, nor one without reasons."""
    book = lacking(CIS, "outcome_role")
    partners = given("8", flags=("INTIMATE-PARTNER",), domestic_abuse=True, **REASONED)
    assert broken(partners, book=book) == {"8"}
    assert broken(given("8", domestic_abuse=True), book=book) == {"8", "rationale"}


def test_a_field_once_stated_is_no_longer_unknown() -> None:
    """A role taken off again is missing."""
    first = given("15", **RAPE, **INSPECTOR)
    blank = given("15", "2026-05-12", outcome_at=GIVEN, **RAPE)
    assert broken(first, blank, until="2026-05-12", book=lacking(CIS, "outcome_role")) == {"15"}


# -- a force's own rows ----------------------------------------------------------------------------------------------


def test_a_force_adds_changes_and_drops_rows() -> None:
    """Each row is laid over that of its name; the others stay."""
    book = policy(
        "[rules.unsuitable_outcomes.22]\noutcomes = []\n"
        '[rules.unsuitable_outcomes.20]\ndemand = "Nothing is passed on without reasons"\npage = "force policy 7"\n'
        'outcomes = ["20"]\nunsuitable_where = [{ outcome_rationale = false }]\n'
    )
    assert broken(given("22", domestic_abuse=True), book=book) == {"rationale"}
    assert broken(given("20"), book=book) == {"20"}
    assert broken(given("20")) == set()


def test_a_row_holds_from_the_date_of_its_amendment() -> None:
    """By when the outcome was given."""
    book = policy("[[amendment]]\nfrom = 2026-05-11\n[amendment.unsuitable_outcomes.15]\noutcomes = []")
    midnight = local_midnight(2026, 5, 11)
    assert [broken(given("15", at, **RAPE), until=midnight, book=book) for at in (midnight - 1, midnight)] == [
        {"15"},
        set(),
    ]


def test_the_facts_show_the_outcome_by_name_and_what_is_demanded() -> None:
    """Neither a suspect nor the reasons are shown."""
    flags = ("High risk DA", "ask for Jo")
    stated = given("15", **RAPE, **OFFICER, suspect_token="s1", flags=flags, **REASONED)
    alert = run(stated, until=AFTER).alert(RULE, "15")
    assert alert is not None
    facts = {fact.name: fact.value for fact in alert.facts}
    assert facts["outcome"] == "15"
    assert facts["outcome_type"] == "Evidential difficulties (suspect identified, victim supports)"
    assert facts["demanded"].endswith("(OUT p18, Outcome Type 15)")
    assert facts["outcome_role"] == "OFFICER"
    assert (facts["suspect_stated"], facts["outcome_rationale_stated"]) == ("yes", "yes")
    assert facts["flags"] == "HIGH-RISK-DA"
    assert not {"s1", "reasons given", "ask for Jo"} & set(facts.values())


def test_the_facts_show_the_disposals_that_a_row_asks_for() -> None:
    """In order of their references, without naming the offender."""
    alert = run(given("3"), issued("CAUTION", 17, offender_id="O-77"), until=AFTER).alert(RULE, "3")
    assert alert is not None
    facts = [(fact.name, fact.value) for fact in alert.facts]
    assert ("kind", "CAUTION") in facts
    assert ("offender_age", "17") in facts
    assert "O-77" not in {value for _, value in facts}


def test_the_page_about_the_framework_names_every_row() -> None:
    """And its example of a force's own row can be used."""
    page = files("streams").joinpath("policies", "OUTCOMES.md").read_text(encoding="utf-8")
    named = {
        row for listed in re.findall(r"rows? ((?:`[^`]+`(?:, )?)+)", page) for row in re.findall("`([^`]+)`", listed)
    }
    assert named == ROWS.keys()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert broken(given("16"), book=policy(example)) == {"named-suspect"}
    assert broken(given("16", suspect_token="s1"), book=policy(example)) == set()
