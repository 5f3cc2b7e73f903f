"""Which rules are not judged for a force, and by lack of what."""

from __future__ import annotations

from schemas.records import FEEDS, Incident, ProtectionReport, TrainingRecord
from streams.policy import PolicyBook
from streams.reports.unjudged import UnjudgedRule, rules_decided_by, sentences, unjudged_rules
from tests.streams.world import policy

BUILT_IN = PolicyBook.built_in()
STORM, TRAINING = Incident.TOPIC, TrainingRecord.TOPIC
ALL = frozenset(FEEDS)


def test_where_nothing_is_lacking_every_rule_is_judged() -> None:
    """By the built-in policy, with every feed heard."""
    assert unjudged_rules(BUILT_IN, "LEICS", ALL, 0) == []
    assert sentences([]) == []


def test_a_feed_that_nobody_has_connected_is_told_from_one_that_the_policy_does_not_name() -> None:
    """The first will be judged once it is heard."""
    (entry, *_) = unjudged_rules(BUILT_IN, "LEICS", ALL - {TRAINING}, 0)
    assert (entry.rule_id, entry.cause, entry.lacking) == (
        "decision-maker-untrained",
        "FEED_NOT_CONNECTED",
        (TRAINING,),
    )
    without = policy(f"[installation.feeds_by_force]\nLEICS = {sorted(ALL - {TRAINING})}".replace("'", '"'))
    (entry, *_) = unjudged_rules(without, "LEICS", ALL - {TRAINING}, 0)
    assert entry.cause == "FEED_NOT_NAMED"


def test_a_rule_that_a_lacking_field_decides_is_named_with_it() -> None:
    """A clause too; of several fields that are asked together, all must be lacking."""
    book = policy(f'[lacks]\n"{STORM}" = ["crimes_expected"]\n"cis.crimes.v1" = ["closure_reviewed_role"]')
    assert unjudged_rules(book, "LEICS", ALL, 0) == [
        UnjudgedRule("LEICS", "report-undecided", "incident", "FIELD_LACKING", ("crimes_expected",), STORM),
        UnjudgedRule("LEICS", "incident-closed-unresolved", "incident", "FIELD_LACKING", ("crimes_expected",), STORM),
    ]
    (sentence,) = sentences(unjudged_rules(book, "LEICS", ALL, 0))
    assert sentence == (
        f"not judged where crimes_expected was never stated, which {STORM} lacks: report-undecided (incident), "
        "incident-closed-unresolved (incident)"
    )


def test_it_goes_by_force_and_by_date() -> None:
    """As the policy does."""
    book = policy(
        f'[lacks_by_force.KENT]\n"{STORM}" = ["assessed_at"]\n[[amendment]]\nfrom = 2020-01-01\n'
        f'[amendment.lacks_by_force.KENT]\n"{STORM}" = []'
    )
    assert unjudged_rules(book, "LEICS", ALL, 0) == []
    assert [entry.rule_id for entry in unjudged_rules(book, "KENT", ALL, 0)] == ["assessment-overdue"]
    assert unjudged_rules(book, "KENT", ALL, 1_600_000_000_000) == []


def test_a_rule_that_is_off_is_named_once() -> None:
    """Whatever else it would lack."""
    book = policy('[rules]\noff = ["decision-maker-untrained"]')
    assert unjudged_rules(book, "LEICS", ALL - {TRAINING}, 0) == [
        UnjudgedRule("LEICS", "decision-maker-untrained", "", "OFF")
    ]


def test_a_feed_that_only_some_forces_have_is_not_missed_elsewhere() -> None:
    """Nothing is said of protection reports where no policy names them."""
    assert ProtectionReport.TOPIC not in "".join(sentences(unjudged_rules(BUILT_IN, "LEICS", frozenset(), 0)))


def test_the_rules_that_a_field_decides() -> None:
    """Those whose clause it decides too, and those that ask for it together with another."""
    assert rules_decided_by(STORM, "crimes_expected") == ("report-undecided", "incident-closed-unresolved")
    assert rules_decided_by("cis.crimes.v1", "outcome_role") == ("rape-closed-unreviewed", "outcome-unsuitable")
    assert rules_decided_by("cis.no-crimes.v1", "victim_informed_at") == ("no-crime-victim-uninformed",)
    assert rules_decided_by(STORM, "beat") == ()
