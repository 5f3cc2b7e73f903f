"""No record stops a worker: what raises on one is set aside and named, and everything else goes on."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import NoReturn

import pytest

from schemas.products import Alert, Candidate, Fact
from schemas.records import Call, Crime, Incident, Snapshot
from streams.engine import cases
from streams.engine.changes import Changes
from streams.engine.clocks import Clock, StreamClock, WallClock
from streams.engine.monitor import Monitor
from streams.engine.unjudgeable import CASE, FACTS, LAPSE, THEMES, SetAside, Unjudgeable
from streams.facts import references
from streams.facts.context import Context
from streams.facts.matters import Matter
from streams.obligations.findings import Finding, Judgement, Rule
from streams.rules import CATALOGUE
from streams.suggestions import pools
from tests.streams.restarts import Restarts
from tests.streams.world import BUILT_IN, DAY, FORCE, HOUR, call, crime, incident, ms, no_crime

NOON = ms("2016-03-10 12:00")
END = NOON + 40 * DAY
CLOCKS = (StreamClock, WallClock)
SICK = "I-SICK"
RULE = next(rule for rule in CATALOGUE if rule.id == "crime-not-recorded")


def fail(*_: object) -> NoReturn:
    """Raise with a text that quotes a record."""
    message = "P. Constable lives at 1 High Street"
    raise ZeroDivisionError(message)


def judge(incident: Matter[Incident], context: Context) -> Judgement:
    """Raise on the incident of one reference while it is open."""
    if incident.ref == SICK and incident.newest.status == "OPEN":
        fail()
    return RULE.judge(incident, context)


RULES = tuple(replace(rule, judge=judge) if rule is RULE else rule for rule in CATALOGUE)


def watched(*snapshots: Snapshot, clock: type[Clock], rules: tuple[Rule, ...] = CATALOGUE) -> Changes:
    """Return what a monitor says of snapshots by the end."""
    monitor = Monitor(FORCE, BUILT_IN, clock=clock, rules=rules)
    if clock is WallClock:
        monitor.tick(NOON - DAY)
    for snapshot in snapshots:
        monitor.apply(snapshot, snapshot.event_time)
    if clock is WallClock:
        monitor.tick(END)
    else:
        monitor.advance(END)
    return monitor.drain()


def of_rule(alerts: list[Alert], rule_id: str, ref: str) -> list[str]:
    """Return the statuses of a rule's alert on a subject."""
    return [alert.status for alert in alerts if (alert.rule_id, alert.subject_ref) == (rule_id, ref)]


def named(unjudgeable: list[Unjudgeable]) -> list[tuple[str, str, str | None]]:
    """Return what was set aside, by rule, kind and event_id."""
    return [(entry.rule, entry.kind, entry.event_id) for entry in unjudgeable]


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_matter_on_which_a_rule_raises_is_set_aside_and_all_else_is_judged(clock: type[Clock]) -> None:
    """The other matters by that rule, and that matter by the other rules."""
    sick, well = incident(NOON, SICK, crime_refs=("C-9",), crimes_expected=1), incident(NOON, "I-1", crimes_expected=1)
    changes = watched(sick, well, clock=clock, rules=RULES)
    (entry,) = changes.unjudgeable
    assert (entry.force, entry.rule, entry.kind, entry.error) == (FORCE, RULE.id, "incident", "ZeroDivisionError")
    assert entry.ref_hash == sha256(SICK.encode()).hexdigest()
    assert (entry.event_id, entry.snapshot) == (sick.event_id, sick)
    assert of_rule(changes.alerts, RULE.id, SICK) == []
    assert of_rule(changes.alerts, "crime-reference-unknown", SICK) == ["BREACHED"]
    assert of_rule(changes.alerts, RULE.id, "I-1")[-1] == "BREACHED"


def test_what_was_raised_is_named_without_its_text() -> None:
    """It may quote the record."""
    (entry,) = watched(incident(NOON, SICK), clock=StreamClock, rules=RULES).unjudgeable
    assert "Constable" not in repr(replace(entry, snapshot=None))
    assert entry.place.partition(":")[0] == "streams.engine.judge"


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_later_snapshot_makes_a_matter_judgeable_again(clock: type[Clock]) -> None:
    """And each snapshot with which it is not is named once, however often it is judged."""
    first, second = incident(NOON, SICK), incident(NOON + HOUR, SICK, reported_at=NOON)
    closed = incident(NOON + 2 * HOUR, SICK, reported_at=NOON, status="CLOSED", crimes_expected=1)
    linked = [crime(NOON + hours * HOUR, f"C-{hours}") for hours in (1, 2)]
    changes = watched(first, second, *linked, closed, clock=clock, rules=RULES)
    assert named(changes.unjudgeable) == [(RULE.id, "incident", snapshot.event_id) for snapshot in (first, second)]
    assert of_rule(changes.alerts, RULE.id, SICK)[-1] == "BREACHED"


