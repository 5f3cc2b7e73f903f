"""Make the list of pins anew: ``python -m deploy.local.kafka.pin > deploy/local/kafka/jars.sha256``.

Run when the Kafka version below is raised; the difference in the list is what the reviewer reads.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path, PurePosixPath

from jgo.maven import MavenContext

from deploy.local.kafka.artefacts import REQUEST_TIMEOUT_S, PinnedFile, sha256_of

COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.4.0",
    # Kafka logs through slf4j 1.7 and names no backend; this one writes plain lines to standard error.
    "org.slf4j:slf4j-simple:1.7.36",
)


def resolve(coordinates: tuple[str, ...] = COORDINATES) -> list[PinnedFile]:
    """Resolve what the coordinates need to run, download all of it and hash it."""
    with tempfile.TemporaryDirectory() as folder:
        repository = MavenContext(repo_cache=Path(folder), timeout=REQUEST_TIMEOUT_S)
        dependencies = [repository.create_dependency(coordinate) for coordinate in coordinates]
        inputs, transitive = repository.resolver.resolve(dependencies)
        artefacts = [
            dependency.artifact
            for dependency in (*inputs, *transitive)
            if dependency.scope in {None, "compile", "runtime"}
        ]
        paths = sorted({artefact.resolve() for artefact in artefacts})
        return [PinnedFile(PurePosixPath(path.relative_to(folder).as_posix()), sha256_of(path)) for path in paths]


if __name__ == "__main__":
    sys.stdout.write(f"# {' and '.join(COORDINATES)}, with all they need; made by deploy.local.kafka.pin\n")
    sys.stdout.writelines(f"{pin.sha256}  {pin.path}\n" for pin in resolve())
