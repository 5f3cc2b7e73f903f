"""Two readings of the contract, written apart, say the same of every history: the monitor and the slow oracle."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from deploy.files.backtest import judge
from deploy.scenario import events
from schemas.products import Alert
from schemas.records import FEEDS, Assessment, Disposal, Snapshot
from schemas.rows import write_json
from streams.engine.monitor import Monitor
from streams.policy import PolicyBook
from streams.rules import CATALOGUE
from tests.streams import call_histories, extremes, focused_histories, todays_histories
from tests.streams import histories as small
from tests.streams.deliveries import ChangesByAlert, changes_by_alert
from tests.streams.histories import START, histories, moments, revised_histories, shifted
from tests.streams.laws import oracle
from tests.streams.laws.oracle_lacking import LACKABLE
from tests.streams.rules.test_rules_of_2026 import ROWS
from tests.streams.world import BUILT_IN, DAY, FORCE, crime, heartbeat, incident, ms, no_crime, policy

END = START + 80 * DAY
NEVER_FORGETS = policy('[installation]\nforget_after = "999999d"\npublished_for = "999999d"')

REVISED = revised_histories(
    small.incidents,
    small.crimes,
    small.no_crimes,
    small.referrals,
    small.asb_reports,
    small.links,
    small.courses,
    small.pnc_histories,
    focused_histories.overseen,
    focused_histories.audited,
    focused_histories.recorded_crimes,
    focused_histories.sanctions,
    call_histories.sampled,
)
"""A few records of any kind, each saved several times with little of it changed."""


def without_assessments(history: Iterable[Snapshot]) -> list[Snapshot]:
    """Return what source systems say: what people say of a class that a feed lacks is beyond the oracle."""
    return [snapshot for snapshot in history if not isinstance(snapshot, Assessment)]


FAMILIES: dict[str, SearchStrategy[list[Snapshot]]] = {
    "recording": histories(small.recording, most=24),
    "all systems": histories(small.anything, most=16),
    "revised records": REVISED,
    "revised crimes": revised_histories(focused_histories.recorded_crimes, small.no_crimes, small.courses),
    "revised decisions": revised_histories(focused_histories.cancellations, focused_histories.decisions, most=6),
    "revised disposals": revised_histories(
        focused_histories.sanctions, focused_histories.resolutions, small.pnc_histories, small.courses
    ),
    "revised rapes": revised_histories(focused_histories.reported_rapes, focused_histories.recorded_rapes),
    "weeks of reviewed calls": call_histories.weeks,
    "sampled calls": histories(call_histories.sampled, most=14),
    "revised calls": revised_histories(call_histories.sampled, call_histories.reviewed),
    **{
        name.replace("_", " "): histories(getattr(focused_histories, name), most=14)
        for name in (
            "duplicate_incidents",
            "cited_incidents",
            "cancelled_crimes",
            "crowded",
            "corrected",
            "single_records",
            "issued",
            "asb",
            "undecided",
            "overseen",
            "rapes",
            "audited",
            "restored",
            "aftercare",
            "sanctioned",
        )
    },
}
"""Histories of families of rules."""
family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


def judged(alerts: Iterable[Alert]) -> ChangesByAlert:
    """Return changes by alert, without the titles and facts that the contract leaves to the product."""
    return changes_by_alert(msgspec.structs.replace(alert, title="", facts=()) for alert in alerts)


def monitored(
    history: Iterable[Snapshot], until: int, *later: tuple[int, Sequence[Snapshot]], book: PolicyBook = BUILT_IN
) -> ChangesByAlert:
    """Return what the monitor says, where ``later`` arrives once the clock has passed to a moment."""
    monitor = Monitor(FORCE, book)
    for clock, arriving in [(None, history), *later]:
        if clock is not None:
            monitor.advance(clock)
        for snapshot in arriving:
            monitor.apply(snapshot, snapshot.event_time)
    monitor.advance(until)
    return judged(monitor.drain_alerts())


# -- the same, change by change ------------------------------------------------------------------------------------


@family
@given(data=st.data())
def test_the_monitor_says_what_the_contract_says(family: SearchStrategy[list[Snapshot]], data: st.DataObject) -> None:
    """Every change of every alert of every rule, in every field that the contract fixes."""
    history = data.draw(family)
    assert monitored(history, END) == oracle.watch(history, END)


@pytest.mark.parametrize(
    "some", ["recording", "all systems", "crowded", "corrected", "revised records", "sampled calls", "restored"]
)
@given(data=st.data())
def test_the_same_where_feeds_break_their_word(some: str, data: st.DataObject) -> None:
    """What arrives behind the clock takes effect at once, one snapshot after another."""
    history = data.draw(FAMILIES[some])
    clocks = sorted(data.draw(st.lists(moments, min_size=1, max_size=2, unique=True)))
    rounds: list[list[Snapshot]] = [[] for _ in range(len(clocks) + 1)]
    for snapshot in history:
        rounds[data.draw(st.integers(0, len(clocks)))].append(snapshot)
    in_time, *late = rounds
    arrived = [(clock, snapshot) for clock, of_round in zip(clocks, late, strict=True) for snapshot in of_round]
    assert monitored(in_time, END, *zip(clocks, late, strict=True)) == oracle.watch(in_time, END, arrived)


@pytest.mark.parametrize(
    "start",
    [
        "2013-03-31 22:30",
        "2013-04-07 22:30",
        "2015-03-31 23:00",
        "2015-03-31 22:00",
        "2016-03-26 20:30",
        "2016-10-29 19:45",
        "2013-10-26 22:30",
        "2015-12-31 23:00",
    ],
    ids=[
        "first officers record rape",
        "no PND under 18",
        "first minute of the 24 hours",
        "last hour of the 72",
        "before spring",
        "before autumn",
        "72 hours, autumn",
        "new year",
    ],
)
@given(st.one_of(FAMILIES["all systems"], FAMILIES["recording"], REVISED), st.data())
def test_the_same_on_the_days_that_differ(start: str, history: list[Snapshot], data: st.DataObject) -> None:
    """The dates at which rules change, and both changes of the clocks, wherever in a history they fall."""
    by = ms(start) - START - data.draw(st.sampled_from((0, 1, DAY // 4, DAY)))
    moved = [shifted(snapshot, by) for snapshot in history]
    assert monitored(moved, END + by) == oracle.watch(moved, END + by)


@st.composite
def lacks(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return fields that some feeds do not hold, by topic."""
    kinds = draw(st.sets(st.sampled_from(list(LACKABLE)), max_size=3))
    return {kind.TOPIC: sorted(draw(st.sets(st.sampled_from(LACKABLE[kind])))) for kind in kinds}


