"""The alert lifecycle, cell by cell: the contract's table, seen through a monitor with one scripted rule.

The rule reads its finding from the incident's own newest snapshot, so that a story is a list of (clock, finding) and
nothing else happens.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.products import Alert
from streams.engine.alert_lifecycle import next_moment, next_state
from streams.engine.monitor import Monitor
from streams.facts.context import Context
from streams.facts.matters import INCIDENT, Matter
from streams.obligations.findings import Condition, Finding, Obligation, Rule
from tests.streams.world import BUILT_IN, FORCE, Outcome, incident

DUE, RISK = 1000, 700
"""Milliseconds after START."""
START = 1_457_600_000_000


def judge(matter: Matter, _context: Context) -> Finding | None:
    """Return what the newest snapshot's location spells out."""
    fields: dict[str, Any] | None = json.loads(matter.newest.location)
    if fields is None:
        return None
    return Condition(**fields) if "wrong" in fields else Obligation(**fields)


SCRIPTED = Rule(
    id="scripted",
    about={INCIDENT: frozenset({"storm.incidents.v1"})},
    severity="HIGH",
    title="What the test states",
    obligation="Do as scripted.",
    runbook="Read the test.",
    judge=judge,
    explain=lambda _matter, _context, _finding: (),
)


OUT = None
WRONG, RIGHT = {"wrong": True}, {"wrong": False}


def obligation(met: int | None = None, due: int = DUE, risk: int | None = RISK) -> dict[str, Any]:
    """Return an obligation with its moments counted from START."""
    return {
        "due_at": START + due,
        "risk_at": None if risk is None else START + risk,
        "met_at": None if met is None else START + met,
        "remedy": "RECORDED_LATE",
    }


def play(story: list[tuple[int, Any]], until: int) -> Outcome:
    """Return what is said of an incident whose finding changes as the story goes."""
    monitor = Monitor(FORCE, BUILT_IN, rules=(SCRIPTED,))
    for clock, fields in story:
        monitor.apply(incident(START + clock, reported_at=START, location=json.dumps(fields)), START + clock)
    monitor.advance(START + until)
    return Outcome(tuple(monitor.drain_alerts()))


def brief(alert: Alert) -> tuple[Any, ...]:
    """Return an alert's clock, status, reason, due_at, breached_at and lateness; times counted from START."""

    def since(moment: int | None) -> int | None:
        return None if moment is None else moment - START

    return (
        since(alert.updated_at),
        alert.status,
        alert.reason,
        since(alert.due_at),
        since(alert.breached_at),
        alert.lateness_ms,
    )


NONE: list[tuple[int, Any]] = [(0, OUT)]
AT_RISK: list[tuple[int, Any]] = [(700, obligation())]
BREACHED: list[tuple[int, Any]] = [(1001, obligation())]
CLEARED: list[tuple[int, Any]] = [(1002, obligation(met=1002))]
IN_TIME: list[tuple[int, Any]] = [(700, obligation()), (702, obligation(met=701))]
CORRECTED: list[tuple[int, Any]] = [(700, obligation()), (702, OUT)]
STATUS = {
    "none": (NONE, None),
    "AT_RISK": (AT_RISK, "AT_RISK"),
    "BREACHED": (BREACHED, "BREACHED"),
    "CLEARED": (CLEARED, "CLEARED"),
    "WITHDRAWN in time": (IN_TIME, "WITHDRAWN"),
    "WITHDRAWN corrected": (CORRECTED, "WITHDRAWN"),
}
T = 2000
"""The clock of the change looked at: after everything that led to the status."""