@pytest.mark.parametrize("clock", CLOCKS)
def test_an_alert_stays_as_it_is_while_its_matter_is_set_aside(clock: type[Clock]) -> None:
    """Neither taken back nor made worse: nothing is known of it."""
    well = incident(NOON, SICK, status="CLOSED", crimes_expected=1)
    sick = incident(NOON + 2 * DAY, SICK, reported_at=NOON, status="OPEN")
    assert of_rule(watched(well, sick, clock=clock, rules=RULES).alerts, RULE.id, SICK)[-1] == "BREACHED"


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_other_findings_of_a_rule_stand_where_one_cannot_be_explained(clock: type[Clock]) -> None:
    """A crime reference each: the one is set aside, the others are alerts."""
    unknown = next(rule for rule in CATALOGUE if rule.id == "crime-reference-unknown")

    def explain(matter: Matter[Incident], context: Context, finding: Finding) -> tuple[Fact, ...]:
        return fail() if finding.discriminator == "C-2" else unknown.explain(matter, context, finding)

    rules = tuple(replace(rule, explain=explain) if rule is unknown else rule for rule in CATALOGUE)
    changes = watched(incident(NOON, crime_refs=("C-1", "C-2", "C-3")), clock=clock, rules=rules)
    alerts = {alert.discriminator for alert in changes.alerts if alert.rule_id == unknown.id}
    assert alerts == {"C-1", "C-3"}
    assert {entry.rule for entry in changes.unjudgeable} == {unknown.id}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(
    "what",
    [
        "LINKS",
        "CITATIONS",
        "streams.facts.index.normalise",
        "streams.facts.dip_sample.moments",
        "streams.facts.calls.month_of",
    ],
)
def test_a_snapshot_that_the_facts_cannot_take_in_is_as_if_it_had_never_come(
    monkeypatch: pytest.MonkeyPatch, what: str, clock: type[Clock]
) -> None:
    """An index, the links, the dip sample or the calendar raises on it: the rest is judged as without it."""
    sick: list[Snapshot] = [
        crime(NOON, "C-2", recorded_by="SICK", incident_refs=("I-1",)),
        call(NOON, "K-2", call_handler="SICK"),
    ]
    if "LINKS" in what or "CITATIONS" in what:
        sick = [crime(NOON, "C-2")]
        monkeypatch.setitem(getattr(references, what), Crime, fail_on_the_second_crime)
    elif what.endswith("moments"):
        sick = sick[1:]
        monkeypatch.setattr(what, lambda _force, handler, _month, _count: fail() if handler == "SICK" else ())
    elif what.endswith("month_of"):
        sick = [call(NOON, "K-2", handled_at=NOON + DAY)]
        monkeypatch.setattr(what, lambda moment: fail() if moment == NOON + DAY else "2016-03")
    else:
        sick = sick[:1]
        monkeypatch.setattr(what, lambda name: fail() if name == "SICK" else name)
    well = [incident(NOON, crimes_expected=1), crime(NOON + 2 * DAY, "C-1", incident_refs=("I-1",)), call(NOON)]
    changes = watched(*well, *sick, clock=clock)
    assert named(changes.unjudgeable) == [(FACTS, snapshot.TOPIC, snapshot.event_id) for snapshot in sick]
    assert changes.unjudgeable[0].snapshot is sick[0]
    assert changes.alerts == watched(*well, clock=clock).alerts
    assert not {key for key, _ in changes.state if b"C-2" in key or b"K-2" in key}


def fail_on_the_second_crime(crime: Crime) -> list[object]:
    """Raise on one crime."""
    return fail() if crime.crime_ref == "C-2" else []


def test_a_snapshot_in_state_that_the_facts_no_longer_take_in_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release before it could; the worker starts all the same."""
    watching = Restarts()
    watching.monitor.apply(call(NOON, call_handler="SICK"), NOON)
    watching.monitor.apply(incident(NOON, crimes_expected=1), NOON)
    watching.monitor.advance(NOON)
    watching.write()
    monkeypatch.setattr("streams.facts.dip_sample.moments", fail)
    watching.restart()
    watching.monitor.advance(END)
    changes = watching.monitor.drain()
    assert named(changes.unjudgeable)[0][:2] == (FACTS, Call.TOPIC)
    assert of_rule(changes.alerts, RULE.id, "I-1") == ["AT_RISK", "BREACHED"]


def test_a_crime_of_which_it_cannot_be_said_until_when_it_counts_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reports are judged by what is known of it."""
    monkeypatch.setattr("streams.engine.clock_runner.lapses_at", fail)
    changes = watched(crime(NOON), incident(NOON, crimes_expected=1), clock=StreamClock)
    assert {entry.rule for entry in changes.unjudgeable} == {LAPSE}
    assert of_rule(changes.alerts, RULE.id, "I-1") == ["AT_RISK", "BREACHED"]


