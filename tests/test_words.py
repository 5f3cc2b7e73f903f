"""One word, one meaning: what the tree's names and folders keep to."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "streams", "agents", "deploy", "dashboards")
MANY_ALIKE = {"streams/rules", "deploy/cli"}
"""Folders of many small modules of one kind: a rule, a command."""
MOST_MODULES = 20
LONGEST_FIRST_LINE = 99
NO_NOUNS = {"said", "told", "each", "made", "kept", "asked", "shown"}
"""What a variable holds must be named: ``alert``, ``rows``, ``output``."""
MODULES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def test_a_class_name_names_one_class() -> None:
    """Across the product, those that begin with an underscore aside, which are a module's own."""
    places: dict[str, list[str]] = defaultdict(list)
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert {name: where for name, where in sorted(places.items()) if len(where) > 1} == {}


def test_no_folder_has_more_modules_than_one_can_take_in() -> None:
    """But for those of many modules of one kind."""
    counts: dict[str, int] = defaultdict(int)
    for file in MODULES:
        if file.name != "__init__.py":
            counts[file.parent.relative_to(ROOT).as_posix()] += 1
    too_many = {folder: count for folder, count in counts.items() if count > MOST_MODULES and folder not in MANY_ALIKE}
    assert too_many == {}


def test_every_folder_says_what_it_is_for() -> None:
    """In the docstring of its package, which a reader opens first."""
    silent = [
        file.relative_to(ROOT).as_posix()
        for file in MODULES
        if file.name == "__init__.py" and not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_what_a_docstring_says_first_fits_on_one_line() -> None:
    """Under 100 characters, so that it is read at a glance; what else one must know follows it."""
    long = [
        f"{file.relative_to(ROOT)}:{node.body[0].lineno}"
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if len((ast.get_docstring(node) or "").partition("\n")[0]) > LONGEST_FIRST_LINE
    ]
    assert long == []


def test_variables_and_functions_are_named_for_what_they_hold_or_do() -> None:
    """By a noun or a verb, not by a participle that leaves out of what."""
    places = []
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                    named = name
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    named = name
                case _:
                    continue
            if named.strip("_").lower() in NO_NOUNS:
                places.append(f"{file.relative_to(ROOT)}:{node.lineno} {named}")
    assert places == []


def test_the_readme_names_every_room() -> None:
    """Each folder of a package, and each room of the board, by a link in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {
        file.parent.relative_to(ROOT).as_posix()
        for package in (*PACKAGES[1:], "dashboards/board")
        for file in (ROOT / package).glob("*/__init__.py")
    }
    assert [room for room in sorted(rooms - {"dashboards/board"}) if f"({room}/)" not in readme] == []


def test_what_the_glossary_names_is_there() -> None:
    """Every file and folder that it sends a reader to."""
    glossary = (ROOT / "streams" / "GLOSSARY.md").read_text(encoding="utf-8")
    places = re.findall(r"`([a-z_]+(?:/[a-z_]+)+(?:\.py|/))`", glossary)
    assert len(places) > 20
    assert [place for place in places if not (ROOT / place).exists()] == []
