from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from schemas.records import FEEDS
from streams.policy import Policy, PolicyBook, PolicyError, Preclusion, default_policy_text
from streams.policy.calendar import DAY, HOUR, MINUTE, local_midnight
from streams.policy.codes import CodeList
from streams.policy.installation import Installation
from streams.policy.policy import DISPOSAL_KINDS
from streams.policy.reading import settings_of

BUILT_IN = PolicyBook.built_in()
FIRST_OF_APRIL_2015 = local_midnight(2015, 4, 1)
EARLY, LATE = local_midnight(2010, 1, 1), local_midnight(2026, 1, 1)
REVIEWERS = {"DI", "DCI", "INSPECTOR", "INDEPENDENT", "DEPUTY_FCR", "FCR"}
STORM = "storm.incidents.v1"


def policy(text: str = "") -> PolicyBook:
    """Return the built-in policy with this text laid over it."""
    return PolicyBook.from_toml(f'version = "trial"\n{text}')


def plain(settings: Policy) -> dict[str, object]:
    """Return a policy as values that compare."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    for name, value in values.items():
        if isinstance(value, CodeList):
            values[name] = (value.whole, value.beginnings)
    values["unsuitable_outcomes"] = msgspec.to_builtins(settings.unsuitable_outcomes, order="deterministic")
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def test_the_built_in_numbers_are_the_contracts() -> None:
    """Each number the contract states stands in the built-in policy, in milliseconds, minutes, days or pence."""
    expected = {
        "not_known_most": Fraction(1, 20),
        "off": frozenset(),
        "lacks": {},
        "lacks_by_force": {},
        "recording_limit": 24 * HOUR,
        "risk_fraction": Fraction(1, 4),
        "risk_lead": 6 * HOUR,
        "evening_risk": True,
        "evening_risk_at": 22 * 60,
        "evening_risk_if_before": 21 * 60,
        "reference_grace": 60 * MINUTE,
        "rape_recording_limit": 60 * MINUTE,
        "rape_oversight_limit": 60 * MINUTE,
        "n100_accepted": True,
        "n100_on_cis": False,
        "reporters_for_victim": frozenset(),
        "closing_code_excuses": True,
        "rape_overseen_by_di": True,
        "rape_closure_reviewed_by": frozenset({"DCI"}),
        "rape_outcome_decided_by": frozenset(),
        "first_officer_records_rape": True,
        "referral_risk_after": 15 * MINUTE,
        "audit_limit": 14 * DAY,
        "audit_share_percent": 20,
        "delay_extension": 7 * DAY,
        "assessment_limit": 4 * HOUR,
        "unit_opens": 7 * 60,
        "unit_closes": 22 * 60,
        "cancellation_grace": 24 * HOUR,
        "victim_contract_limit": 5 * DAY,
        "victim_support_limit": 2 * DAY,
        "partner_action_limit": 14 * DAY,
        "dispute_limit": 14 * DAY,
        "late_recording_grace": 24 * HOUR,
        "vulnerable_assessment_limit": 24 * HOUR,
        "reclassification_limit": 24 * HOUR,
        "reclassified_by_registrar_only": {"RAPE", "HOMICIDE"},
        "incident_only_limit": 14 * DAY,
        "incident_only_linked_limit": 24 * HOUR,
        "disposal_review_limit": 7 * DAY,
        "pnd_minimum_age": 18,
        "cannabis_warning_minimum_age": 18,
        "pnd_goods_limit_pence": 10_000,
        "call_review_limit": 3 * DAY,
        "dip_sample_moments": 3,
        "theme_recent_days": 7,
        "theme_baseline_days": 28,
        "theme_p": 0.01,
        "theme_minimum_calls": 3,
        "severity": {},
        "schedules": {},
        "schedules_by_force": {},
        "nothing_judged_before": local_midnight(1900, 1, 1),
    }
    today = plain(BUILT_IN.at(LATE))
    assert {name: today[name] for name in expected} == expected
    assert today.keys() - expected.keys() == {
        "crime_closing_codes",
        "no_report_codes",
        "report_codes",
        "vulnerable_codes",
        "vulnerable_qualifiers",
        "sudden_death_codes",
        "natural_death_codes",
        "self_defence_codes",
        "precluding",
        "judged_from",
        "unsuitable_outcomes",
    }


def test_the_built_in_table_of_what_precludes_is_the_contracts() -> None:
    """Every kind of disposal has its row; a conditional caution's is empty."""
    assert dict(BUILT_IN.at(LATE).precluding) == {
        "CAUTION": (Preclusion(frozenset({"CONVICTION", "CAUTION"}), 730, None),),
        "CONDITIONAL_CAUTION": (),
        "PND": (Preclusion(frozenset({"PND"}), 365, None), Preclusion(frozenset({"CONVICTION"}), 730, None)),
        "CANNABIS_WARNING": (
            Preclusion(frozenset({"CANNABIS_WARNING"}), None, None),
            Preclusion(frozenset({"CONVICTION", "PND"}), None, "DRUGS"),
        ),
        "COMMUNITY_RESOLUTION": (Preclusion(frozenset({"CONVICTION", "CAUTION", "COMMUNITY_RESOLUTION"}), 365, None),),
    }


