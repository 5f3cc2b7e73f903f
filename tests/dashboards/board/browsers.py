"""Browsers for tests: a served board, people signed in to it, and what their browsers complain of."""

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
class BoardBrowsers:
    """Browsers that all look at one board."""

    browser: Browser
    board: Tried
    faults: list[str] = field(default_factory=list)
    """What the browsers complained of: scripts that failed, content that the policy blocked."""
    proxy: TcpProxy = field(init=False)
    """The proxy through which every browser reaches the board."""
    _contexts: list[BrowserContext] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the proxy and add the users."""
        self.proxy = TcpProxy(urlsplit(self.board.url).port or 0)
        users = self.board.board.users
        users._hasher, users._dummy_hash = CHEAP, CHEAP.hash("nobody")
        for name, (role, forces) in USERS.items():
            users.add(name, role, forces, PASSWORD)  # type: ignore[arg-type]

    @property
    def feeder(self) -> Feeder:
        """What puts records into the board's read model."""
        return self.board.feeder

    def signed_out(self, **options: Any) -> Page:
        """Open a page where nobody is signed in."""
        context = self.browser.new_context(
            base_url=f"http://127.0.0.1:{self.proxy.port}",
            locale="en-GB",
            timezone_id="Asia/Tokyo",
            **{"viewport": {"width": 1440, "height": 900}, **options},
        )
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._record(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def signed_in(self, name: str = "insp.patel", path: str = "/live", **options: Any) -> Page:
        """Open a page where somebody is signed in."""
        page = self.signed_out(**options)
        page.goto("/sign-in")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/live")
        if path != "/live":
            page.goto(path)
        return page

    def close(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()
        self.proxy.close()

    def _record(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not any(expected in text for expected in _EXPECTED):
            self.faults.append(text)


def connected(page: Page) -> Page:
    """Wait until a page receives events."""
    expect(page.locator("body")).to_have_attribute("data-connected", "yes", timeout=20_000)
    return page
