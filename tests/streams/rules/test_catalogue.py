"""The catalogue of rules: one id, three spellings, and everything a person who reads an alert needs."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import streams.rules
from schemas.records import POSSIBLE_FEEDS
from streams.facts.matters import CRIME, KINDS
from streams.obligations.findings import Rule
from streams.policy import PolicyBook
from streams.rules import CATALOGUE, RULES

SEVERITY = {
    "crime-not-recorded": "HIGH",
    "report-undecided": "MEDIUM",
    "incident-closed-unresolved": "HIGH",
    "rape-not-recorded": "CRITICAL",
    "rape-not-overseen": "HIGH",
    "other-force-unconfirmed": "MEDIUM",
    "crime-reference-unknown": "HIGH",
    "offence-misclassified": "MEDIUM",
    "assessment-overdue": "MEDIUM",
    "referral-unlinked": "HIGH",
    "referral-not-audited": "MEDIUM",
    "asb-crime-not-recorded": "MEDIUM",
    "no-crime-unauthorised": "HIGH",
    "no-crime-unsupported": "HIGH",
    "no-crime-victim-uninformed": "HIGH",
    "cancelled-without-decision": "HIGH",
    "time-altered": "HIGH",
    "rape-recorded-by-specialist": "LOW",
    "rape-closed-unreviewed": "HIGH",
    "victim-contract-missing": "LOW",
    "victim-support-not-referred": "MEDIUM",
    "partner-referral-unactioned": "LOW",
    "decision-maker-untrained": "MEDIUM",
    "disposal-ineligible": "HIGH",
    "disposal-implications-unexplained": "MEDIUM",
    "disposal-victim-not-consulted": "MEDIUM",
    "disposal-outcome-inadequate": "MEDIUM",
    "disposal-unreviewed": "LOW",
    "call-review-overdue": "LOW",
    "theme-emerging": "MEDIUM",
    "dispute-undecided": "MEDIUM",
    "crime-recorded-late": "MEDIUM",
    "crime-reclassified": "HIGH",
    "incident-only-unseen": "MEDIUM",
    "offence-code-contradicts-class": "MEDIUM",
    "outcome-unsuitable": "MEDIUM",
    "death-not-recorded": "MEDIUM",
    "vulnerable-closed-unassessed": "MEDIUM",
    "feed-silent": "CRITICAL",
}
"""Every rule of the contract with its severity; where there are two, the one not named first with its condition."""

RULE_FOLDER = Path(streams.rules.__file__).parent
TEST_FOLDER = Path(__file__).parent

by_id = pytest.mark.parametrize("rule", CATALOGUE, ids=[rule.id for rule in CATALOGUE])


def module_name(rule: Rule) -> str:
    """Return the module that a rule of this id must live in."""
    return rule.id.replace("-", "_")


def test_the_catalogue_holds_the_contracts_rules_each_with_its_severity() -> None:
    """No rule is missing, none is of our own making."""
    assert {rule.id: rule.severity for rule in CATALOGUE} == SEVERITY


def test_no_id_is_used_twice() -> None:
    """Looked up by id, every rule is there."""
    assert len(RULES) == len(CATALOGUE)


def test_the_folder_holds_the_catalogues_modules_and_no_other() -> None:
    """A rule that nobody lists is a rule that nobody runs."""
    files = {path.stem for path in RULE_FOLDER.glob("*.py")} - {"__init__"}
    assert files == {module_name(rule) for rule in CATALOGUE}


@by_id
def test_id_module_and_test_are_one_name(rule: Rule) -> None:
    """crime-not-recorded, crime_not_recorded.py, test_crime_not_recorded.py; the docstring begins with the id."""
    module = importlib.import_module(f"streams.rules.{module_name(rule)}")
    assert module.RULE is rule
    assert (module.__doc__ or "").startswith(f"{rule.id}: ")
    assert (TEST_FOLDER / f"test_{module_name(rule)}.py").is_file()


@by_id
def test_each_rule_says_what_is_wrong_what_is_owed_and_what_to_do(rule: Rule) -> None:
    """A title that fits a line, an obligation with its source, and a runbook, each in plain sentences."""
    assert 10 <= len(rule.title) <= 80
    assert not rule.title.endswith(".")
    assert rule.obligation.endswith(".")
    assert rule.runbook.endswith(".")
    assert len(rule.runbook) > len(rule.title)


@by_id
def test_each_rule_names_the_feeds_it_needs(rule: Rule) -> None:
    """Known feeds only; what a policy may leave out, a rule must have named."""
    assert rule.about
    for kind, feeds in rule.about.items():
        assert kind in KINDS
        assert feeds <= set(POSSIBLE_FEEDS)
        if kind.record is not None:
            assert kind.record.TOPIC in feeds


def test_the_built_in_policy_speaks_of_known_rules_only() -> None:
    """A severity for a rule that does not exist would be a mistake."""
    assert PolicyBook.built_in().severities_for <= RULES.keys()


@pytest.mark.parametrize("rule", [rule for rule in CATALOGUE if set(rule.about) == {CRIME}], ids=lambda rule: rule.id)
def test_a_rule_about_crimes_says_so_where_it_asks_about_their_reports(rule: Rule) -> None:
    """A changed report has its crimes judged by these rules alone."""
    module = Path(str(importlib.import_module(rule.judge.__module__).__file__)).read_text(encoding="utf-8")
    assert rule.asks_reports == ("reports_of(" in module or "linked_since(" in module)