STAYS = "stays"
CELLS: list[tuple[str, Any, dict[str, Any]]] = [
    # what is so now, the finding, and for each status what is said at T (None: nothing, nor ever an alert)
    (
        "out of scope",
        OUT,
        {
            "none": None,
            "AT_RISK": (T, "WITHDRAWN", "CORRECTED", 5000, None, None),
            "BREACHED": (T, "WITHDRAWN", "CORRECTED", DUE, None, None),
            "CLEARED": STAYS,
            "WITHDRAWN in time": STAYS,
            "WITHDRAWN corrected": STAYS,
        },
    ),
    (
        "met in time",
        obligation(met=DUE),
        {
            "none": None,
            "AT_RISK": (T, "WITHDRAWN", "MET_IN_TIME", DUE, None, None),
            "BREACHED": (T, "WITHDRAWN", "MET_IN_TIME", DUE, None, None),
            "CLEARED": (T, "WITHDRAWN", "MET_IN_TIME", DUE, None, None),
            "WITHDRAWN in time": STAYS,
            "WITHDRAWN corrected": (T, "WITHDRAWN", "MET_IN_TIME", DUE, None, None),
        },
    ),
    (
        "met late",
        obligation(met=DUE + 5),
        dict.fromkeys(STATUS, (T, "CLEARED", "RECORDED_LATE", DUE, DUE, 5)),
    ),
    (
        "not met, past due",
        obligation(due=1500),
        dict.fromkeys(STATUS, (T, "BREACHED", None, 1500, 1500, None)),
    ),
    (
        "not met, at risk",
        obligation(due=T, risk=T),
        dict.fromkeys(STATUS, (T, "AT_RISK", None, T, None, None)),
    ),
    (
        "not met, before risk",
        obligation(due=T + 10, risk=T + 1),
        {"none": None, **dict.fromkeys([status for status in STATUS if status != "none"], STAYS)},
    ),
    (
        "not met, no risk, not past due",
        obligation(due=T, risk=None),
        {"none": None, **dict.fromkeys([status for status in STATUS if status != "none"], STAYS)},
    ),
]


@pytest.mark.parametrize(
    ("finding", "status", "expected"),
    [
        pytest.param(finding, status, expected, id=f"{row}, {status}")
        for row, finding, cells in CELLS
        for status, expected in cells.items()
    ],
)
def test_each_cell_of_the_table_with_a_deadline(finding: Any, status: str, expected: Any) -> None:
    """Given the status before, what is said at T, and that nothing else is."""
    story, before = STATUS[status]
    if before == "AT_RISK":
        story = [(700, obligation(due=5000))]  # so that it is still at risk when T comes
    earlier = play(story, T - 1).history("scripted")
    assert (earlier[-1].status if earlier else None) == before
    after = play([*story, (T, finding)], T).history("scripted")
    assert after[: len(earlier)] == earlier
    new = after[len(earlier) :]
    if expected in (None, STAYS):
        assert new == []
        assert bool(earlier) is (expected == STAYS)
        return
    assert [brief(alert) for alert in new] == [expected]
    assert new[0].sequence == len(earlier) + 1
    assert new[0].raised_at == (earlier[0].raised_at if earlier else START + T)


W_BREACHED: list[tuple[int, Any]] = [(1001, WRONG)]
W_CLEARED: list[tuple[int, Any]] = [(1001, WRONG), (1002, RIGHT)]
W_WITHDRAWN: list[tuple[int, Any]] = [(1001, WRONG), (1002, OUT)]


@pytest.mark.parametrize(
    ("finding", "story", "expected"),
    [
        pytest.param(WRONG, NONE, (T, "BREACHED", None, None, T, None), id="wrong, none"),
        pytest.param(WRONG, W_BREACHED, STAYS, id="wrong, BREACHED"),
        pytest.param(WRONG, W_CLEARED, (T, "BREACHED", None, None, 1001, None), id="wrong, CLEARED"),
        pytest.param(WRONG, W_WITHDRAWN, (T, "BREACHED", None, None, 1001, None), id="wrong, WITHDRAWN"),
        pytest.param(RIGHT, NONE, None, id="right, none"),
        pytest.param(RIGHT, W_BREACHED, (T, "CLEARED", "REMEDIED", None, 1001, None), id="right, BREACHED"),
        pytest.param(RIGHT, W_CLEARED, STAYS, id="right, CLEARED"),
        pytest.param(RIGHT, W_WITHDRAWN, STAYS, id="right, WITHDRAWN"),
        pytest.param(OUT, NONE, None, id="out of scope, none"),
        pytest.param(OUT, W_BREACHED, (T, "WITHDRAWN", "CORRECTED", None, 1001, None), id="out of scope, BREACHED"),
        pytest.param(OUT, W_CLEARED, STAYS, id="out of scope, CLEARED"),
        pytest.param(OUT, W_WITHDRAWN, STAYS, id="out of scope, WITHDRAWN"),
    ],
)
def test_each_cell_of_the_table_without_a_deadline(
    finding: Any,
    story: list[tuple[int, Any]],
    expected: Any,
) -> None:
    """Breached and cleared by evidence alone; breached_at stays what it first was."""
    earlier = play(story, T - 1).history("scripted")
    new = play([*story, (T, finding)], T).history("scripted")[len(earlier) :]
    assert [brief(alert) for alert in new] == ([] if expected in (None, STAYS) else [expected])


