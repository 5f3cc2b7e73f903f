"""Two readings of the contract, written apart, say the same of every history: the monitor and the slow oracle."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.identifiers import normalise
from schemas.records import Snapshot
from streams.rules import CATALOGUE
from tests.streams.histories import (
    START,
    anything,
    cancelled_crimes,
    cited_incidents,
    crowded,
    duplicate_incidents,
    histories,
    issued,
    recording,
    shifted,
    single_records,
)
from tests.streams.laws import oracle, oracle_records
from tests.streams.laws.oracle import StatedChange
from tests.streams.laws.oracle_rules import RULES, Key
from tests.streams.world import BUILT_IN, DAY, crime, incident, ms, no_crime, run

FAR = 40 * DAY


def monitored(history: list[Snapshot], until: int, rules: Collection[str] = RULES) -> dict[Key, list[StatedChange]]:
    """Return what the monitor says by these rules, in the oracle's words."""
    changes_by_key: dict[Key, list[StatedChange]] = {}
    for alert in run(*history, until=until, book=BUILT_IN).alerts:
        if alert.rule_id in rules:
            key = Key(alert.rule_id, alert.subject_system, normalise(alert.subject_ref), alert.discriminator)
            changes_by_key.setdefault(key, []).append(
                StatedChange(
                    severity=alert.severity,
                    status=alert.status,
                    reason=alert.reason,
                    due_at=alert.due_at,
                    breached_at=alert.breached_at,
                    lateness_ms=alert.lateness_ms,
                    raised_at=alert.raised_at,
                    updated_at=alert.updated_at,
                    sequence=alert.sequence,
                )
            )
    return changes_by_key


@given(histories(recording, most=8))
def test_the_monitor_says_what_the_contract_says(history: list[Snapshot]) -> None:
    """Every change of every alert of the recording rules, on small histories."""
    until = START + FAR
    assert monitored(history, until) == oracle.watch(history, until)


@given(histories(recording, most=24))
def test_the_monitor_says_what_the_contract_says_of_longer_histories(history: list[Snapshot]) -> None:
    """The same, where more records meet."""
    until = START + FAR
    assert monitored(history, until) == oracle.watch(history, until)


@pytest.mark.parametrize(
    "some",
    [duplicate_incidents, cited_incidents, cancelled_crimes, crowded],
    ids=["duplicate incidents", "cited incidents", "cancelled crimes", "crowded moments"],
)
@given(data=st.data())
def test_the_monitor_says_what_the_contract_says_where_records_rest_on_others(
    some: SearchStrategy[Snapshot], data: st.DataObject
) -> None:
    """Histories of little else, so that chains, circles and ways round meet by chance."""
    history = data.draw(histories(some, most=14))
    until = START + FAR
    assert monitored(history, until) == oracle.watch(history, until)


@given(histories(anything, most=10))
def test_what_other_systems_say_does_not_confuse_it(history: list[Snapshot]) -> None:
    """ASB reports among them, and records that the oracle knows nothing of."""
    until = START + FAR
    assert monitored(history, until) == oracle.watch(history, until)


@pytest.mark.parametrize(
    "start",
    ["2015-03-31 23:00", "2015-03-31 22:00", "2016-03-26 20:30", "2016-10-29 19:45", "2013-10-26 22:30"],
    ids=["first minute of the 24 hours", "last hour of the 72", "before spring", "before autumn", "72 hours, autumn"],
)
@given(histories(recording, most=6), st.data())
def test_the_same_on_the_days_that_differ(start: str, history: list[Snapshot], data: st.DataObject) -> None:
    """The change of the limit, and both changes of the clocks, wherever in a history they fall."""
    by = ms(start) - START - data.draw(st.sampled_from((0, 1, DAY // 4, DAY)))
    moved = [shifted(snapshot, by) for snapshot in history]
    until = START + by + FAR
    assert monitored(moved, until) == oracle.watch(moved, until)


@pytest.mark.parametrize("some", [single_records, issued], ids=["all", "disposals"])
@given(data=st.data())
def test_the_monitor_says_what_the_contract_says_of_single_records(
    some: SearchStrategy[Snapshot], data: st.DataObject
) -> None:
    """Every change of every alert of the rules that look at one record, and at what was said of it."""
    history = data.draw(histories(some, most=14))
    until = START + 2 * FAR
    watched = oracle.watch(history, until, oracle_records.findings)
    assert monitored(history, until, oracle_records.RULES) == watched


def test_an_oracle_knows_every_rule_but_three() -> None:
    """The dip sample, the themes and a feed's silence are judged across records."""
    unknown = {rule.id for rule in CATALOGUE} - RULES - oracle_records.RULES
    assert unknown == {"call-review-overdue", "theme-emerging", "feed-silent"}


def test_the_oracle_itself_knows_a_breach_when_it_sees_one() -> None:
    """A story told by hand, so that two readings cannot agree on saying nothing."""
    history = [
        incident("2016-03-10 12:00", crimes_expected=1),
        crime("2016-03-10 13:00", incident_refs=("I-1",)),
        crime("2016-03-12 12:00", recorded_at="2016-03-10 13:00", status="CANCELLED", incident_refs=("I-1",)),
        no_crime("2016-03-15 12:00"),
    ]
    changes_by_key = oracle.watch(history, START + FAR)
    assert {
        key.rule_id: [(change.status, change.updated_at) for change in changes]
        for key, changes in changes_by_key.items()
    } == {
        "cancelled-without-decision": [
            ("BREACHED", ms("2016-03-13 12:00:00.001")),
            ("CLEARED", ms("2016-03-15 12:00")),
        ],
        "crime-not-recorded": [("BREACHED", ms("2016-03-13 12:00:00.001")), ("WITHDRAWN", ms("2016-03-15 12:00"))],
    }
