"""Who names the same victim, of few reports and of many."""

from __future__ import annotations

import pytest

from streams.facts.facts import Facts
from streams.facts.matters import INCIDENT, Matter
from streams.policy.calendar import MINUTE
from streams.reviews.same_people import FEW, SamePeople
from tests.streams.world import BUILT_IN, FORCE, incident, ms

NOON = ms("2016-03-10 12:00")


def named(number: int) -> Matter:
    """Return a report of the one victim."""
    report: Matter = Matter(INCIDENT, f"I-{number}")
    report.record.insert(incident(NOON + number * MINUTE, f"I-{number}", victim_token="V 1"), in_effect=True)
    return report


@pytest.mark.parametrize("number", [1, 2, 3, FEW, FEW + 1, 40])
def test_a_victim_is_known_in_however_many_reports(number: int) -> None:
    """From the third on each is a repeat; taken out one by one, none is left and nothing is remembered."""
    people = SamePeople(Facts(FORCE, BUILT_IN.at), BUILT_IN.reviews)
    reports = [named(one) for one in range(number)]
    for report in (*reports, *reports):
        people.update(report)
    [(matters, repeats)] = people.drain_touched()
    assert list(matters) == reports
    assert set(repeats) == set(reports[2:])
    for left, report in enumerate(reports, start=1):
        people.discard(report)
        [(matters, repeats)] = people.drain_touched()
        assert list(matters) == reports[left:]
        assert len(repeats) == max(len(matters) - 2, 0)
        assert not people.knows(report)
