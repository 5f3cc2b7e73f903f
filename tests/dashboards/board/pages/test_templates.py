"""Every template is rendered by a page or used by another template."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.board.pages.rendering import TEMPLATES

BOARD = TEMPLATES.parent
SOURCES = [*BOARD.rglob("*.py"), *TEMPLATES.glob("*.html")]
TEXTS = {source: source.read_text(encoding="utf-8") for source in SOURCES}


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda template: template.name)
def test_a_template_is_used(template: Path) -> None:
    """A template that a rename left behind would be changed by somebody and shown to nobody."""
    assert any(f'"{template.name}"' in text for source, text in TEXTS.items() if source != template)
