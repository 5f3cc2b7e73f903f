"""A release after this one: the same program with a field more, new schema ids and a further format of state.

It is this tree, copied, with a few lines changed in the copy; so it is the real program that is tested, whatever the
clone at hand knows of history.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.settings.settings import Settings
from schemas.avro import ID_BY_SUBJECT, NEWEST_ID
from schemas.products import Alert
from schemas.records import Incident
from streams.engine.state_format import FORMAT
from tests.agents.processes import ROOT, RUN

VERSION: Final = "9.9.9"
FIELD: Final = "heard_by"
"""The field that incidents and alerts have more."""
NEW_IDS: Final = {Incident.TOPIC: NEWEST_ID + 1, Alert.TOPIC: NEWEST_ID + 2}
_PACKAGES = ("schemas", "streams", "agents", "deploy", "dashboards")
_FORMAT = f"""

def _with_a_tail(_key: bytes, body: bytes) -> bytes:
    return body + b"~"


MIGRATIONS = {{**MIGRATIONS, {FORMAT}: _with_a_tail}}
_stamped, _migrated = stamped, migrated


def stamped(body: bytes) -> bytes:
    return _stamped(body + b"~")


def migrated(key: bytes, value: bytes) -> bytes:
    return _migrated(key, value, MIGRATIONS).removesuffix(b"~")
"""


@dataclass(frozen=True)
class Release:
    """A copy of the program to run instead of this one."""

    folder: Path

    @property
    def worker(self) -> str:
        """The script of a worker of it."""
        return f"import sys\nsys.path.insert(0, {str(self.folder)!r})\n{RUN}"

    def cdi(self, settings: Settings, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run one of its commands."""
        env = {
            "CDI_KAFKA": settings.kafka,
            "CDI_PREFIX": settings.prefix,
            "CDI_PARTITIONS": str(settings.partitions),
            "CDI_CLOCK": settings.clock,
            "CDI_DATA": str(settings.data),
            "PYTHONPATH": str(self.folder),
        }
        return subprocess.run(
            [sys.executable, "-m", "deploy", *map(str, arguments)],
            cwd=self.folder,
            env=os.environ | env,
            capture_output=True,
            text=True,
            check=False,
        )


def newer_release(folder: Path) -> Release:
    """Make the release after this one in a folder."""
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    about = folder / f"cdi-{VERSION}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cdi\nVersion: {VERSION}\n")
    for topic, number in NEW_IDS.items():
        _add_field_to_schema(folder / "schemas", topic, number)
    more = f"    {FIELD}: str | None = None\n"
    last = "    suspect_token: str | None = None\n"
    reports = folder / "schemas" / "records" / "reports.py"
    _change(reports, f"{last}\n\nclass Referral", f"{last}{more}\n\nclass Referral")
    last = "    facts: tuple[Fact, ...] = ()\n"
    _change(folder / "schemas" / "products.py", last, f"{last}{more}")
    file = folder / "streams" / "engine" / "state_format.py"
    _change(file, f"FORMAT: Final = {FORMAT}\n", f"FORMAT: Final = {FORMAT + 1}\n")
    file.write_text(file.read_text() + _FORMAT)
    return Release(folder)


def _add_field_to_schema(schemas: Path, topic: str, number: int) -> None:
    """Move a schema to history under its id, and put one with another field in its place."""
    name = f"{topic}.avsc"
    former = schemas / "history" / f"{ID_BY_SUBJECT[topic]:x}.avsc"
    former.parent.mkdir(exist_ok=True)
    shutil.copy(schemas / name, former)
    field = f'{{"name": "{FIELD}", "type": ["null", "string"], "default": null, "doc": "New."}}'
    text = (schemas / name).read_text(encoding="utf-8").removesuffix("\n ]}\n")
    (schemas / name).write_text(f"{text},\n  {field}\n ]}}\n", encoding="utf-8")
    _change(schemas / "ids.toml", f'file = "{name}"', f'file = "history/{former.name}"')
    ids = schemas / "ids.toml"
    ids.write_text(f'{ids.read_text()}\n[[schema]]\nid = {number:#x}\nfile = "{name}"\n')


def _change(file: Path, before: str, after: str) -> None:
    """Change the one place where a file says so."""
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{file.name}: {before!r}"
    file.write_text(text.replace(before, after), encoding="utf-8")
