"""Take the README's screenshots: ``python -m tests.dashboards.trials.screenshots [FOLDER]``."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from schemas.times import from_rfc3339
from streams.policy.calendar import HOUR, MINUTE
from tests.dashboards.trials.browser import CHROMIUM_ARGUMENTS
from tests.dashboards.trials.sample import a_busy_shift, a_clock, a_linked_matter, an_alert
from tests.dashboards.trials.serving import Tried, tried
from tests.dashboards.trials.year import a_year

FOLDER: Final = Path(__file__).parents[3] / "dashboards" / "screenshots"
_EVENING: Final = from_rfc3339("2026-11-23T18:04:00Z")
_PASSWORD: Final = "three random words"
_SIZE: Final = {"width": 1280, "height": 800}


def main(arguments: list[str]) -> int:
    """Take every picture; returns 2 where there is no browser to take them with."""
    folder = Path(arguments[0]) if arguments else FOLDER
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium here", file=sys.stderr)  # noqa: T201 - a script for people
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as data,
        tried(Path(data), lambda: _EVENING + int((time.monotonic() - begun) * 1000)) as board,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        _take(board, browser, folder)
        browser.close()
    return 0


def _take(board: Tried, browser: Browser, folder: Path) -> None:
    wall = board.board.clock()
    board.board.users.add("insp.patel", "SUPERVISOR", ["LEICS"], _PASSWORD)
    board.board.users.add("fcr.jones", "FCR", ["LEICS"], _PASSWORD)
    alert, matter = a_linked_matter(wall)
    board.feeder.put(a_clock(wall), *a_busy_shift(wall), *matter, *a_year(wall, reports=900))
    live = _sign_in(board, browser, "insp.patel")
    board.feeder.put(
        an_alert("crime-not-recorded", "STORM", "LE-20261122-0981", wall=wall, due_in=50 * MINUTE, team="County north"),
        an_alert("rape-not-recorded", "STORM", "LE-20261123-0204", wall=wall, due_in=-MINUTE, team="City response A"),
        an_alert("referral-unlinked", "CATS", "CATS/2026/0091", wall=wall, due_in=9 * HOUR, team="Crime bureau"),
    )
    live.wait_for_selector("#bring-in:visible")
    _shoot(live, folder / "live.png")
    live.get_by_role("button", name="Dark").click()
    live.goto(f"{board.url}/alerts/{alert.alert_id}")
    live.wait_for_selector("body[data-connected]")
    live.set_viewport_size({"width": 1280, "height": 1420})
    _shoot(live, folder / "alert-dark.png")
    registrar = _sign_in(board, browser, "fcr.jones")
    registrar.goto(f"{board.url}/trace?ref=cr+931+26")
    _shoot(registrar, folder / "trace.png")
    registrar.goto(f"{board.url}/fcr/figures")
    _shoot(registrar, folder / "figures.png")


def _sign_in(board: Tried, browser: Browser, name: str) -> Page:
    page = browser.new_page(viewport=_SIZE, locale="en-GB")  # type: ignore[arg-type]
    page.goto(f"{board.url}/sign-in")
    page.fill("#name", name)
    page.fill("#password", _PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("body[data-connected]")
    return page


def _shoot(page: Page, file: Path) -> None:
    page.screenshot(path=file, animations="disabled")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
