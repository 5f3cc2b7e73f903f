"""A control room for tests: a served board, people before it, and their pages watched for faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.dashboards.board.served_board import CHEAP, PASSWORD, USERS
from tests.dashboards.board.tcp_proxy import TcpProxy
from tests.dashboards.trials.sample import Feeder
from tests.dashboards.trials.serving import Tried

_EXPECTED = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_CONNECTION", "net::ERR_INCOMPLETE", "status of 4")


@dataclass
class Room:
    """Everybody looks at one board."""

    browser: Browser
    board: Tried
    faults: list[str] = field(default_factory=list)
    """What the browsers complained of: scripts that failed, policies that were broken."""
    cable: TcpProxy = field(init=False)
    """What every browser reaches the board through."""
    _contexts: list[BrowserContext] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let everybody sign in."""
        self.cable = TcpProxy(urlsplit(self.board.url).port or 0)
        users = self.board.board.users
        users._hasher, users._dummy_hash = CHEAP, CHEAP.hash("nobody")
        for name, (role, forces) in USERS.items():
            users.add(name, role, forces, PASSWORD)  # type: ignore[arg-type]

    @property
    def feeder(self) -> Feeder:
        """What puts records before the board."""
        return self.board.feeder

    def stranger(self, **options: Any) -> Page:
        """Give a browser where nobody is signed in."""
        context = self.browser.new_context(
            base_url=f"http://127.0.0.1:{self.cable.port}", locale="en-GB", timezone_id="Asia/Tokyo",
            **{"viewport": {"width": 1440, "height": 900}, **options},
        )  # fmt: skip
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def person(self, name: str = "insp.patel", path: str = "/live", **options: Any) -> Page:
        """Give a browser where somebody is signed in and looks at a page."""
        page = self.stranger(**options)
        page.goto("/sign-in")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/live")
        if path != "/live":
            page.goto(path)
        return page

    def leave(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()
        self.cable.close()

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(expected in text for expected in _EXPECTED):
            self.faults.append(text)


def connected(page: Page) -> Page:
    """Wait until a page hears of changes."""
    expect(page.locator("body")).to_have_attribute("data-connected", "yes", timeout=20_000)
    return page
