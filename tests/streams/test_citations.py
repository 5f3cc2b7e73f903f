"""Whoever reads a citation finds it: the texts are cited by page and heading, HMIC's report by question."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CITING = sorted(
    path
    for folder in ("streams", "dashboards/board", "deploy/scenario", "tests/streams/rules")
    for pattern in ("*.py", "*.toml", "*.html")
    for path in (ROOT / folder).rglob(pattern)
    if re.search(r"\b(?:CRR|OUT|NOL|NSIR|HMIC)\b", path.read_text(encoding="utf-8"))
)
"""Every file that names one of the texts."""

CITED = re.compile(r"\b(CRR|OUT|NSIR) p(\d+)(?:-(\d+))?, ")
"""A citation of a text that has pages; its heading follows."""
NAMED = re.compile(r"\b(?:CRR|OUT|NOL)\b(?! (?:is|are)\b)|\bNSIR\b(?= ?[\d,:p])")
"""Where a text is named; as a word in a sentence NSIR is no citation."""
OF_THE_LIST = re.compile(r"NOL(?:, \w+| gives )")
OF_HMIC = re.compile(r"\bHMIC 2014, (?:Part [ABC]|[123]\.\d|recommendations? [1-5])\b")


def contents() -> dict[str, list[tuple[int, int, str]]]:
    """Return each text's headings with their first and last page."""
    with (ROOT / "tests/streams/contents.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["text"], int(row["page"]), row["heading"]) for row in csv.DictReader(file)]
    headings: dict[str, list[tuple[int, int, str]]] = {}
    for number, (text, page, heading) in enumerate(rows):
        later = [row[1] for row in rows[number + 1 :] if row[0] == text and row[1] > page]
        headings.setdefault(text, []).append((page, later[0] if later else 999, heading))
    return headings


def as_read(path: Path) -> str:
    """Return a file as a reader sees it: strings joined, lines run together, without marks of comments."""
    written = re.sub(r"[\"']\s*\n\s*f?[\"']", "", path.read_text(encoding="utf-8"))
    written = re.sub(r"^#   (?:HMIC|CRR|OUT|NOL|NSIR|HMICFRS) .*$", "", written, flags=re.MULTILINE)
    return re.sub(r"\s*\n\s*(?:# )?", " ", written)


def begins(cited: str, heading: str) -> bool:
    """Tell whether a citation begins with a heading, or with the words by which it is known."""
    words = heading.split()
    enough = 1 if re.fullmatch(r"C\d:?", words[0]) else 2 if words[0][0].isdigit() else 3
    return cited.lower().startswith(" ".join(words[:enough]).rstrip(":").lower())


@pytest.mark.parametrize("path", CITING, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_citation_names_page_and_heading(path: Path) -> None:
    """And the heading stands on that page, by the text's own table of contents."""
    text, headings = as_read(path), contents()
    for match in NAMED.finditer(text):
        named = text[match.start() : match.start() + 90]
        if match[0] == "NOL":
            assert OF_THE_LIST.match(named), named
            continue
        cited = CITED.match(named)
        assert cited, named
        first, last = int(cited[2]), int(cited[3] or cited[2])
        heading = named[cited.end() :]
        assert any(low <= first <= last <= high and begins(heading, each) for low, high, each in headings[cited[1]]), (
            named
        )


@pytest.mark.parametrize("path", CITING, ids=lambda path: str(path.relative_to(ROOT)))
def test_hmics_report_is_cited_by_part_question_or_recommendation(path: Path) -> None:
    """It has no pages here."""
    text = as_read(path)
    for match in re.finditer(r"\bHMIC (?:2014|\d)", text):
        assert OF_HMIC.match(text, match.start()), text[match.start() : match.start() + 60]
