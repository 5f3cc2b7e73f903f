"""Links between cases, followed from any reference, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from schemas.identifiers import normalise
from schemas.products import Case, CaseLink, CaseSystem
from streams.reports.case_index import CaseIndex
from streams.reports.linked_cases import MOST_RECORDS, CaseSource, follow_links, trace


def a_case(system: CaseSystem, ref: str, *linked: tuple[CaseSystem, str], force: str = "LEICS") -> tuple[str, Case]:
    """Return a case and its key."""
    case = Case(
        force=force,
        system=system,
        ref=ref,
        normalised_ref=normalise(ref),
        topic="t",
        event_id="e",
        event_time=1,
        first_event_time=1,
        snapshots=1,
        linked=tuple(CaseLink(system=to, ref=name) for to, name in linked),
    )
    return f"{force}|{system}|record|{case.normalised_ref}", case


def source(*cases: tuple[str, Case]) -> CaseSource:
    """Return these cases as a source."""
    return CaseIndex(dict(cases))


def refs(subjects: Sequence[tuple[str, str]]) -> list[str]:
    """Return the references of subjects, in order."""
    return sorted(ref for _, ref in subjects)


def test_links_are_followed_from_either_end() -> None:
    """A crime that names an incident is reached from the incident, and what the crime names from there."""
    cases = source(
        a_case("STORM", "I-1"), a_case("CIS", "C-1", ("STORM", "I-1"), ("CATS", "R-1")), a_case("CIS", "C-2")
    )
    linked = follow_links(cases, "LEICS", [("STORM", "I-1")])
    assert refs([held.subject for held in linked.held]) == ["C-1", "I-1"]
    assert linked.unheld == {("CATS", "R-1")}
    assert linked.links == {(("CIS", "C-1"), ("STORM", "I-1")), (("CIS", "C-1"), ("CATS", "R-1"))}
    assert not linked.cut_off


def test_a_protection_report_is_reached_from_its_crime() -> None:
    """And the crime from it."""
    cases = source(a_case("PPN", "P-1", ("CIS", "C-1")), a_case("CIS", "C-1", ("PPN", "P-1")))
    for typed in ("p 1", "C-1"):
        (matter,) = trace(cases, typed).matters
        assert refs([held.subject for held in matter.linked.held]) == ["C-1", "P-1"]


def test_links_are_not_followed_into_another_force() -> None:
    """Two forces may write the same reference."""
    cases = source(a_case("STORM", "I-1"), a_case("CIS", "C-1", ("STORM", "I-1"), force="DERBS"))
    assert len(follow_links(cases, "LEICS", [("STORM", "I-1")]).held) == 1


def test_a_matter_of_too_many_records_is_cut_off() -> None:
    """And says so."""
    chain = [a_case("CIS", f"C-{n}", ("CIS", f"C-{n + 1}")) for n in range(MOST_RECORDS + 5)]
    linked = follow_links(source(*chain), "LEICS", [("CIS", "C-0")])
    assert (len(linked.held), linked.cut_off) == (MOST_RECORDS, True)


@pytest.mark.parametrize("typed", ["i 0001", "I/1", "I-1"])
def test_a_reference_is_found_however_it_is_typed(typed: str) -> None:
    """Exactly, or else without separators and leading zeros."""
    [matter] = trace(source(a_case("STORM", "I-1")), typed).matters
    assert [held.kind for held in matter.named] == ["record"]


def test_a_reference_that_only_others_name_is_traced_as_cited() -> None:
    """No system holds it, but a record links to it."""
    result = trace(source(a_case("STORM", "I-1", ("CIS", "C-9"))), "c 9".upper())
    assert result.cited
    assert [refs([held.subject for held in matter.linked.held]) for matter in result.matters] == [["I-1"]]


def test_what_contains_the_reference_is_suggested_where_nothing_is_found() -> None:
    """Only of three characters or more."""
    cases = source(a_case("STORM", "I-1234"))
    assert [held.case.ref for held in trace(cases, "123").suggestions] == ["I-1234"]
    assert trace(cases, "12").suggestions == ()
