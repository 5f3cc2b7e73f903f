"""The Java files of the embedded broker.

They are fetched once and kept outside the tree, and must have the pinned hashes.

A list of pins is a file in the format of ``sha256sum``, each path in the layout of a Maven repository; so
``sha256sum -c`` run inside :func:`cache_folder` checks the same thing as this module.  Every file is hashed whenever
the broker starts (43 MB, a tenth of a second): one that was damaged since is fetched again, and one that arrives
other than pinned is refused.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from deploy.local.kafka.errors import KafkaUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jgo.maven import Artifact, MavenContext

ATTEMPTS = 3
REQUEST_TIMEOUT_S = 30
INCOMING = "incoming-"
"""How the names of folders of unfinished downloads begin: while we hold the lock, any such folder is left over."""


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """One file of a Maven repository and the only content it may have."""

    path: PurePosixPath
    sha256: str

    def artefact(self, repository: MavenContext) -> Artifact:
        """Return the file as Maven names it (``group/artifact/version/artifact-version[-classifier].ext``)."""
        *group, name, version, file_name = self.path.parts
        classifier, _, packaging = file_name.removeprefix(f"{name}-{version}").partition(".")
        component = repository.project(".".join(group), name).at_version(version)
        return component.artifact(classifier.removeprefix("-"), packaging)


def read_pins(pins_file: Path) -> tuple[PinnedFile, ...]:
    """Read a list of pins; lines that are empty or begin with # say nothing."""
    lines = (line.split() for line in pins_file.read_text(encoding="utf-8").splitlines())
    return tuple(PinnedFile(PurePosixPath(words[1]), words[0]) for words in lines if words and words[0] != "#")


def cache_folder() -> Path:
    """Return the folder for downloads: CDI_CACHE, or else ``cdi`` in the user's cache folder."""
    if folder := os.environ.get("CDI_CACHE"):
        return Path(folder).expanduser().absolute() / "artefacts"
    user_cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(user_cache).expanduser().absolute() / "cdi" / "artefacts"


def sha256_of(path: Path) -> str:
    """Hash a file's content."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def provide(
    pins: Sequence[PinnedFile],
    cache: Path | None = None,
    repositories: Mapping[str, str] | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Return the local paths of all pinned files, in their order; fetch what is missing or damaged.

    ``repositories`` (name to address) replaces the user's jgo settings and jgo's defaults.  A download that was
    interrupted leaves nothing that could be taken for a file: files are renamed into place once their hash is right.
    Raises KafkaUnavailableError when the cache cannot be written, a download fails or content is not as pinned.
    """
    folder = cache or cache_folder()
    paths = [folder / pin.path for pin in pins]
    try:
        if not _missing(pins, folder):
            return paths
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            _fetch_all(_missing(pins, folder), folder, repositories, on_progress)
    except OSError as failure:
        raise KafkaUnavailableError(
            f"The cache folder {folder} cannot be used ({failure.strerror}): mend it, or name another with CDI_CACHE."
        ) from failure
    return paths


def _missing(pins: Sequence[PinnedFile], folder: Path) -> list[PinnedFile]:
    return [pin for pin in pins if not _is_as_pinned(folder / pin.path, pin)]


def _is_as_pinned(path: Path, pin: PinnedFile) -> bool:
    return path.is_file() and sha256_of(path) == pin.sha256


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the cache against other processes, and remove what a killed one left.

    The lock ends with its process.
    """
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left_over in folder.glob(f"{INCOMING}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        yield


def _fetch_all(
    pins: Sequence[PinnedFile],
    folder: Path,
    repositories: Mapping[str, str] | None,
    on_progress: Callable[[str], None] | None,
) -> None:
    for number, pin in enumerate(pins, start=1):
        if on_progress:
            on_progress(f"Fetching Kafka, once: file {number} of {len(pins)}, {pin.path.name}")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _fetch(pin, folder, repositories)
                break
            except KafkaUnavailableError:
                if attempt == ATTEMPTS:
                    raise


def _fetch(pin: PinnedFile, folder: Path, repositories: Mapping[str, str] | None) -> None:
    """Download one file into a folder beside its place, check it, and move it there."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - loaded only where something is missing
    from jgo.maven import MavenContext  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix=INCOMING, dir=folder) as incoming:
        repository = MavenContext(repo_cache=Path(incoming), timeout=REQUEST_TIMEOUT_S)
        repository.remote_repos = (
            dict(repositories) if repositories else {**GlobalSettings.load().repositories, **repository.remote_repos}
        )
        try:
            download = pin.artefact(repository).resolve()
        except (OSError, RuntimeError) as failure:
            if isinstance(failure, OSError) and failure.errno in _OF_THE_DISK:
                raise
            reason = str(failure).partition("\n")[0]
            raise KafkaUnavailableError(f"{pin.path.name} could not be downloaded: {reason}") from failure
        digest = sha256_of(download)
        if digest != pin.sha256:
            raise KafkaUnavailableError(
                f"{pin.path.name} is not what was pinned: its SHA-256 is {digest}, not {pin.sha256}; it was not kept."
            )
        place = folder / pin.path
        place.parent.mkdir(parents=True, exist_ok=True)
        download.replace(place)


_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
"""Errors of the cache's disk, which another download would not cure."""