def lacking(fields: Mapping[str, list[str]], off: Iterable[str], feeds: Sequence[str] = FEEDS) -> PolicyBook:
    """Return the policy under which feeds lack fields, and rules are off."""
    named = f"[installation]\nfeeds = {json.dumps(feeds)}\n"
    rows = "".join(f'"{topic}" = {json.dumps(names)}\n' for topic, names in fields.items())
    return PolicyBook.from_toml(
        f'version = "builtin-1"\n{named}[lacks]\n{rows}[rules]\noff = {json.dumps(sorted(off))}'
    )


@family
@given(data=st.data())
def test_the_same_of_what_feeds_do_not_hold(family: SearchStrategy[list[Snapshot]], data: st.DataObject) -> None:
    """Unknown is not no: whatever fields are lacking, and whatever rules are off."""
    history, fields = without_assessments(data.draw(family)), data.draw(lacks())
    off = data.draw(st.sets(st.sampled_from([rule.id for rule in CATALOGUE]), max_size=3))
    book = lacking(fields, off)
    assert monitored(history, END, book=book) == oracle.watch(history, END, lacks=fields, off=off)


@pytest.mark.parametrize("some", ["recording", "all systems", "revised decisions", "revised disposals"])
@given(data=st.data())
def test_the_same_of_what_feeds_do_not_hold_and_say_late(some: str, data: st.DataObject) -> None:
    """A record that arrives behind the clock may be the first to state a field."""
    history, fields = without_assessments(data.draw(FAMILIES[some])), data.draw(lacks())
    clock = data.draw(moments)
    is_late = data.draw(st.lists(st.booleans(), min_size=len(history), max_size=len(history)))
    in_time = [snapshot for snapshot, late in zip(history, is_late, strict=True) if not late]
    behind = [snapshot for snapshot, late in zip(history, is_late, strict=True) if late]
    expected = oracle.watch(in_time, END, [(clock, snapshot) for snapshot in behind], lacks=fields)
    assert monitored(in_time, END, (clock, behind), book=lacking(fields, ())) == expected


