"""The routes of the board, as tests ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.routing import BaseRoute, Mount, Route

STATIC_FILE: Final = "board.css"


def routes_of(routes: Iterable[BaseRoute]) -> list[str]:
    """Return every route as ``GET /path/{of_it}``, once for each method; a folder stands as one of its files."""
    names: list[str] = []
    for route in routes:
        if isinstance(route, Mount):
            names.append(f"GET {route.path}/{STATIC_FILE}")
        else:
            assert isinstance(route, Route), f"{route}: the tests know no such kind of route"
            names += [f"{method} {route.path}" for method in sorted(route.methods or ()) if method != "HEAD"]
    return names
