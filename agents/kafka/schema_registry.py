"""A client of a Confluent schema registry: the ids of our schemas, and the schemas of other ids.

Subjects are named after records (Confluent's RecordNameStrategy: ``cdi.Incident``), because a feed's topic
carries two kinds of record, and a heartbeat is the same on all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeVar

import httpx
import httpx2
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaRegistryError

from agents.settings.schema_registry import RegistryAddress, RegistryError
from schemas.avro import OURS, SCHEMA_TEXT_BY_SUBJECT, canonical, physical, subject_of
from schemas.shapes import RECORDS

T = TypeVar("T")

_TIMEOUT_SECONDS: Final = 5.0
_NOT_FOUND: Final = 404
_ENOUGH: Final = frozenset({"BACKWARD", "BACKWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"})
"""Under these a new schema can read what the one before it wrote."""
_AT_LEAST: Final = "BACKWARD"

OUR_SUBJECTS: Final = {str(OURS[record]["name"]): subject_of(record) for record in RECORDS}
"""In the registry's naming, with ours: ``cdi.Incident`` is ``storm.incidents.v1``."""


class Version(NamedTuple):
    """One schema as the registry has it."""

    number: int
    schema_id: int
    text: str


class Registry:
    """A registry's client; every method blocks for some seconds at most and raises RegistryError."""

    def __init__(self, address: RegistryAddress) -> None:
        self.address = address
        files = {"ssl.ca": address.ca, "ssl.certificate": address.certificate, "ssl.key": address.key}
        options: dict[str, object] = {f"{name}.location": str(file) for name, file in files.items() if file is not None}
        if address.username is not None:
            password = address.password.get_secret_value() if address.password else ""
            options["basic.auth.user.info"] = f"{address.username}:{password}"
        try:
            self._client = SchemaRegistryClient(
                {"url": address.url, "timeout": _TIMEOUT_SECONDS, "max.retries": 1, "retries.wait.ms": 200, **options}
            )
        except (OSError, ValueError) as refusal:
            reason = getattr(refusal, "strerror", None) or type(refusal).__name__
            raise RegistryError(f"the schema registry at {address.url} cannot be asked: {reason}") from None

    def schema(self, schema_id: int) -> str | None:
        """Return the schema of an id; None where the registry has none."""
        schema = self._unless_absent(lambda: self._client.get_schema(schema_id))
        return None if schema is None or schema.schema_str is None else str(schema.schema_str)

    def versions(self, subject: str) -> list[Version]:
        """Return every version of a subject, oldest first; none where the registry does not know it."""
        numbers = self._unless_absent(lambda: self._client.get_versions(subject)) or []
        return [self._version(subject, number) for number in sorted(numbers)]

    def compatibility(self, subject: str) -> str:
        """Return the compatibility level required of a subject's next version."""
        own = self._unless_absent(lambda: self._client.get_compatibility(subject))
        return str(own or self._ask(self._client.get_compatibility))

    def require_backward(self, subject: str) -> None:
        """Have the registry refuse a version that cannot read the one before it."""
        if self.compatibility(subject) not in _ENOUGH:
            self._ask(lambda: self._client.set_compatibility(subject, _AT_LEAST))

    def accepts(self, subject: str, text: str) -> bool:
        """Return whether the registry would accept a schema as the next version of a subject."""
        compatible = self._unless_absent(lambda: self._client.test_compatibility(subject, Schema(text, "AVRO")))
        return compatible is None or bool(compatible)

    def register(self, subject: str, text: str) -> int:
        """Register a schema under a subject, if it is not there yet, and return its id."""
        schema_id: int = self._ask(lambda: self._client.register_schema(subject, Schema(text, "AVRO")))
        return schema_id

    def _version(self, subject: str, number: int) -> Version:
        answer = self._ask(lambda: self._client.get_version(subject, number))
        return Version(number, int(answer.schema_id or 0), str(answer.schema.schema_str))

    def _unless_absent(self, question: Callable[[], T]) -> T | None:
        try:
            return self._ask(question)
        except _AbsentError:
            return None

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except SchemaRegistryError as refusal:
            status = refusal.http_status_code
            kind = _AbsentError if status == _NOT_FOUND else RegistryError
            reason = " ".join(str(refusal.error_message).split())[:200]
            raise kind(f"the schema registry at {self.address.url} refuses ({status}): {reason}") from None
        except (httpx.HTTPError, httpx2.HTTPError, OSError):  # the client uses whichever it finds
            raise RegistryError(f"the schema registry at {self.address.url} does not answer") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RegistryError(f"what answers at {self.address.url} is no schema registry") from None


class _AbsentError(RegistryError):
    """The registry does not have the subject, version or id."""


def is_ours(subject: str, text: str) -> bool:
    """Return whether a schema in the registry is the one this release writes a subject with."""
    ours = SCHEMA_TEXT_BY_SUBJECT[OUR_SUBJECTS[subject]]
    try:
        return bool(json.loads(text) == json.loads(ours)) or canonical(physical(text)) == canonical(physical(ours))
    except ValueError:
        return False


def register_ours(registry: Registry) -> Iterator[tuple[str, int]]:
    """Register this release's schemas, all or (where one is refused) none; return subjects and ids.

    Each subject gets a compatibility level of BACKWARD at least.  Raises RegistryError.
    """
    texts = {subject: SCHEMA_TEXT_BY_SUBJECT[ours] for subject, ours in OUR_SUBJECTS.items()}
    for subject, text in texts.items():
        if (versions := registry.versions(subject)) and not is_ours(subject, versions[-1].text):
            registry.require_backward(subject)
            if not registry.accepts(subject, text):
                raise RegistryError(
                    f"{subject}: this release's schema cannot read what version {versions[-1].number} in the registry "
                    f"wrote; nothing was registered"
                )
    for subject, text in texts.items():
        yield subject, registry.register(subject, text)
        registry.require_backward(subject)


def schema_differences(registry: Registry) -> Iterator[str]:
    """Return how the registry differs from what this release needs, a line each.  Raises RegistryError."""
    for subject in OUR_SUBJECTS:
        versions = registry.versions(subject)
        if not any(is_ours(subject, version.text) for version in versions):
            ours = SCHEMA_TEXT_BY_SUBJECT[OUR_SUBJECTS[subject]]
            if versions and not registry.accepts(subject, ours):
                yield (
                    f"{subject}: this release's schema cannot read what version {versions[-1].number} there wrote: run "
                    "the release that registered it"
                )
            else:
                yield f"{subject}: this release's schema is not registered: see 'cdi schemas register'"
            continue
        if (level := registry.compatibility(subject)) not in _ENOUGH:
            yield f"{subject}: compatibility is {level}, should be BACKWARD: see 'cdi schemas register'"
