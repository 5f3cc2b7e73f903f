"""Measure: 2,000 open alerts on one screen, 50 of them changing a second, in a real browser.

``python -m tests.dashboards.trials.smoothness`` prints how soon a change is on the screen and how long the page ever
kept a person waiting.  A frame at 60 Hz is 17 ms; a task over 50 ms is what browsers call long.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from playwright.sync_api import Page, sync_playwright

from schemas.products import Alert
from streams.policy.calendar import HOUR, MINUTE
from tests.dashboards.trials.browser import CHROMIUM_ARGUMENTS
from tests.dashboards.trials.sample import a_clock, an_alert
from tests.dashboards.trials.serving import Tried, tried

_PASSWORD: Final = "three random words"
_WATCH: Final = """() => {
  const seen = window.measured = {frames: [], long: [], changed: {}};
  let last = performance.now();
  const frame = (at) => { seen.frames.push(at - last); last = at; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver(list => list.getEntries().forEach(entry => seen.long.push(entry.duration)))
    .observe({entryTypes: ["longtask"]});
  new MutationObserver(changes => {
    const at = Date.now();
    for (const change of changes) {
      const row = change.target.parentElement?.closest?.("tr[data-id]") ?? change.target.closest?.("tr[data-id]");
      const told = row?.querySelector(".c-where")?.textContent.match(/at (\\d+)/)?.[1];
      if (told && !(told in seen.changed)) seen.changed[told] = at;
    }
  }).observe(document.getElementById("lists"), {subtree: true, childList: true, characterData: true});
}"""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 if a change took over a second to show, or a frame over 200 ms."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--alerts", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=50, help="a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium here", file=sys.stderr)  # noqa: T201 - a script for people
        return 2
    with (
        tempfile.TemporaryDirectory() as folder,
        tried(Path(folder), _wall) as board,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        page = _open(board, browser.new_page(viewport={"width": 1440, "height": 900}), options.alerts)
        delays, frames, long_tasks = _measure(board, page, options.changes, options.seconds)
        browser.close()
    return _print_results(options.alerts, options.changes, delays, frames, long_tasks)


def _open(board: Tried, page: Page, alerts: int) -> Page:
    board.board.users.add("insp.patel", "SUPERVISOR", ["LEICS"], _PASSWORD)
    board.feeder.put(a_clock(_wall()), *_alerts(alerts))
    page.goto(f"{board.url}/sign-in?next=/live%3Fall%3D1")
    page.fill("#name", "insp.patel")
    page.fill("#password", _PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("body[data-connected]")
    return page


def _measure(board: Tried, page: Page, changes: int, seconds: float) -> tuple[list[int], list[float], list[float]]:
    page.evaluate(_WATCH)
    stop = threading.Event()
    changed_at: dict[int, int] = {}
    feeding = threading.Thread(target=_feed, args=(board, changes, stop, changed_at))
    feeding.start()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        page.mouse.wheel(0, 120)
        page.wait_for_timeout(100)
    stop.set()
    feeding.join()
    page.wait_for_timeout(1500)
    measured = page.evaluate("window.measured")
    shown_at = {int(number): at for number, at in measured["changed"].items()}
    delays = [shown_at[number] - at for number, at in changed_at.items() if number in shown_at]
    missing = len(changed_at) - len(delays)
    if missing:
        print(f"{missing} of {len(changed_at)} changes were overtaken by a later one of the same alert")  # noqa: T201
    return delays, measured["frames"], measured["long"]


def _feed(board: Tried, changes: int, stop: threading.Event, changed_at: dict[int, int]) -> None:
    """Change one alert after the other, evenly."""
    begun, number = time.monotonic(), 0
    alerts = list(_alerts(2000))
    while not stop.wait(max(0.0, begun + number / changes - time.monotonic())):
        alert = alerts[(number * 7) % len(alerts)]
        changed_at[number] = _wall()
        board.feeder.put(msgspec.structs.replace(alert, sequence=number + 2, team=f"at {number}"))
        number += 1


def _alerts(number: int) -> Iterator[Alert]:
    base = _wall() // HOUR * HOUR
    for index in range(number):
        due_in = (index % 400 - 200) * 3 * MINUTE or MINUTE
        yield an_alert("crime-not-recorded", "STORM", f"LE-{index:05d}", wall=base, due_in=due_in, team="Team")


def _print_results(alerts: int, changes: int, delays: list[int], frames: list[float], long_tasks: list[float]) -> int:
    delays.sort()
    frames.sort()
    worst = frames[-1]
    far, tail = delays[len(delays) * 99 // 100], frames[len(frames) * 99 // 100]
    waits = f"median {statistics.median(delays):.0f} ms, 99 % {far} ms, worst {delays[-1]} ms"
    drawn = f"median {statistics.median(frames):.1f} ms, 99 % {tail:.1f} ms, worst {worst:.0f} ms"
    tasks = f"{len(long_tasks)} tasks over 50 ms, worst {max(long_tasks, default=0):.0f} ms"
    print(f"{alerts} open alerts on the screen, {changes} changes a second ({len(delays)} in all)")  # noqa: T201
    print(f"change to screen: {waits}\nframes: {drawn}; {tasks}")  # noqa: T201
    return int(delays[-1] > 1000 or worst > 200)


def _wall() -> int:
    return time.time_ns() // 1_000_000  # noqa: TID251 - a script of its own, with no clock handed to it


if __name__ == "__main__":
    sys.exit(main())
