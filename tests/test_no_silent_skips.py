"""In CI everything a test needs is there, so a test that skips itself is a test that does not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPS_A_TEST = 'import pytest\n\ndef test_it():\n    """Skip."""\n    pytest.skip("no browser")\n'
SKIPS_ITSELF = 'import pytest\n\npytest.skip("no browser", allow_module_level=True)\n'
EXPECTS_TO_FAIL = 'import pytest\n\n@pytest.mark.xfail\ndef test_it():\n    """Fail."""\n    raise ValueError\n'


def _run(folder: Path, module: str, ci: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_it.py").write_text(module)
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, f"--rootdir={folder}", str(folder)]
    return subprocess.run(command, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", [SKIPS_A_TEST, SKIPS_ITSELF])
def test_a_skip_fails_in_ci_with_its_reason(tmp_path: Path, module: str) -> None:
    """With CI=1 a test or a module that skips itself fails the run and says why it skipped."""
    run = _run(tmp_path, module, ci="1")
    assert run.returncode != 0
    assert "In CI a skip is a failure" in run.stdout
    assert "no browser" in run.stdout


def test_a_skip_is_a_skip_elsewhere(tmp_path: Path) -> None:
    """On a developer's machine a missing browser is no failure."""
    assert "1 skipped" in _run(tmp_path, SKIPS_A_TEST, ci="").stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """A failure that is expected stays expected in CI."""
    run = _run(tmp_path, EXPECTS_TO_FAIL, ci="1")
    assert run.returncode == 0, run.stdout
