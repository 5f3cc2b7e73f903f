"""Fixtures of the board's tests: a fixed clock, a read model on either database, a board and browsers."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboards.board.domain.people import Person
from dashboards.board.readmodel import ReadModel
from tests.dashboards.board.served_board import WALL, FixedClock, ServedBoard, served
from tests.dashboards.trials.sample import Feeder
from tests.dashboards.trials.serving import tried

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.dashboards.board.browsers import BoardBrowsers


@pytest.fixture
def clock() -> FixedClock:
    """Give a wall clock that shows what a test says."""
    return FixedClock(WALL)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'board.sqlite'}"
    import psycopg

    socket = request.getfixturevalue("postgres")
    name = f"board_{uuid.uuid4().hex}"
    with psycopg.connect(host=socket, user="board", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://board@/{name}?host={socket}"


@pytest.fixture
def either_model(database_url: str) -> Iterator[ReadModel]:
    """Give a read model, once on each database."""
    model = ReadModel(database_url)
    yield model
    model.close()


@pytest.fixture
def model(tmp_path: Path) -> Iterator[ReadModel]:
    """Give a read model on SQLite."""
    model = ReadModel(f"sqlite:///{tmp_path / 'board.sqlite'}")
    yield model
    model.close()


@pytest.fixture
def feeder(model: ReadModel) -> Feeder:
    """Give what puts records into the read model on SQLite."""
    return Feeder(model)


@pytest.fixture
def board(model: ReadModel, clock: FixedClock) -> Iterator[ServedBoard]:
    """Give a board that is asked without a network, with a user of each role."""
    with served(model, clock) as board:
        yield board


@pytest.fixture
def supervisor() -> Person:
    """Give a supervisor of one force."""
    return Person(name="insp.patel", role="SUPERVISOR", forces=("LEICS",))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser that pages are tried in.

    One a module and no longer: while it runs, no test in this process could start an event loop of its own.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here: the pages are not tried in a browser")
    from playwright.sync_api import sync_playwright

    from tests.dashboards.trials.browser import CHROMIUM_ARGUMENTS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def browsers(browser: Browser, tmp_path: Path) -> Iterator[BoardBrowsers]:
    """Give browsers that look at a served board."""
    from tests.dashboards.board.browsers import BoardBrowsers

    started = time.monotonic()
    with tried(tmp_path, lambda: WALL + int((time.monotonic() - started) * 1000)) as board:
        browsers = BoardBrowsers(browser, board)
        yield browsers
        browsers.close()