def test_themes_that_cannot_be_judged_leave_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A midnight is named, and the clock passes it."""
    monkeypatch.setattr("streams.facts.themes.ReviewedCalls.emerging", fail)
    calls = [call(NOON, reviewed_at=NOON, ncrs_compliant=True, themes=("late",))]
    changes = watched(*calls, incident(NOON, crimes_expected=1), clock=StreamClock)
    assert {entry.rule for entry in changes.unjudgeable} == {THEMES}
    assert of_rule(changes.alerts, RULE.id, "I-1") == ["AT_RISK", "BREACHED"]


def test_a_matter_whose_case_cannot_be_shown_keeps_its_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other matters' cases are shown."""
    case = cases.case
    monkeypatch.setattr(cases, "case", lambda context, matter: fail() if matter.ref == SICK else case(context, matter))
    changes = watched(incident(NOON, SICK, crimes_expected=1), incident(NOON), clock=StreamClock)
    assert {entry.rule for entry in changes.unjudgeable} == {CASE}
    assert set(changes.cases) == {b"LEICS|STORM|incident|I-1"}
    assert of_rule(changes.alerts, RULE.id, SICK) == ["AT_RISK", "BREACHED"]


def test_a_report_that_cannot_be_compared_with_crimes_is_suggested_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the crime came before its alert or after."""
    monkeypatch.setattr(pools, "weigh", fail)
    monitor = Monitor(FORCE, BUILT_IN)
    for snapshot in (incident(NOON, crimes_expected=1), crime(NOON), crime(NOON + 3 * DAY, "C-2")):
        monitor.apply(snapshot, NOON)
    candidates: dict[bytes, Candidate | None] = {}
    for until in (NOON + 2 * DAY, END):
        monitor.advance(until)
        changes = monitor.drain()
        candidates |= changes.candidates
        assert {entry.rule for entry in changes.unjudgeable} <= {pools.SUGGESTION}
    assert set(candidates.values()) == {None}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_restart_says_the_same_of_everything_else(clock: type[Clock]) -> None:
    """What is set aside is named again when it is judged again; no alert changes."""
    watching = Restarts(clock=clock)
    watching.monitor = Monitor(FORCE, BUILT_IN, clock=clock, rules=RULES)
    snapshots = (incident(NOON, SICK, crimes_expected=1), incident(NOON, "I-1", crimes_expected=1), no_crime(NOON))
    for snapshot in snapshots:
        watching.monitor.apply(snapshot, NOON)
    monitor = watching.monitor
    monitor.tick(END) if clock is WallClock else monitor.advance(END)
    watching.write()
    again = Monitor(FORCE, BUILT_IN, clock=clock, rules=RULES)
    for key, value in watching.table.items():
        again.restore(key, value)
    again.restored()
    again.tick(END + HOUR) if clock is WallClock else again.advance(END + HOUR)
    changes = again.drain()
    assert [alert for alert in changes.alerts if alert.rule_id != "feed-silent"] == []
    assert named(changes.unjudgeable) == [(RULE.id, "incident", snapshots[0].event_id)]


def test_running_out_of_memory_is_no_record_s_fault() -> None:
    """The worker stops, and reads the message again."""
    with pytest.raises(MemoryError):
        SetAside(FORCE).add_snapshot(incident(NOON), MemoryError())


def test_backtest_drops_alerts_but_not_what_was_set_aside() -> None:
    """Alerts are drained many times, everything else once at the end."""
    monitor = Monitor(FORCE, BUILT_IN, rules=(replace(RULE, judge=judge),))
    monitor.apply(incident(NOON, SICK), NOON)
    monitor.advance(END)
    monitor.drain_alerts()
    assert len(monitor.drain().unjudgeable) == 1
    assert monitor.drain().unjudgeable == []


@pytest.mark.parametrize("clock", CLOCKS)
def test_text_that_is_no_unicode_is_set_aside(clock: type[Clock]) -> None:
    """No reader lets it in; if one did, it could be written nowhere."""
    sick = incident(NOON, "I-2", location="\ud800", crimes_expected=1)
    changes = watched(sick, incident(NOON, crimes_expected=1), clock=clock)
    assert named(changes.unjudgeable) == [(FACTS, Incident.TOPIC, sick.event_id)]
    assert of_rule(changes.alerts, RULE.id, "I-1")[-1] == "BREACHED"