def test_the_built_in_installation_has_all_feeds_and_the_contracts_times() -> None:
    """Nine feeds hold every force's clock, a day ahead is too far, five minutes settle."""
    assert BUILT_IN.feeds("LEICS") == set(FEEDS)
    assert (BUILT_IN.far_future, BUILT_IN.settling_time) == (DAY, 5 * MINUTE)
    assert (BUILT_IN.allowed_lateness(STORM), BUILT_IN.save_lag) == (10 * MINUTE, 15 * MINUTE)
    assert (BUILT_IN.silence_interval(STORM), BUILT_IN.silence_interval("cis.crimes.v1")) == (15 * MINUTE, 2 * HOUR)
    assert BUILT_IN.has_registrar("LEICS")
    assert BUILT_IN.forget_after == 800 * DAY
    assert BUILT_IN.published_for == 2192 * DAY


@pytest.mark.parametrize(
    ("setting", "begins", "before", "after"),
    [
        ("recording_limit", (2015, 4, 1), 72 * HOUR, 24 * HOUR),
        ("risk_lead", (2015, 4, 1), 18 * HOUR, 6 * HOUR),
        ("evening_risk", (2015, 4, 1), False, True),
        ("n100_accepted", (2015, 4, 1), False, True),
        ("n100_on_cis", (2026, 4, 1), False, True),
        ("reporters_for_victim", (2026, 4, 1), frozenset(), {"VICTIM", "PARENT_CARER", "PROFESSIONAL"}),
        ("closing_code_excuses", (2026, 4, 1), True, False),
        ("rape_overseen_by_di", (2026, 4, 1), True, False),
        ("rape_closure_reviewed_by", (2026, 4, 1), {"DCI"}, REVIEWERS),
        ("rape_outcome_decided_by", (2026, 4, 1), frozenset(), REVIEWERS),
        ("first_officer_records_rape", (2013, 4, 1), False, True),
        ("pnd_minimum_age", (2013, 4, 8), 0, 18),
    ],
)
def test_an_amendment_holds_from_local_midnight_to_the_millisecond(
    setting: str, begins: tuple[int, int, int], before: object, after: object
) -> None:
    """The last millisecond of the day before is under the old setting, midnight Europe/London under the new."""
    midnight = local_midnight(*begins)
    assert [getattr(BUILT_IN.at(midnight + ms), setting) for ms in (-1, 0, 1)] == [before, after, after]


def test_every_setting_has_a_reader_and_every_reader_a_setting() -> None:
    """What the file may say and what the rules may ask for are the same names."""
    assert settings_of(Policy).keys() | {"risk_lead", "precluding", "severity"} == {
        field.name for field in fields(Policy)
    }


@given(st.integers(-(2**63), 2**63 - 1))
def test_settings_in_force_are_those_of_the_last_amendment_begun(moment: int) -> None:
    """Looking up by bisection agrees with counting the amendments that have begun."""
    assert BUILT_IN.at(moment) is BUILT_IN.periods[sum(start <= moment for start in BUILT_IN.starts)]


