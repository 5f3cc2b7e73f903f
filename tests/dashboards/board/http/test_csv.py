"""Files to save: their names, their times, and what text that turns round looks like on a page."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest

from dashboards.board.domain.people import ROLE_NAMES
from dashboards.board.http.csv import csv_field, csv_name
from dashboards.board.readmodel import ReadModel
from schemas.products import AlertAction
from schemas.times import from_rfc3339
from tests.dashboards.board.served_board import WALL, FixedClock, ServedBoard, served
from tests.dashboards.board.server.test_authorisation import RECORDS, ROUTES, client_of, path_of, prepare
from tests.dashboards.trials.sample import a_case, a_clock, an_alert

FILES = [route.removeprefix("GET ") for route in ROUTES if route.startswith("GET") and route.endswith(".csv")]
TURNS = "\N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.mark.parametrize(
    ("forces", "period", "name"),
    [
        (["LEICS"], "2026-09-01-to-2026-11-23", "breaches-LEICS-2026-09-01-to-2026-11-23.csv"),
        (["LEICS", "DERBS"], "2026", "breaches-DERBS-LEICS-2026.csv"),
        (["*"], "2026", "breaches-all-forces-2026.csv"),
        (["*", "LEICS"], "", "breaches-all-forces.csv"),
        (['a"; x=\r\n../é'], "2026", "breaches-a-x-2026.csv"),
        (["X" * 5000], "2026", f"breaches-{'X' * 60}-2026.csv"),
    ],
)
def test_a_file_is_named_after_its_forces_and_time(forces: list[str], period: str, name: str) -> None:
    """In letters, digits and hyphens, whatever a force is called."""
    assert csv_name("breaches", forces, period) == name


def test_every_file_of_the_board_names_force_and_time(model: ReadModel, clock: FixedClock) -> None:
    """Two that are saved one after the other are told apart by their names."""
    with served(model, clock) as board:
        prepare(board, RECORDS)
        client = client_of(board, "FCR", owns=True)
        assert "FCR" in ROLE_NAMES
        assert FILES
        for path in FILES:
            answer = client.get(path_of(path), params={"from": "2026-10-01", "to": "2026-10-31"})
            assert answer.status_code == 200, path
            name = answer.headers["content-disposition"].partition('filename="')[2]
            assert "LEICS" in name, path
            assert "20" in name.partition("LEICS")[2], path


def test_the_registers_file_is_named_after_the_forces_chosen(board: ServedBoard) -> None:
    """Somebody who sees every force saves one."""
    auditor = board.client("audit.brown")
    answers = [auditor.get(f"/fcr/register.csv?from=2026-10-01&to=2026-10-31{more}") for more in ("", "&force=DERBS")]
    names = [answer.headers["content-disposition"].partition('filename="')[2].rstrip('"') for answer in answers]
    assert names == ["breaches-all-forces-2026-10-01-to-2026-10-31.csv", "breaches-DERBS-2026-10-01-to-2026-10-31.csv"]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-07-01T09:00:00Z", "2026-07-01T10:00:00.000+01:00"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00.000+00:00"),
        ("2026-10-25T00:30:00Z", "2026-10-25T01:30:00.000+01:00"),
        ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00.000+00:00"),
    ],
)
def test_a_time_in_a_file_is_londons_and_says_so(moment: str, text: str) -> None:
    """The hour that comes twice is told apart, and the moment is the same."""
    action = AlertAction(
        action_id="a",
        alert_id="b",
        force="LEICS",
        kind="ACK",
        by="x",
        role="FCR",
        at=0,
        expires_at=from_rfc3339(moment),
    )
    assert csv_field(action, "expires_at") == text
    assert from_rfc3339(text) == from_rfc3339(moment)


def test_text_that_turns_a_line_round_is_seen(board: ServedBoard) -> None:
    """In a reference, a team, a note and what somebody searches for; letters that run from the right stay."""
    alert = an_alert(
        "crime-not-recorded", "STORM", f"INC{TURNS}-1", wall=WALL, due_in=-1, team="\N{HEBREW LETTER ALEF}\u2067North"
    )
    note = AlertAction(
        action_id="n",
        alert_id=alert.alert_id,
        force="LEICS",
        kind="NOTE",
        by="x",
        role="FCR",
        at=WALL,
        text="\u2066a\u061c",
    )
    board.feeder.put(a_clock(WALL), alert, note, a_case("STORM", f"INC{TURNS}-1", began_at=WALL - 1))
    client = board.client("fcr.jones")
    for path in ("/live", f"/live?q={TURNS}", f"/alerts/{alert.alert_id}", "/fcr/register", f"/trace?ref=INC{TURNS}-1"):
        text = client.get(path).text
        assert not set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(text), path
        assert "\N{REPLACEMENT CHARACTER}" in text, path
    assert "\N{HEBREW LETTER ALEF}" in client.get("/live").text
    rows = list(csv.DictReader(io.StringIO(client.get("/fcr/register.csv").text)))
    assert [row["subject_ref"] for row in rows] == [msgspec.to_builtins(alert.subject_ref)]
