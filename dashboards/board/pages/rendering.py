"""Jinja templates, with the filters and tables of words that they use."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from dashboards.board.domain import wording
from dashboards.board.domain.people import ROLE_NAMES
from dashboards.board.live.freshness import Freshness
from dashboards.board.live.hub import RenderRow
from dashboards.board.readmodel.alerts import AlertListItem
from schemas.products import OPEN_STATUSES
from schemas.quantities import counted, exact_span
from streams.policy import times_in_words

_DIRECTION: Final = dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\N{REPLACEMENT CHARACTER}"
)
"""Unicode's marks, embeddings, overrides and isolates of direction, by the sign shown in their place."""
TEMPLATES: Final = Path(__file__).parent.parent / "templates"


def environment(base: str = "") -> Environment:
    """Return the environment of the templates: everything is escaped, and an undefined name is an error.

    ``base`` is the path below which browsers find the board.
    """
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_without_direction,
    )
    times = ("clock_time", "exact_time", "day", "full_time", "when", "span")
    jinja.filters |= {name: getattr(times_in_words, name) for name in times}
    jinja.filters |= {"counted": counted, "exact_span": exact_span}
    words = ("about_text", "plain", "fact_text", "fact_value", "rule_title")
    jinja.filters |= {name: getattr(wording, name) for name in words}
    tables = ("SYSTEM_NAMES", "STATUS_NAMES", "REASONS", "ACTIONS", "LEVELS", "FEEDS")
    jinja.globals.update({name: getattr(wording, name) for name in tables})
    jinja.globals["base"] = base
    jinja.globals["ROLE_NAMES"] = ROLE_NAMES
    jinja.globals["OPEN_STATUSES"] = OPEN_STATUSES
    return jinja


def _without_direction(value: object) -> object:
    """Return what a page writes, with a visible sign for each that turns text round."""
    if not isinstance(value, str) or value.isascii():
        return value
    text = value.translate(_DIRECTION)
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - it was safe before


def row_renderer(jinja: Environment) -> RenderRow:
    """Return a function that renders one row of the live list."""
    template = jinja.get_template("row.html")

    def render(item: AlertListItem, fresh: Freshness) -> str:
        return template.render(item=item, now=fresh)

    return render