@settings(max_examples=25)
@given(
    st.one_of(
        st.lists(small.narrowed(small.incidents, incident_ref=st.just("I-1")), min_size=17, max_size=40),
        st.lists(small.narrowed(small.crimes, crime_ref=st.just("C-1")), min_size=17, max_size=40),
        st.lists(small.narrowed(small.disposals, disposal_ref=st.just("D-1")), min_size=17, max_size=40),
    )
)
def test_the_same_of_a_record_that_is_saved_again_and_again(history: list[Snapshot]) -> None:
    """More often than the monitor keeps every snapshot of a record."""
    assert monitored(history, END) == oracle.watch(history, END)


@settings(max_examples=60, suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow])
@given(st.lists(extremes.snapshots, max_size=10), st.sampled_from((START, END)))
def test_the_same_of_extremes(history: list[Snapshot], until: int) -> None:
    """The ends of time, numbers and texts, whatever a schema admits; but nobody is of less than no age."""
    of_age = [
        msgspec.structs.replace(snapshot, offender_age=max(0, snapshot.offender_age))
        if isinstance(snapshot, Disposal)
        else snapshot
        for snapshot in history
    ]
    expected = oracle.watch(of_age, until, policy_version=NEVER_FORGETS.version)
    assert monitored(of_age, until, book=NEVER_FORGETS) == expected


def test_the_monitor_says_what_the_contract_says_of_the_scenario() -> None:
    """Every change of every alert of two months in Leicestershire, and of the weeks after them."""
    history = events()
    until = history[-1].event_time + 40 * DAY
    assert monitored(history, until) == oracle.watch(history, until)


def test_the_oracle_writes_what_a_backtest_writes() -> None:
    """Two forces, everything twice in another order, a heartbeat among it: the same lines but for titles and facts."""
    history = [*events(), *(msgspec.structs.replace(snapshot, force="NOTTS") for snapshot in events()[::3])]
    until = history[-1].event_time
    alerts = judge(history, BUILT_IN, until, read_at=until).alerts
    records = [(snapshot.TOPIC, snapshot) for snapshot in (*reversed(history), *history)]
    lines = oracle.backtest_lines([*records, ("cis.crimes.v1", heartbeat("CIS", until))], until)
    assert lines == [oracle.comparable(write_json(alert)) for alert in alerts]


# -- of every rule -------------------------------------------------------------------------------------------------


UNINFORMED_AT_FIRST = [
    crime("2016-03-10 12:00"),
    no_crime("2016-03-11 12:00"),
    crime("2016-03-11 13:00", recorded_at="2016-03-10 12:00", status="CANCELLED"),
    no_crime("2016-03-12 12:00", decided_at="2016-03-11 12:00", victim_informed_at="2016-03-11 11:00"),
]
"""A victim was told in time of a cancellation, which was entered a day later: chance seldom brings it."""