def test_time_alone_moves_an_alert_only_at_the_risk_and_due_moments() -> None:
    """At risk at risk_at, breached one millisecond past due_at, and never again."""
    history = play([(0, obligation())], 10 * T).history("scripted")
    assert [brief(alert) for alert in history] == [
        (RISK, "AT_RISK", None, DUE, None, None),
        (DUE + 1, "BREACHED", None, DUE, DUE, None),
    ]
    assert [alert.raised_at - START for alert in history] == [RISK, RISK]


def test_without_a_risk_moment_the_first_word_is_the_breach() -> None:
    """raised_at is due_at plus one millisecond."""
    (alert,) = play([(0, obligation(risk=None))], 10 * T).history("scripted")
    assert (alert.raised_at, alert.sequence) == (START + DUE + 1, 1)


def test_a_risk_moment_after_the_due_moment_is_none() -> None:
    """Nobody is warned of what is already breached."""
    history = play([(0, obligation(risk=DUE + 1))], 10 * T).history("scripted")
    assert [brief(alert)[:2] for alert in history] == [(DUE + 1, "BREACHED")]


def test_a_finding_that_says_the_same_again_changes_nothing() -> None:
    """Neither sequence nor updated_at, on any status."""
    for fields in (obligation(), WRONG, obligation(met=1002)):
        assert len(play([(1001, fields), (1500, fields)], T).history("scripted")) == 1


def test_a_breach_whose_due_moment_moves_is_said_anew() -> None:
    """due_at and lateness are judged anew from what is known then."""
    story = [
        (1001, obligation()),
        (1100, obligation(due=1050)),
        (1200, obligation(due=1050, met=1150)),
        (1300, obligation(due=1050, met=1160)),
    ]
    assert [brief(alert) for alert in play(story, T).history("scripted")] == [
        (1001, "BREACHED", None, DUE, DUE, None),
        (1100, "BREACHED", None, 1050, 1050, None),
        (1200, "CLEARED", "RECORDED_LATE", 1050, 1050, 100),
        (1300, "CLEARED", "RECORDED_LATE", 1050, 1050, 110),
    ]


def test_a_withdrawn_breach_comes_back_as_breached() -> None:
    """From WITHDRAWN and from CLEARED too."""
    story = [
        (1001, obligation()),
        (1100, obligation(met=DUE)),
        (1200, obligation()),
        (1300, obligation(met=1250)),
        (1400, obligation()),
    ]
    assert [alert.status for alert in play(story, T).history("scripted")] == [
        "BREACHED",
        "WITHDRAWN",
        "BREACHED",
        "CLEARED",
        "BREACHED",
    ]


def test_the_sequence_counts_the_changes_and_raised_at_stays() -> None:
    """1, then one more with each; raised_at and the id are the first's."""
    story = [(700, obligation()), (800, OUT), (900, obligation()), (1100, obligation(met=1050))]
    history = play(story, T).history("scripted")
    assert [alert.sequence for alert in history] == [1, 2, 3, 4, 5]
    assert {alert.raised_at for alert in history} == {START + 700}
    assert [alert.updated_at - START for alert in history] == [700, 800, 900, 1001, 1100]


@pytest.mark.parametrize(
    ("finding", "clock", "moment"),
    [
        (Obligation(1000, 700), 699, 700),
        (Obligation(1000, 700), 700, 1001),
        (Obligation(1000, 700), 1000, 1001),
        (Obligation(1000, 700), 1001, None),
        (Obligation(1000, 1000), 0, 1000),
        (Obligation(1000, 1001), 0, 1001),
        (Obligation(1000), 0, 1001),
        (Obligation(1000, 700, 5), 0, None),
        (Condition(wrong=True), 0, None),
        (Condition(wrong=False), 0, None),
    ],
)
def test_the_next_moment_is_when_time_alone_would_change_the_standing(
    finding: Finding, clock: int, moment: int | None
) -> None:
    """Between the clock and that moment nothing changes, and at it something does."""
    assert next_moment(finding, clock) == moment
    if moment is not None:
        before = {next_state(None, finding, at) for at in range(max(clock, moment - 400), moment)}
        assert len(before) == 1
        assert next_state(None, finding, moment) not in before
