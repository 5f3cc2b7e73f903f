"""The wheel: it holds the product and its data files, and nothing that is for tests only."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "streams", "agents", "deploy", "dashboards")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
"""What an installer does, with the build backend of the lock: no other environment, no network."""
FOR_READERS = ("dashboards/screenshots/", "streams/GLOSSARY.md", "streams/audits/ESTIMATOR.md")
"""What the README shows and links to."""
TEST_LIBRARIES = {"playwright", "pytest", "hypothesis", "tests"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel from a copy of the tree, in which building leaves its traces."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for package in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run([sys.executable, "-c", BUILD, str(out)], cwd=source, check=True, capture_output=True)
    (file,) = out.glob("*.whl")
    return zipfile.ZipFile(file)


def test_it_holds_the_five_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Besides what describes it: no tests."""
    folders = {name.split("/")[0] for name in wheel.namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == set(PACKAGES)


def test_it_holds_every_module_and_data_file(wheel: zipfile.ZipFile) -> None:
    """Schemas, policies, pages, scripts, SQL, compose and Kubernetes files among them."""
    files = {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    missing = files - set(wheel.namelist())
    assert {name for name in missing if not name.startswith(FOR_READERS)} == set()


def test_nothing_in_it_needs_a_library_for_tests(wheel: zipfile.ZipFile) -> None:
    """No module imports what only a developer installs, at its top or inside."""
    for name in wheel.namelist():
        if name.endswith(".py"):
            assert _imports(wheel.read(name)).isdisjoint(TEST_LIBRARIES), name


def _imports(source: bytes) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            modules.add(node.module.partition(".")[0])
    return modules