def test_risk_lead_is_exact_in_whole_milliseconds() -> None:
    """A quarter of a limit that four does not divide is rounded down, with no float between."""
    odd = policy('[rules]\nrecording_limit = "999999ms"').at(EARLY)
    assert odd.risk_lead == 249_999
    assert policy("[rules]\nrisk_fraction = 0.3").at(LATE).risk_lead == 24 * HOUR * 3 // 10


def test_a_file_that_says_nothing_changes_nothing_but_the_version() -> None:
    """Only what differs need be given; the version is one's own."""
    book = policy()
    assert book.version == "trial"
    assert book.starts == BUILT_IN.starts
    assert [plain(period) for period in book.periods] == [plain(period) for period in BUILT_IN.periods]


def test_the_built_in_text_is_itself_a_policy_file() -> None:
    """A copy of the built-in file, laid over it, is the same policy: a safe place to start editing."""
    copy = PolicyBook.from_toml(default_policy_text())
    assert copy.version == BUILT_IN.version
    assert [plain(copy.at(moment)) for moment in (EARLY, LATE)] == [
        plain(BUILT_IN.at(moment)) for moment in (EARLY, LATE)
    ]


def test_what_rules_say_of_a_setting_holds_for_all_time() -> None:
    """A base setting of one's own ends the built-in amendments of that setting, and of no other."""
    book = policy('[rules]\nrecording_limit = "48h"')
    assert {period.recording_limit for period in book.periods} == {48 * HOUR}
    assert [book.at(moment).n100_accepted for moment in (EARLY, LATE)] == [False, True]


