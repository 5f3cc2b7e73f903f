"""The pages that name people to the registrar, and the figures of parts: what they show, and to whom."""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Final

import pytest

from dashboards.board.domain.people import ROLE_NAMES
from dashboards.board.readmodel.counts import tables
from schemas.products import Erasure, Subject
from streams.policy.calendar import local_date
from tests.dashboards.board.served_board import PASSWORD, WALL, ServedBoard, sign_in
from tests.dashboards.board.server.routes import routes_of
from tests.dashboards.trials.counted import DECIDER, counted
from tests.dashboards.trials.sample import FORCE, a_clock
from tests.streams.world import DAY, crime, incident

ADDRESS: Final = "/fcr/deciders"
NAMING: Final = {ADDRESS, f"{ADDRESS}.csv", "/fcr/training", "/fcr/training.csv"}


def text_of(page: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " ").split())


@pytest.fixture
def full(board: ServedBoard) -> ServedBoard:
    """Give a board whose force is counted."""
    board.feeder.put(a_clock(WALL))
    counted(board.model, WALL)
    return board


def rows(client: Any, address: str) -> list[dict[str, str]]:
    """Return the rows of a file."""
    return list(csv.DictReader(io.StringIO(client.get(address).text)))


def test_whoever_decides_more_than_chance_explains_stands_first(full: ServedBoard) -> None:
    """In words, as a triangle outside the funnel, and first in the table; the words need no drawing."""
    page = full.client("fcr.jones").get(ADDRESS).text
    words = text_of(page)
    assert f"Above the limits: {DECIDER} (8 of 8)" in words
    assert page.count('class="fu-outside"') == 1
    assert page.index(f'<th scope="row">{DECIDER}</th>') < page.index('<th scope="row">PC1</th>')
    assert 'role="img" aria-label="Share against by number of decisions' in page
    assert "<script" not in page.partition("<main")[2]


@pytest.mark.parametrize("kind", ["CANCELLED", "WRONGLY", "RECLASSIFIED", "NOT_CRIMED", "N100"])
@pytest.mark.parametrize("by", ["DECIDER", "TEAM", "MONTH"])
def test_every_decision_is_shown_by_decider_team_and_month(full: ServedBoard, kind: str, by: str) -> None:
    """And where there is none, it is said."""
    answer = full.client("fcr.jones").get(f"{ADDRESS}?kind={kind}&by={by}")
    assert answer.status_code == 200
    has_any = kind != "N100"
    assert ("No such decision is known of these months." in answer.text) is not has_any


def test_counts_are_of_the_months_that_are_asked_for(full: ServedBoard) -> None:
    """Whole ones: those that hold the first and the last date."""
    month = f"{local_date(WALL - 30 * DAY):%Y-%m}"
    client = full.client("fcr.jones")
    in_month = rows(client, f"{ADDRESS}.csv?from={month}-05&to={month}-05")
    assert {row["value"] for row in in_month if row["by"] == "month"} == {month}
    assert rows(client, f"{ADDRESS}.csv?from=2001-01-01&to=2001-01-31") == []


def test_an_unknown_kind_of_decision_is_named(full: ServedBoard) -> None:
    """As any parameter that cannot be read."""
    answer = full.client("fcr.jones").get(f"{ADDRESS}?kind=banana")
    assert answer.status_code == 400
    assert "“kind=banana” cannot be read" in answer.text


def test_training_needs_are_one_list(full: ServedBoard) -> None:
    """Whoever decided most without a course first; the file says the same."""
    client = full.client("fcr.jones")
    words = text_of(client.get("/fcr/training").text)
    assert "7 people to book on a course" in words
    found = rows(client, "/fcr/training.csv")
    assert {row["person"] for row in found} == {DECIDER, "PC0", "PC1", "PC2", "PC3", "PC4", "PC5"}
    assert (found[0]["person"], found[0]["taken"]) == ("PC1", "11")


def test_nobodys_name_is_shown_but_to_the_registrar_and_the_deputy(full: ServedBoard) -> None:
    """On any page that there is, whatever the role; and both are noted in the audit log."""
    full.board.users.add("somebody", "SUPERVISOR", [FORCE], PASSWORD)
    addresses = [route.partition(" ")[2] for route in routes_of(full.app.routes) if route.startswith("GET ")]
    for role in ROLE_NAMES:
        name = f"{role.lower()}.own"
        full.board.users.add(name, role, [FORCE], PASSWORD, one_time=True)
        client = full.client()
        assert sign_in(client, name).status_code == 303
        named = set()
        for address in addresses:
            if "{" not in address and not address.endswith("/events"):
                full.audit.noted.clear()
                if DECIDER in client.get(address).text:
                    named.add(address)
                    assert full.audit.noted[0][2] in {"DECIDERS", "TRAINING_NEEDS", "EXPORT"}
        assert named == (NAMING if role in {"FCR", "DEPUTY_FCR"} else set()), role