def reached() -> dict[str, set[str]]:
    """Return the statuses of each rule's alerts, in what is told by hand and in some histories of each family."""
    statuses: dict[str, set[str]] = {}

    def note(history: list[Snapshot]) -> None:
        note_alerts(monitored(history, END))

    def note_of_today(history: list[Snapshot]) -> None:
        note_named(todays_histories.about_midnight(history, 0))

    def note_named(history: Iterable[Snapshot]) -> None:
        note_alerts(monitored(history, todays_histories.MIDNIGHT + 80 * DAY, book=todays_histories.NAMED))

    def note_alerts(alerts: ChangesByAlert) -> None:
        for alert in chain(*alerts.values()):
            statuses.setdefault(alert.rule_id, set()).add(alert.status)

    note(events())
    note(UNINFORMED_AT_FIRST)
    for row in ROWS.values():
        note_named(row.history)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    eighty, forty = (
        settings(max_examples=number, database=None, phases=[Phase.generate], suppress_health_check=checks)
        for number in (80, 40)
    )
    for some in FAMILIES.values():
        seed(11)(eighty(given(some)(note)))()
    for some in todays_histories.FAMILIES.values():
        seed(11)(forty(given(some)(note_of_today)))()
    return statuses


ALWAYS_IN_SCOPE = {
    "no-crime-unauthorised",
    "no-crime-unsupported",
    "time-altered",
    "disposal-ineligible",
    "disposal-implications-unexplained",
    "theme-emerging",
}
"""Rules without a deadline whose scope nothing leaves: no alert of theirs is ever withdrawn."""
ALWAYS_MET = "crime-recorded-late"
"""It is about what was recorded, in time or late."""
WARNING = {"crime-not-recorded", "referral-unlinked", "asb-crime-not-recorded"}
"""Rules that say when an obligation is at risk."""


def statuses_of(rule_id: str) -> set[str]:
    """Return every status that a rule's alerts can have."""
    if rule_id == ALWAYS_MET:
        return {"CLEARED", "WITHDRAWN"}
    withdrawn = set() if rule_id in ALWAYS_IN_SCOPE else {"WITHDRAWN"}
    return {"BREACHED", "CLEARED"} | withdrawn | ({"AT_RISK"} if rule_id in WARNING else set())


def test_every_rule_is_reached_in_every_status_that_it_has() -> None:
    """So that no two readings agree on saying nothing; but a feed's silence is judged by the wall clock, live only."""
    assert reached() == {rule.id: statuses_of(rule.id) for rule in CATALOGUE if rule.id != "feed-silent"}


# -- the oracle itself ---------------------------------------------------------------------------------------------


def test_the_oracle_shares_no_code_with_what_it_checks() -> None:
    """Records, their digests, the policy's lists of codes and the list of offences are all that it takes."""
    imported = set()
    for path in Path(oracle.__file__).parent.glob("oracle*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                imported.add(node.module)
    ours = {module for module in imported if module.split(".")[0] in {"schemas", "streams", "agents", "deploy"}}
    assert ours == {
        "schemas.codec",
        "schemas.products",
        "schemas.records",
        "schemas.rows",
        "schemas.times",
        "streams.offences",
        "streams.policy",
    }


def test_the_oracle_itself_knows_a_breach_when_it_sees_one() -> None:
    """A story told by hand, so that two readings cannot agree on saying nothing."""
    history = [
        incident("2016-03-10 12:00", crimes_expected=1),
        crime("2016-03-10 13:00", incident_refs=("I-1",)),
        crime("2016-03-12 12:00", recorded_at="2016-03-10 13:00", status="CANCELLED", incident_refs=("I-1",)),
        no_crime("2016-03-15 12:00", victim_informed_at="2016-03-15 12:00"),
    ]
    histories_by_id = oracle.watch(history, START + 40 * DAY).values()
    assert {
        changes[0].rule_id: [(alert.status, alert.updated_at) for alert in changes]
        for changes in histories_by_id
        if changes[0].rule_id != "decision-maker-untrained"
    } == {
        "cancelled-without-decision": [
            ("BREACHED", ms("2016-03-13 12:00:00.001")),
            ("CLEARED", ms("2016-03-15 12:00")),
        ],
        "crime-not-recorded": [("BREACHED", ms("2016-03-13 12:00:00.001")), ("WITHDRAWN", ms("2016-03-15 12:00"))],
    }