def test_ones_own_amendments_take_their_place_among_the_built_in_ones() -> None:
    """Each holds until the next that says otherwise, whoever wrote it; one on the same date goes with it."""
    book = policy(
        '[[amendment]]\nfrom = 2014-06-01\nrecording_limit = "48h"\n'
        '[[amendment]]\nfrom = 2015-04-01\naudit_limit = "7d"\n'
        '[[amendment]]\nfrom = 2020-02-29\nrecording_limit = "12h"\n'
    )
    dates = [(2014, 5, 31), (2014, 6, 1), (2015, 4, 1), (2020, 2, 29)]
    limits = [book.at(local_midnight(*day)).recording_limit // HOUR for day in dates]
    assert limits == [72, 48, 24, 12]
    assert [book.at(FIRST_OF_APRIL_2015 + ms).audit_limit // DAY for ms in (-1, 0)] == [14, 7]


def test_tables_are_laid_over_entry_by_entry() -> None:
    """One's own row for a disposal leaves the other rows, one's own feed the other feeds."""
    book = policy(
        "[rules.precluding]\nCAUTION = []\n"
        '[rules.severity]\nrape-not-overseen = "CRITICAL"\n'
        '[installation.silence_interval_by_feed]\n"cis.crimes.v1" = "1h"\n'
        '[installation.allowed_lateness_by_feed]\n"storm.incidents.v1" = "0s"\n'
        '[installation.feeds_by_force]\nRUTLAND = ["storm.incidents.v1", "cis.crimes.v1"]\n'
    )
    settings = book.at(LATE)
    assert settings.precluding.keys() == DISPOSAL_KINDS
    assert settings.precluding["CAUTION"] == ()
    assert settings.precluding["PND"] == BUILT_IN.at(LATE).precluding["PND"]
    assert settings.severity == {"rape-not-overseen": "CRITICAL"}
    assert book.severities_for == {"rape-not-overseen"}
    assert [book.silence_interval(feed) for feed in ("cis.crimes.v1", STORM)] == [HOUR, 15 * MINUTE]
    assert [book.allowed_lateness(feed) for feed in ("cis.crimes.v1", STORM)] == [10 * MINUTE, 0]
    assert book.feeds("RUTLAND") == {STORM, "cis.crimes.v1"}
    assert book.feeds("LEICS") == set(FEEDS)


def test_a_force_without_a_registrar_is_one_the_policy_names() -> None:
    """Only there does a chief officer decide in the registrar's place."""
    book = policy('[installation]\nforces_without_registrar = ["RUTLAND"]')
    assert [book.has_registrar(force) for force in ("RUTLAND", "LEICS")] == [False, True]


def test_a_policy_of_one_period_answers_for_every_moment() -> None:
    """Where nothing is amended there is nothing to look up."""
    book = policy(
        '[rules]\nrecording_limit = "24h"\nevening_risk = true\nn100_accepted = true\n'
        "first_officer_records_rape = true\npnd_minimum_age = 18\nn100_on_cis = true\n"
        'reporters_for_victim = ["VICTIM"]\nclosing_code_excuses = false\nrape_overseen_by_di = false\n'
        'rape_closure_reviewed_by = ["DCI"]\nrape_outcome_decided_by = []\n'
    )
    assert book.starts == ()
    assert book.at(-(2**63)) is book.at(2**63 - 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules = 3", "policy: rules = 3: allowed is a table"),
        (
            "colour = 'red'",
            'policy: colour = "red": unknown, allowed is one of actions, amendment, audits, installation, lacks, ',
        ),
        (
            '[rules]\nrecording_limt = "24h"',
            'rules.recording_limt = "24h": unknown (did you mean recording_limit?), allowed is one of ass',
        ),
        ('[lacks]\n"storm.incidents.v1" = ["status"]', 'victim_token; not "status"'),
        ("[lacks]\nstorm = []", "policy: lacks.storm = []: allowed is only an entry for cats.referrals.v1, "),
        ('[lacks_by_force.KENT]\n"cis.crimes.v1" = ["x"]', 'policy: lacks_by_force."KENT"."cis.crimes.v1" = ["x"]: '),
        ('[rules.lacks]\n"cis.crimes.v1" = []', "policy: rules.lacks = {cis.crimes.v1 = []}: unknown"),
        ('[rules]\noff = "x"', 'policy: rules.off = "x": allowed is a list of rule ids'),
        (
            '[rules.judged_from]\ncrime-not-recorded = "2016-01-01"',
            'judged_from.crime-not-recorded = "2016-01-01": allowed is a date without quotes or time',
        ),
        (
            "[rules.judged_from]\ncrime-not-recorded = 2016-01-01T00:00:00Z",
            "crime-not-recorded = 2016-01-01T00:00:00+00:00: allowed is a date without quotes or time",
        ),
        (
            "[rules.judged_from]\nRape = 2016-01-01",
            "judged_from.Rape = 2016-01-01: allowed is only an entry for a rule",
        ),
        (
            '[lacks]\nstorm.incidents.v1 = ["beat"]',
            'lacks.storm = {incidents = {v1 = ["beat"]}}: allowed is only an entry for cats.referrals.v1',
        ),
        ("[lacks.storm.incidents]\nv1 = []", "training.records.v1 (a name with dots stands in quotes)"),
        ('[lacks]\n"cis.crime.v1" = []', "training.records.v1 (did you mean cis.crimes.v1?)"),
        ('[lacks]\n"cis.crimes.v1" = ["beats"]', 'victim_token; not "beats" (did you mean beat?)'),
        ('[installation]\nfar_futur = "1d"', 'installation.far_futur = "1d": unknown (did you mean far_future?)'),
        ('[rules]\nrecording_limit = "three days"', 'recording_limit = "three days": allowed is a duration above zero'),
        ('[rules]\nrecording_limit = "0h"', 'recording_limit = "0h": allowed is a duration above zero'),
        ('[rules]\nrecording_limit = "-1h"', 'recording_limit = "-1h": allowed is a duration above zero'),
        ("[rules]\nrecording_limit = 24", "recording_limit = 24: allowed is a duration above zero"),
        ('[installation]\nsave_lag = "soon"', 'installation.save_lag = "soon": allowed is a duration such as "0s"'),
        ("[rules]\nrisk_fraction = 1.5", "risk_fraction = 1.5: allowed is a number above 0"),
        ("[rules]\nrisk_fraction = nan", "risk_fraction = NaN: allowed is a number above 0"),
        ("[rules]\nrisk_fraction = 1e-999999", "risk_fraction = 1E-999999: allowed is a number above 0"),
        ("[rules]\ntheme_p = 0", "theme_p = 0: allowed is a number above 0"),
        ("[rules]\naudit_share_percent = 101", "audit_share_percent = 101: allowed is a whole number from 0 to 100"),
        ("[rules]\naudit_share_percent = true", "audit_share_percent = true: allowed is a whole number from 0 to 100"),
        ('[rules]\nevening_risk = "yes"', 'evening_risk = "yes": allowed is true or false'),
        ('[rules]\nunit_opens = "7:00"', 'unit_opens = "7:00": allowed is a local time of day from "00:00" to "24:00"'),
        ('[rules]\nunit_opens = "07:60"', 'unit_opens = "07:60": allowed is a local time of day'),
        ('[rules]\nunit_closes = "24:01"', 'unit_closes = "24:01": allowed is a local time of day'),
        ('[rules]\nunit_closes = "07:00"', 'unit_closes = "07:00": allowed is a time after unit_opens, "07:00"'),
        (
            '[[amendment]]\nfrom = 2020-01-01\nunit_opens = "23:00"',
            'unit_closes = "22:00" (from 2020-01-01): allowed is a time after unit_opens, "23:00"',
        ),
        ('[rules]\nevening_risk_at = "20:59"', 'evening_risk_at = "20:59": allowed is a time not before evening_risk_'),
        ('[rules]\nno_report_codes = ["Admin"]', "allowed is codes of A-Z, 0-9 and single hyphens, upper case, with *"),
        ('[rules]\nno_report_codes = ["*"]', 'not "*"'),
        ('[rules]\nno_report_codes = "ADMIN"', 'no_report_codes = "ADMIN": allowed is a list of texts'),
        ("[rules]\nno_report_codes = [1]", "no_report_codes = [1]: allowed is a list of texts"),
        ("[rules]\nprecluding = 1", "rules.precluding = 1: allowed is a table"),
        ("[rules.precluding]\nFINE = []", "rules.precluding.FINE = []: allowed is only an entry for CANNABIS_WARNING"),
        ("[rules.precluding]\nPND = 3", "rules.precluding.PND = 3: allowed is a list of tables"),
        ("[rules.precluding]\nPND = [{}]", "rules.precluding.PND = [{}]: allowed is { kinds = [...], within_days"),
        ("[rules.precluding]\nPND = [{ kinds = [] }]", "allowed is a list of at least one of CANNABIS_WARNING"),
        ('[rules.precluding]\nPND = [{ kinds = ["FINE"] }]', 'not "FINE"'),
        ('[rules.precluding]\nPND = [{ kinds = ["PND"], within_days = 0 }]', "allowed is a whole number from 1 to"),
        ('[rules.precluding]\nPND = [{ kinds = ["PND"], offence_class = "MURDER" }]', "allowed is one of BURGLARY, "),
        ('[rules.precluding]\nPND = [{ kinds = ["PND"], days = 3 }]', "allowed is { kinds = [...], within_days"),
        (
            '[rules.severity]\nrape-not-overseen = "BAD"',
            'overseen = "BAD": allowed is one of CRITICAL, HIGH, LOW, MEDI',
        ),
        ('[rules.severity]\nRape = "LOW"', 'rules.severity.Rape = "LOW": allowed is only an entry for a rule\'s id'),
        (
            '[rules]\nnothing_judged_before = "2026-01-01"',
            'rules.nothing_judged_before = "2026-01-01": allowed is a date without quotes or time',
        ),
        ("[schedules]\nstorm = {}", "policy: schedules.storm = {}: allowed is only an entry for cats.referrals.v1, "),
        (
            '[schedules]\n"cis.crimes.v1" = {}',
            'policy: schedules.cis.crimes.v1 = {}: allowed is { every = "1h" } or { daily = "06:00", earliest = ',
        ),
        ('[schedules]\n"cis.crimes.v1" = {}', 'not "neither every nor daily"'),
        ('[schedules]\n"cis.crimes.v1" = "1h"', 'schedules.cis.crimes.v1 = "1h": allowed is { every = "1h" } or '),
        ('[schedules]\n"cis.crimes.v1" = { every = "1h", daily = "06:00" }', 'not "both every and daily"'),
        ('[schedules]\n"cis.crimes.v1" = { every = "1h", days = ["MON"] }', 'not "days beside every"'),
        ('[schedules]\n"cis.crimes.v1" = { every = "0h" }', 'not "every = 0h"'),
        ('[schedules]\n"cis.crimes.v1" = { every = "hourly" }', 'such as "1h"; not "hourly"'),
        ('[schedules]\n"cis.crimes.v1" = { daily = "6am" }', 'a local time of day such as "06:00"; not "6am"'),
        ('[schedules]\n"cis.crimes.v1" = { daily = "24:01" }', 'not "daily = 24:01"'),
        ('[schedules]\n"cis.crimes.v1" = { daily = "06:00", earliest = "25:00" }', 'not "earliest = 25:00"'),
        ('[schedules]\n"cis.crimes.v1" = { daily = "06:00", days = ["SONNTAG"] }', 'TUE, WED; not "SONNTAG"'),
        ('[schedules]\n"cis.crimes.v1" = { daily = "06:00", days = [] }', "at least one of FRI, MON, "),
        ('[schedules]\n"cis.crimes.v1" = { daily = "06:00", at = "x" }', "optional, either with a grace"),
        (
            '[schedules_by_force.KENT]\n"cis.crimes.v1" = { every = "1h", grace = "-1m" }',
            'policy: schedules_by_force."KENT"."cis.crimes.v1" = {every = "1h", grace = "-1m"}: ',
        ),
        ('[rules.schedules]\n"cis.crimes.v1" = {}', "policy: rules.schedules = {cis.crimes.v1 = {}}: unknown"),
        ("[installation]\nfeeds = []", "installation.feeds = []: allowed is a list of at least one of cats.referrals"),
        ('[installation]\nfeeds = ["storm"]', 'not "storm"'),
        (
            '[installation.feeds_by_force]\nLEICS = ["storm"]',
            'installation.feeds_by_force."LEICS" = ["storm"]: allowed',
        ),
        ('[installation.feeds_by_force]\n" " = ["cmc.calls.v1"]', "allowed is only an entry for a force"),
        (
            '[installation.allowed_lateness_by_feed]\nstorm = "5m"',
            'by_feed."storm" = "5m": allowed is only an entry for',
        ),
        ('[installation]\nforget_after = "30d"', "the longest time a rule looks back"),
        ('[installation]\npublished_for = "799d"', "published_for"),
        ('[installation]\nforget_after = "2193d"', 'allowed is at least forget_after, "189475200000ms"'),
        ("amendment = 3", "policy: amendment = 3: allowed is tables headed [[amendment]]"),
        ("amendment = [3]", "policy: amendment 1 = 3: allowed is a table"),
        (
            "[[amendment]]\nevening_risk = true",
            "policy: amendment 1: from is missing: allowed is a date without quotes",
        ),
        ('[[amendment]]\nfrom = "2015-04-01"', 'amendment 1: from = "2015-04-01": allowed is a date without quotes'),
        ("[[amendment]]\nfrom = 2015-04-01T00:00:00Z", "from = 2015-04-01T00:00:00+00:00: allowed is a date without"),
        ("[[amendment]]\nfrom = 2015-02-29", "policy: not a TOML file: Invalid date"),
        ("[[amendment]]\nfrom = 2015-04-01", "from = 2015-04-01: allowed is a date with at least one setting"),
        ("[[amendment]]\nfrom = 2015-04-01\nfeeds = []", "policy: amendment 1: feeds = []: unknown"),
        (
            (
                "[[amendment]]\nfrom = 2020-01-02\nevening_risk = true\n"
                "[[amendment]]\nfrom = 2020-01-01\nevening_risk = true\n"
            ),
            "amendment 2: from = 2020-01-01: allowed is a date after 2020-01-02, that of the amendment before",
        ),
        (
            (
                "[[amendment]]\nfrom = 2020-01-01\nevening_risk = true\n"
                "[[amendment]]\nfrom = 2020-01-01\nevening_risk = true\n"
            ),
            "amendment 2: from = 2020-01-01: allowed is a date after 2020-01-01",
        ),
        ('"two\\nlines\\u001b[2J" = 1', "policy: two lines [2J = 1: unknown"),
        (
            '[installation.feeds_by_force]\n"A\\nB" = "\\u2028"',
            'feeds_by_force."A B" = " ": allowed is a list of at least',
        ),
        ("[rules", "policy: not a TOML file"),
        ("[rules]\nevening_risk = true\nevening_risk = true", "policy: not a TOML file: Cannot overwrite a value"),
        ("[rules]\nseverity = " + "[" * 5_000, "policy: not a TOML file"),
        ("[rules]\naudit_share_percent = 0x" + "f" * 5_000, "a number of more than 64 bits: allowed is a whole number"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(text: str, sentence: str) -> None:
    """The line names the key, the value and what is allowed."""
    with pytest.raises(PolicyError) as refused:
        policy(text)
    line = str(refused.value)
    assert sentence in line
    assert "\n" not in line
    assert line.startswith("policy: ")


@pytest.mark.parametrize("text", ["", "version = 3", 'version = ""', 'version = "a b"', 'version = "a\\nb"'])
def test_a_policy_without_a_version_is_refused(text: str) -> None:
    """Every alert carries the version, so there must be one that can be told."""
    with pytest.raises(PolicyError, match="version"):
        PolicyBook.from_toml(text)


scalars = st.one_of(
    st.sampled_from(
        ["true", "7", "-1", "0.25", "inf", "2015-04-01", "07:00:00", "{}", "[]", "[[]]", "[{}]", "{ a = 1 }"]
    ),
    st.text(max_size=20).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text(max_size=20),
)


@given(st.sampled_from(["", "[rules]\n", "[installation]\n", "[[amendment]]\nfrom = 2020-01-01\n"]), st.data())
def test_no_text_gets_more_than_a_line_of_refusal(table: str, data: st.DataObject) -> None:
    """Whatever stands in a file, what comes out is a policy or a policy error in one line."""
    settings = sorted(settings_of(Policy)) + sorted(settings_of(Installation))
    known = [*settings, "precluding", "severity", "version", "rules", "amendment", "from"]
    key, value = data.draw(st.sampled_from(known)), data.draw(scalars)
    refusals = []
    try:
        policy(f"{table}{key} = {value}")
    except PolicyError as refused:
        refusals = str(refused).splitlines()
    assert len(refusals) <= 1


def test_a_layer_is_laid_over_the_policy_before_it() -> None:
    """What the last says goes first, then what the one before says, then the built-in: numbers, tables and dates."""
    own = """
version = "leics-1"
[installation]
far_future = "2d"
[installation.feeds_by_force]
LEICS = ["cmc.calls.v1"]
[rules]
audit_limit = "7d"
[[amendment]]
from = 2020-01-01
recording_limit = "12h"
evening_risk = false
"""
    question = """
version = "what-if"
[installation.feeds_by_force]
DERBS = ["cmc.calls.v1"]
[rules]
recording_limit = "48h"
"""
    book = PolicyBook.from_layers(own, question)
    assert book.version == "what-if"
    assert {book.at(moment).recording_limit for moment in (EARLY, LATE)} == {48 * HOUR}
    assert (book.at(LATE).audit_limit, book.at(LATE).evening_risk) == (7 * DAY, False)
    assert book.far_future == 2 * DAY
    assert book.feeds("LEICS") == book.feeds("DERBS") == {"cmc.calls.v1"}


def test_no_layer_is_the_built_in_policy_and_one_is_a_file() -> None:
    """So a policy can be kept as its layers, whatever it is."""
    assert PolicyBook.from_layers().version == BUILT_IN.version
    assert plain(PolicyBook.from_layers().at(LATE)) == plain(BUILT_IN.at(LATE))
    text = 'version = "x"\n[rules]\naudit_limit = "3d"'
    assert plain(PolicyBook.from_layers(text).at(LATE)) == plain(PolicyBook.from_toml(text).at(LATE))


def test_a_feed_lacks_what_all_forces_lack_and_what_its_own_does() -> None:
    """From the date of an amendment on the list of that feed is another."""
    book = policy(
        f'[lacks]\n"{STORM}" = ["crimes_expected"]\n[lacks_by_force.KENT]\n"{STORM}" = ["assessed_at"]\n'
        f'[[amendment]]\nfrom = 2020-01-01\n[amendment.lacks]\n"{STORM}" = []'
    )
    assert book.at(EARLY).lacked("LEICS", STORM) == {"crimes_expected"}
    assert book.at(EARLY).lacked("KENT", STORM) == {"crimes_expected", "assessed_at"}
    assert book.at(LATE).lacked("KENT", STORM) == {"assessed_at"}
    assert book.at(LATE).lacked("LEICS", STORM) == frozenset()
    assert book.lacks_anything
    assert not BUILT_IN.lacks_anything
