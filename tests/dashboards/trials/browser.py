"""How Chromium is started for tests, screenshots and measuring: quietly, and with nothing from outside."""

from __future__ import annotations

from typing import Final

CHROMIUM_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
)
