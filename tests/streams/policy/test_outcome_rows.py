"""The table of outcomes that do not suit a crime: what a policy file may write there, and what it is told otherwise."""

from __future__ import annotations

import pytest

from streams.policy import PolicyError
from streams.policy.calendar import DAY
from streams.policy.outcome_names import outcome_name, outcome_number
from streams.policy.outcome_rows import OutcomeRow
from tests.streams.world import policy

LATE = 1_800_000_000_000
NAMED = 'demand = "what is asked"\npage = "page 1"\n'


def row(text: str, name: str = "20") -> OutcomeRow:
    """Return a row that a policy file writes."""
    return policy(f"[rules.unsuitable_outcomes.{name}]\n{text}").at(LATE).unsuitable_outcomes[name]


def test_a_row_is_read_as_it_is_written() -> None:
    """Each condition by its own name; what is not written is not asked."""
    written = row(
        f'{NAMED}outcomes = ["1A", "20"]\nunsuitable_where = [\n'
        '{ offence_class = ["RAPE"], flags = ["HATE*"], outcome_role_not = ["FCR"], suspect_token = true },\n'
        '{ disposals = { kinds = ["PND"], offender_age_under = 18 } },\n]'
    )
    assert written.outcomes == {"1A", "20"}
    assert (written.demand, written.page, written.within) == ("what is asked", "page 1", None)
    first, second = written.clauses
    assert first.offence_class == frozenset({"RAPE"})
    assert first.outcome_role_not == frozenset({"FCR"})
    assert first.suspect_token is True
    assert first.flags is not None
    assert first.flags.holds("hate crime")
    assert (first.domestic_abuse, first.disposals) == (None, None)
    assert second.disposals is not None
    assert second.disposals.kinds == {"PND"}
    assert second.disposals.offender_age_under == 18


def test_a_row_with_a_deadline_asks_for_oversight_by_then() -> None:
    """Where it asks is what remains of its clauses."""
    written = row(
        f'{NAMED}outcomes = ["20"]\nwithin = "2d"\n'
        "unsuitable_where = [{ domestic_abuse = true, fcr_oversight_at = false }]"
    )
    assert written.within == 2 * DAY
    (clause,) = written.clauses
    assert (clause.domestic_abuse, clause.fcr_oversight_at) == (True, None)


def test_a_row_without_outcomes_is_dropped() -> None:
    """It is about none, and need say no more."""
    assert row("outcomes = []", "15").outcomes == frozenset()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is a table of outcomes, demand, page, unsuitable_where"),
        ('outcomes = ["15"]', 'not "a row without demand, page or unsuitable_where"'),
        (f'{NAMED}outcomes = ["15"]', 'not "a row without demand, page or unsuitable_where"'),
        (f'{NAMED}outcomes = ["15"]\nunsuitable_where = [{{}}]', 'not "a clause without conditions"'),
        (f'{NAMED}outcomes = ["015"]', 'allowed is an outcome\'s number as text, such as "15" or "1A"; not "015"'),
        (f"{NAMED}outcomes = [15]", 'allowed is an outcome\'s number as text, such as "15" or "1A"; not 15'),
        (f'{NAMED}outcomes = ["15"]\ncolour = 1', "is a table of outcomes, demand, page, unsuitable_where"),
        ('outcomes = ["15"]\ndemand = " "\npage = "1"', 'allowed is text of up to 200 characters; not " "'),
    ],
)
def test_a_row_that_cannot_be_judged_by_is_refused_in_one_line(text: str, sentence: str) -> None:
    """The line names the row and what is allowed there."""
    with pytest.raises(PolicyError) as refusal:
        row(text, "15")
    assert str(refusal.value).startswith("policy: rules.unsuitable_outcomes.15 = {")
    assert sentence in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [
        ('offence_class = ["MURDER"]', "allowed is one of BURGLARY"),
        ("offence_class = []", "allowed is a list of offence classes; not []"),
        ('outcome_role_not = ["SERGEANT"]', 'not "SERGEANT"'),
        ('flags = ["hate"]', 'not "hate"'),
        ('suspect_token = "s1"', 'allowed is true (stated) or false (not stated); not "s1"'),
        ('domestic_abuse = "yes"', 'allowed is true or false; not "yes"'),
        ("closed = true", "allowed is { ... } of at least one of offence_class, "),
        ("disposals = {}", "allowed is { kinds = [...], offender_age_under = 18"),
        ('disposals = { kinds = ["FINE"] }', 'not "FINE"'),
        ('disposals = { kinds = ["PND"], offender_age_under = 0 }', "allowed is a whole number from 1 to 120; not 0"),
    ],
)
def test_a_condition_that_there_is_not_is_refused_in_one_line(clause: str, sentence: str) -> None:
    """It is named, with what may stand in its place."""
    with pytest.raises(PolicyError) as refusal:
        row(f'{NAMED}outcomes = ["20"]\nunsuitable_where = [{{ {clause} }}]')
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("within", ["0d", "fortnight", "14"])
def test_a_deadline_is_a_duration(within: str) -> None:
    """Above zero."""
    with pytest.raises(PolicyError, match=f'allowed is a duration above zero such as "14d"; not "{within}"'):
        row(f'{NAMED}outcomes = ["20"]\nwithin = "{within}"\nunsuitable_where = [{{ fcr_oversight_at = false }}]')


def test_only_oversight_has_a_deadline() -> None:
    """Nothing else says when it was given."""
    with pytest.raises(PolicyError, match=r"within without fcr_oversight_at = false in each clause"):
        row(f'{NAMED}outcomes = ["20"]\nwithin = "1d"\nunsuitable_where = [{{ outcome_rationale = false }}]')


def test_a_row_has_a_name() -> None:
    """It tells the alerts of one crime apart."""
    with pytest.raises(PolicyError, match=r"allowed is only an entry for a row's name, such as 8-knife"):
        policy('[rules.unsuitable_outcomes."a b"]\noutcomes = []')


def test_no_deadline_is_longer_than_what_is_remembered() -> None:
    """A matter would be forgotten before it is due."""
    with pytest.raises(PolicyError, match=r"forget_after"):
        row(
            f'{NAMED}outcomes = ["20"]\nwithin = "801d"\nunsuitable_where = [{{ fcr_oversight_at = false }}]',
        )


@pytest.mark.parametrize(
    ("stated", "number"),
    [("15", "15"), (" 1a", "1A"), ("08", "8"), ("1 A", "1A"), (None, None), ("", None), (" ", None), ("0", None)],
)
def test_an_outcomes_number_is_compared_without_case_noughts_and_spaces(stated: str | None, number: str | None) -> None:
    """A blank one is none."""
    assert outcome_number(stated) == number


def test_every_outcome_of_the_framework_has_its_name_from_the_framework_on() -> None:
    """Types 1 to 24 and the three with an alternate offence; an unknown number, or an earlier time, has none."""
    numbers = [*map(str, range(1, 25)), "1A", "2A", "3A"]
    assert all(outcome_name(number, LATE) for number in numbers)
    assert outcome_name("01a", LATE) == "Charge (alternate offence)"
    first_of_april_2026 = 1_774_998_000_000
    assert [outcome_name("15", first_of_april_2026 + ms) is None for ms in (-1, 0)] == [True, False]
    assert outcome_name("25", LATE) is outcome_name(None, LATE) is None
