"""The drawings: to scale, whole, and nothing hidden behind anything else."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.board.domain import wording
from dashboards.board.domain.indicators import Proportion
from dashboards.board.drawings.matter_graph import BOX_HEIGHT, BOX_WIDTH, matter_graph
from dashboards.board.drawings.timeline import Timeline, TimelineEntry, action_text, entries_of, timeline
from dashboards.board.drawings.trend import BOTTOM, TOP, plot
from dashboards.board.readmodel import ReadModel
from dashboards.board.readmodel.cases import StoredCases
from schemas.products import ActionKind, AlertAction
from schemas.times import EARLIEST, LATEST, from_rfc3339
from streams.reports.linked_cases import HeldCase, TracedMatter, trace
from tests.dashboards.board.served_board import WALL
from tests.dashboards.trials.sample import Feeder, a_case, a_clock, a_linked_matter, an_alert

HOUR = 3_600_000
DAY = 24 * HOUR


def entry(at: int, lane: str = "STORM") -> TimelineEntry:
    """Make a record's entry."""
    return TimelineEntry(at=at, lane=lane, text="x", kind="RECORD")


def traced(model: ReadModel, reference: str) -> TracedMatter:
    """Trace a reference that leads to one matter."""
    with model.reading() as connection:
        [matter] = trace(StoredCases(connection), reference).matters
    return matter


def drawn(*moments: int, due_at: int | None = None, present: int | None = None) -> Timeline:
    """Draw records of one system."""
    return timeline([entry(WALL + moment) for moment in moments], due_at, present)


def test_distances_are_to_scale() -> None:
    """Twice the time is twice the way, and the deadline lies where its time does."""
    line = drawn(0, 10 * HOUR, 30 * HOUR, due_at=WALL + 20 * HOUR)
    first, second, third = (mark.x for mark in line.marks)
    assert third - second == pytest.approx(2 * (second - first), abs=0.3)
    assert line.due_x == pytest.approx((first + third * 2) / 3, abs=0.3)


def test_the_deadline_and_the_present_are_always_on_the_axis() -> None:
    """Even where everything recorded lies before them."""
    line = drawn(0, HOUR, due_at=WALL + 72 * HOUR, present=WALL + 100 * HOUR)
    assert line.due_x is not None
    assert line.present_x is not None
    assert line.marks[-1].x < line.due_x < line.present_x <= line.right


@given(st.lists(st.integers(0, 400 * DAY), min_size=1, max_size=60), st.booleans())
def test_every_entry_is_in_exactly_one_mark(moments: list[int], together: bool) -> None:
    """Marks too close to tell apart are drawn as one that names them all; none is lost, none is outside."""
    entries = sorted(
        (entry(WALL + at, "STORM" if together or number % 2 else "CIS") for number, at in enumerate(moments)),
        key=lambda entry: entry.at,
    )
    line = timeline(entries, None, None)
    numbers = [number for mark in line.marks for number in range(mark.first, mark.last + 1)]
    assert sorted(numbers) == list(range(1, len(moments) + 1))
    assert all(line.left <= mark.x <= line.right for mark in line.marks)
    assert len({tick.x for tick in line.ticks}) == len(line.ticks) <= 20


def test_people_who_act_in_another_time_do_not_stretch_the_axis() -> None:
    """In a replay the streams tell of 2013 and people act today: the axis stays the records', the action at its end."""
    action = AlertAction(
        action_id="1", alert_id="a", force="LEICS", kind="NOTE", by="x", role="FCR", at=WALL + 4000 * DAY, text="t"
    )
    alert = an_alert("crime-not-recorded", "STORM", "I-1", wall=WALL, due_in=-HOUR)
    line = timeline(entries_of(alert, [], [action]), alert.due_at, WALL)
    mark = next(mark for mark in line.marks if mark.kind == "ACTION")
    assert mark.beyond
    assert mark.x == line.right


def test_at_one_moment_a_record_stands_before_the_alert_that_it_raised() -> None:
    """Whatever its system is called; then the alert is raised and breached."""
    alert = an_alert("rape-closed-unreviewed", "CIS", "C-1", wall=WALL, due_in=None)
    closed = a_case("CIS", "C-1", began_at=alert.raised_at, topic="cis.crimes.v1")
    entries = entries_of(alert, [HeldCase("crime", closed)], [])
    assert len({entry.at for entry in entries}) == 1
    assert [(entry.lane, entry.text) for entry in entries] == [
        ("CIS", "C-1: status OPEN"),
        ("Alert", "Alert raised"),
        ("Alert", "Breached"),
    ]