def test_figures_are_shown_by_part(full: ServedBoard) -> None:
    """To everybody who sees figures: routes, teams, classes, who reported."""
    words = text_of(full.client("insp.patel").get("/fcr/figures").text)
    assert "Incidents by route" in words
    assert "PHONE 1 of 1 100.0 %" in words
    assert "Crimes without a report by team" in words


def test_small_counts_of_what_is_most_private_are_hidden_until_asked_for(full: ServedBoard) -> None:
    """Of rape, referrals and protection reports; and another row where one alone would give it away."""
    hidden = {
        (row["kind"], row["by"], row["value"]): row["recorded"]
        for row in rows(full.client("fcr.jones"), "/fcr/figures/parts.csv")
    }
    assert hidden["Incidents", "offence class", "RAPE"] == "hidden"
    assert hidden["Incidents", "offence class", "THEFT"] == "hidden"
    assert hidden["Protection reports", "route", "MARAC"] == "hidden"
    assert hidden["Incidents", "route", "PHONE"] == "1"
    shown = {
        (row["kind"], row["by"], row["value"]): (row["recorded"], row["of"])
        for row in rows(full.client("fcr.jones"), "/fcr/figures/parts.csv?small=show")
    }
    assert shown["Protection reports", "route", "MARAC"] == ("0", "1")


def test_a_force_is_counted_anew_in_the_place_of_before(full: ServedBoard) -> None:
    """Nothing of the former count is left."""
    counted(full.model, WALL, incident(WALL - DAY, "I-9", channel="COUNTER"), crime(WALL - DAY, "C-9", team="East"))
    values = {row["value"] for row in rows(full.client("fcr.jones"), f"{ADDRESS}.csv") if row["by"] == "team"}
    assert values == {"North", "South", "East", ""}
    with full.model.reading() as connection:
        assert len(connection.execute(tables.counted_forces.select()).all()) == 1


def test_what_is_forgotten_is_not_counted_and_the_pages_say_so(full: ServedBoard) -> None:
    """Of a month of which anything is forgotten nothing is counted: only what went wrong would be left of it."""
    began = WALL - 1000 * DAY
    open_breach = incident(began, "I-OPEN", crimes_expected=1, team="Longago")
    settled = incident(began, "I-SETTLED", crimes_expected=0, assessed_at=began, status="CLOSED")
    counted(full.model, WALL, open_breach, settled)
    client = full.client("fcr.jones")
    for address in ("/fcr/figures", ADDRESS, "/fcr/training"):
        words = text_of(client.get(f"{address}?from=2000-01-01&to={local_date(WALL)}").text)
        assert "what began before is forgotten in part, so it is not counted here" in words
    since = rows(client, f"/fcr/figures/parts.csv?from=2000-01-01&to={local_date(WALL)}&small=show")
    assert "North" in {row["value"] for row in since}
    assert "Longago" not in {row["value"] for row in since}
    counted(full.model, WALL)
    assert "is forgotten" not in client.get("/fcr/figures").text


def test_an_erasure_takes_a_forces_counts_along(full: ServedBoard) -> None:
    """They count what was erased, and may name who decided on it; one read again later takes nothing."""
    subject = Subject(kind="crime", ref="X-1")
    asked: dict[str, Any] = {"requested_by": "fcr.jones", "force": FORCE, "subjects": (subject,)}
    client = full.client("fcr.jones")
    full.feeder.put(Erasure(erasure_id="before", erased_at=WALL - 1, **asked))
    assert DECIDER in client.get(ADDRESS).text
    full.feeder.put(Erasure(erasure_id="after", erased_at=WALL + 1, **asked))
    assert DECIDER not in client.get(ADDRESS).text
    assert "Nothing is counted yet" in client.get("/fcr/training").text


def test_before_anything_is_counted_it_is_said(board: ServedBoard) -> None:
    """On each page, with the button that counts."""
    board.feeder.put(a_clock(WALL))
    client = board.client("fcr.jones")
    for address in (ADDRESS, "/fcr/training", "/fcr/figures"):
        page = client.get(address).text
        assert "Nothing is counted yet" in page
        assert f">Count {FORCE}<" in page
    assert f"Count {FORCE}" not in board.client("insp.patel").get("/fcr/figures").text
