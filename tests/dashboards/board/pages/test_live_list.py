"""The live list's questions: what is shown, in which order, and what is set aside."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from dashboards.board.domain.filters import Filters
from dashboards.board.domain.people import Person
from dashboards.board.readmodel import ReadModel, alerts
from schemas.products import SEVERITIES, STATUSES, SUBJECT_SYSTEMS, Alert, AlertAction
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import Feeder, a_case, an_alert

HOUR = 3_600_000


def listed(
    model: ReadModel, filters: Filters, person: Person, wall: int = WALL, status: str | None = None
) -> list[str]:
    """Give the references of the alerts listed, in order."""
    with model.reading() as connection:
        return [item.alert.subject_ref for item in alerts.search(connection, filters, person, wall, status=status)]


def make(ref: str, due_in: int | None, **fields: object) -> Alert:
    """Make an alert about an incident."""
    alert = an_alert("crime-not-recorded", "STORM", ref, wall=WALL, due_in=due_in)
    return msgspec.structs.replace(alert, **fields)


def act(alert: Alert, kind: str, **fields: object) -> AlertAction:
    """Make an action of a supervisor, or of whom the fields name."""
    stated = {"by": "insp.patel", "role": "SUPERVISOR", "at": WALL, "kind": kind, **fields}
    about = {"action_id": f"{alert.alert_id}-{kind}", "alert_id": alert.alert_id, "force": alert.force}
    return msgspec.convert({**about, **stated}, AlertAction)


def test_what_is_about_to_breach_comes_by_due_time(model: ReadModel, feeder: Feeder, supervisor: Person) -> None:
    """The one that breaches next is first, however severe another is."""
    feeder.put(make("late", 3 * HOUR, severity="CRITICAL"), make("next", HOUR, severity="LOW"), make("mid", 2 * HOUR))
    assert listed(model, Filters(), supervisor, status="AT_RISK") == ["next", "mid", "late"]


def test_what_has_breached_comes_by_severity_then_due_time(
    model: ReadModel, feeder: Feeder, supervisor: Person
) -> None:
    """The worst first; of equals the one overdue longest; what has no due time last among them."""
    feeder.put(
        make("low", -9 * HOUR, severity="LOW"),
        make("critical-new", -HOUR, severity="CRITICAL"),
        make("critical-old", -5 * HOUR, severity="CRITICAL"),
        make("critical-at-once", None, severity="CRITICAL"),
        make("high", -HOUR, severity="HIGH"),
    )
    expected = ["critical-old", "critical-new", "critical-at-once", "high", "low"]
    assert listed(model, Filters(), supervisor, status="BREACHED") == expected


def test_what_is_settled_is_not_live_unless_asked_for(model: ReadModel, feeder: Feeder, supervisor: Person) -> None:
    """CLEARED and WITHDRAWN alerts show only under their status."""
    feeder.put(
        make("open", -HOUR), make("cleared", -HOUR, status="CLEARED"), make("withdrawn", HOUR, status="WITHDRAWN")
    )
    assert listed(model, Filters(), supervisor) == ["open"]
    assert set(listed(model, Filters(status=("CLEARED", "WITHDRAWN")), supervisor)) == {"cleared", "withdrawn"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(team=("North",)), {"a"}),
        (Filters(severity=("CRITICAL", "LOW")), {"b", "c"}),
        (Filters(system=("CATS",)), {"c"}),
        (Filters(rule=("referral-unlinked",)), {"c"}),
        (Filters(force=("LEICS",)), {"a", "b", "c"}),
        (Filters(force=("DERBS",)), set()),
        (Filters(severity=("CRITICAL",), team=("North",)), set()),
    ],
)
def test_a_filter_limits_the_list(
    model: ReadModel, feeder: Feeder, supervisor: Person, filters: Filters, expected: set[str]
) -> None:
    """Values of one filter are alternatives, several filters hold together, and a force that is not ours gives none."""
    feeder.put(
        make("a", HOUR, team="North", severity="HIGH"),
        make("b", HOUR, team="South", severity="CRITICAL"),
        an_alert("referral-unlinked", "CATS", "c", wall=WALL, due_in=HOUR, severity="LOW"),
        make("d", HOUR, force="DERBS", alert_id="d"),
    )
    assert set(listed(model, filters, supervisor)) == expected


@pytest.mark.parametrize("typed", ["INC/2026/17", "inc 2026 17", "  Inc-2026-17 ", "2026-17"])
def test_any_spelling_of_a_reference_is_found(model: ReadModel, feeder: Feeder, supervisor: Person, typed: str) -> None:
    """Capitals, blanks and separators do not matter, and a part is enough."""
    feeder.put(make("INC/2026/17", HOUR), make("INC/2026/88", HOUR))
    assert listed(model, Filters(q=typed), supervisor) == ["INC/2026/17"]


def test_a_search_finds_the_alert_of_a_linked_record(model: ReadModel, feeder: Feeder, supervisor: Person) -> None:
    """Who holds only the crime's number finds the incident's alert, whichever side states the link."""
    feeder.put(make("INC-1", HOUR), make("INC-2", HOUR), make("INC-3", HOUR))
    feeder.put(a_case("STORM", "INC-1", began_at=WALL, linked=[("CIS", "CR/5")]))
    feeder.put(a_case("CIS", "CR/5", began_at=WALL, linked=[("STORM", "INC-2")]))
    assert set(listed(model, Filters(q="cr 5"), supervisor)) == {"INC-1", "INC-2"}


def test_a_search_for_the_alerts_own_id_finds_it(model: ReadModel, feeder: Feeder, supervisor: Person) -> None:
    """The id in a notification leads to its alert."""
    alert = make("INC-1", HOUR)
    feeder.put(alert, make("INC-2", HOUR))
    assert listed(model, Filters(q=alert.alert_id), supervisor) == ["INC-1"]


def test_silence_sets_aside_until_it_ends(model: ReadModel, feeder: Feeder, supervisor: Person) -> None:
    """A silenced alert leaves the list and is counted, and comes back the moment its time is over."""
    alert = make("INC-1", -HOUR)
    feeder.put(alert, act(alert, "SILENCE", text="known fault", expires_at=WALL + HOUR))
    assert listed(model, Filters(), supervisor, WALL + HOUR) == []
    assert listed(model, Filters(aside=True), supervisor, WALL + HOUR) == ["INC-1"]
    with model.reading() as connection:
        assert alerts.counts(connection, Filters(), supervisor, WALL).aside == 1
        assert alerts.expired_between(connection, WALL + HOUR, WALL + HOUR + 1) == [alert.alert_id]
    assert listed(model, Filters(), supervisor, WALL + HOUR + 1) == ["INC-1"]


def test_the_registrars_decision_sets_aside_until_taken_back(
    model: ReadModel, feeder: Feeder, supervisor: Person
) -> None:
    """An override closes an alert for people; REOPEN brings it back."""
    alert = make("INC-1", -HOUR)
    fcr = {"by": "fcr.jones", "role": "FCR", "text": "reviewed"}
    feeder.put(alert, act(alert, "OVERRIDE", **fcr, outcome="CLOSE"))
    assert listed(model, Filters(), supervisor) == []
    again = msgspec.structs.replace(act(alert, "OVERRIDE", **fcr, outcome="REOPEN"), action_id="again", at=WALL + 1)
    feeder.put(again)
    assert listed(model, Filters(), supervisor) == ["INC-1"]


def test_mine_is_what_i_acknowledged_or_was_given(model: ReadModel, feeder: Feeder, supervisor: Person) -> None:
    """An acknowledgement counts while it holds, an assignment until it is changed."""
    acked, given, other = make("acked", HOUR), make("given", HOUR), make("other", HOUR)
    feeder.put(acked, given, other)
    feeder.put(
        act(acked, "ACK", expires_at=WALL + 10),
        act(given, "ASSIGN", by="sgt", assignee="insp.patel"),
        act(other, "ASSIGN", assignee="sgt"),
    )
    assert set(listed(model, Filters(mine=True), supervisor, WALL + 10)) == {"acked", "given"}
    assert set(listed(model, Filters(mine=True), supervisor, WALL + 11)) == {"given"}


def test_the_counts_are_of_everything_whatever_part_is_on_the_page(
    model: ReadModel, feeder: Feeder, supervisor: Person
) -> None:
    """A limit shortens the list and not the numbers."""
    feeder.put(*[make(f"r{n}", HOUR) for n in range(5)], *[make(f"b{n}", -HOUR) for n in range(3)])
    with model.reading() as connection:
        assert len(alerts.search(connection, Filters(), supervisor, WALL, limit=2)) == 2
        counted = alerts.counts(connection, Filters(), supervisor, WALL)
    assert (counted.at_risk, counted.breached) == (5, 3)


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20)
FILTERS = st.builds(
    Filters,
    force=st.lists(TEXT, max_size=3, unique=True).map(tuple),
    system=st.lists(st.sampled_from(SUBJECT_SYSTEMS), unique=True).map(tuple),
    rule=st.lists(TEXT, max_size=3, unique=True).map(tuple),
    severity=st.lists(st.sampled_from(SEVERITIES), unique=True).map(tuple),
    team=st.lists(TEXT, max_size=3, unique=True).map(tuple),
    status=st.lists(st.sampled_from(STATUSES), unique=True).map(tuple),
    mine=st.booleans(),
    aside=st.booleans(),
    q=TEXT | st.just(""),
)


@given(FILTERS)
def test_filters_live_in_the_url(filters: Filters) -> None:
    """A list's address says all of its filters: reading what was written gives the same back."""
    assert Filters.of(QueryParams(filters.query())) == filters


@given(st.text(max_size=200))
def test_no_address_breaks_the_filters(query: str) -> None:
    """Whatever stands in a URL is read as some filters."""
    read = Filters.of(QueryParams(query))
    assert set(read.severity) <= set(SEVERITIES)