def test_ticks_are_at_londons_midnights_across_the_change_of_clocks() -> None:
    """On 25 October 2026 the clocks go back: midnights stay midnights, 25 hours apart."""
    start = from_rfc3339("2026-10-23T12:00:00Z")
    line = timeline([entry(start), entry(start + 5 * DAY)], None, None)
    assert [tick.text for tick in line.ticks] == ["24 Oct", "25 Oct", "26 Oct", "27 Oct", "28 Oct"]
    gaps = [after.x - before.x for before, after in itertools.pairwise(line.ticks)]
    assert gaps[1] > gaps[0] == pytest.approx(gaps[2], abs=0.2)


def test_a_picture_draws_every_record_and_link_and_no_line_through_a_box(model: ReadModel, feeder: Feeder) -> None:
    """A link that skips a column goes through a gap: it must not look like a link of the box it passes."""
    _, matter = a_linked_matter(WALL)
    feeder.put(a_clock(WALL), *matter)
    traced_matter = traced(model, "CATS/2026/0088")
    drawing = matter_graph(traced_matter)
    assert {box.ref for box in drawing.boxes} == {
        "LE-20261122-0417",
        "CATS/2026/0088",
        "CR/0931/26",
        "CALL-55821",
        "CR-0932-26",
    }
    assert len(drawing.lines) == 4
    passing = next(line for line in drawing.lines if "H" in line.path)
    level = float(passing.path.split("H")[0].split()[-1])
    middle = next(box for box in drawing.boxes if box.system == "STORM")
    assert not middle.y <= level <= middle.y + BOX_HEIGHT


def test_no_two_boxes_overlap(model: ReadModel, feeder: Feeder) -> None:
    """However many records a matter has, each has its own place."""
    refs = [f"CR/{n}" for n in range(12)]
    feeder.put(a_case("STORM", "I-1", began_at=WALL, linked=[("CIS", ref) for ref in refs]))
    feeder.put(*(a_case("CIS", ref, began_at=WALL, linked=[("STORM", "I-1")]) for ref in refs))
    matter = traced(model, "I-1")
    boxes = matter_graph(matter).boxes
    assert len(boxes) == 13
    for one, other in itertools.combinations(boxes, 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT


def test_a_plot_puts_shares_and_intervals_where_they_belong() -> None:
    """100 % on top, 0 % at the bottom, the interval around the point, and a gap where nothing is known."""
    drawing = plot(
        [
            Proportion("Jan", 10, 10),
            Proportion("Feb", 0, 0),
            Proportion("Mar", 0, 10),
            Proportion("Apr", 0, 0, hidden=True),
        ]
    )
    top, bottom = drawing.points
    assert (top.y, bottom.y) == (TOP, BOTTOM)
    assert top.high_y <= top.y <= top.low_y
    assert drawing.path.count("M") == 2
    assert "L" not in drawing.path


def test_a_plot_draws_no_point_where_a_share_is_not_known() -> None:
    """Only between what it lies."""
    drawing = plot([Proportion("Jan", 8, 10, not_known=30, bounds=(0.2, 0.8))])
    (bar,) = drawing.spans
    assert drawing.points == ()
    assert drawing.path == ""
    assert TOP < bar.high_y < bar.low_y < BOTTOM
    assert bar.title == "Jan: between 20% and 80%: 30 not known"


@pytest.mark.parametrize("due_at", [EARLIEST, LATEST])
def test_an_axis_of_millennia_is_drawn_at_once(due_at: int) -> None:
    """A deadline in 9999, the customary "never", has no tick for each of its days."""
    line = drawn(0, due_at=due_at, present=WALL)
    assert 1 <= len(line.ticks) <= 10
    assert [tick.x for tick in line.ticks] == sorted(tick.x for tick in line.ticks)


@pytest.mark.parametrize("kind", get_args(ActionKind))
def test_every_kind_of_action_has_its_words(kind: ActionKind) -> None:
    """Also those that are entered elsewhere than on the alert's own page."""
    action = AlertAction(
        action_id="a", alert_id="b", force="LEICS", kind=kind, by="fcr.jones", role="FCR", at=WALL, outcome="LATE"
    )
    assert action_text(action).startswith(f"fcr.jones {wording.ACTIONS[kind]}")
