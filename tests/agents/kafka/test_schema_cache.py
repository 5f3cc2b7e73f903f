"""What a process learns from its registry, and how seldom it asks; the registry here is made up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agents.kafka.schema_cache import SchemaSource
from agents.kafka.schema_registry import OUR_SUBJECTS, Version
from agents.settings.schema_registry import RegistryAddress, RegistryError
from schemas.avro import SCHEMA_TEXT_BY_SUBJECT
from schemas.codec import Codec

ADDRESS = RegistryAddress("http://127.0.0.1:9")


class MadeUpRegistry:
    """Has our schemas under 1, 2, 3 and so on, one more under 500, and may be out."""

    out: ClassVar[bool]
    requested: ClassVar[list[int]]

    def __init__(self, address: RegistryAddress) -> None:
        self.address = address

    def versions(self, subject: str) -> list[Version]:
        self.answer()
        return [Version(1, list(OUR_SUBJECTS).index(subject) + 1, SCHEMA_TEXT_BY_SUBJECT[OUR_SUBJECTS[subject]])]

    def schema(self, schema_id: int) -> str | None:
        self.requested.append(schema_id)
        self.answer()
        return SCHEMA_TEXT_BY_SUBJECT["heartbeat.v1"] if schema_id == 500 else None

    def answer(self) -> None:
        if self.out:
            raise RegistryError("out")


@pytest.fixture
def registry() -> type[MadeUpRegistry]:
    """Return the made-up registry, which answers and was not asked yet."""
    MadeUpRegistry.out, MadeUpRegistry.requested = False, []
    return MadeUpRegistry


def source_of(file: Path) -> SchemaSource:
    """Return a source that asks the made-up registry."""
    made_up: Any = MadeUpRegistry
    return SchemaSource(ADDRESS, file, connect=made_up)


def under(schema_id: int) -> bytes:
    """Return a message whose header bears an id."""
    return b"\0" + schema_id.to_bytes(4, "big")


def learn(source: SchemaSource, codec: Codec, *schema_ids: int) -> None:
    """Learn ahead of a batch."""
    asyncio.run(source.learn_ahead(codec, [*map(under, schema_ids), None, b"", b"{}"]))


def test_only_what_is_unknown_is_asked_for_and_once(registry: type[MadeUpRegistry], tmp_path: Path) -> None:
    """Ids of ours are known from the start; a later one is learnt; one nobody knows is not asked for again at once."""
    source = source_of(tmp_path / "kept.json")
    codec = source.codec(1000, asks=False)
    learn(source, codec, 1, 500, 501)
    learn(source, codec, 500, 501)
    assert sorted(registry.requested) == [500, 501]
    assert codec.unknown_id(under(500)) is None
    assert codec.unknown_id(under(501)) == 501


def test_a_registry_that_is_out_holds_up_one_question_not_each(registry: type[MadeUpRegistry], tmp_path: Path) -> None:
    """However many unknown ids arrive during an outage, the first failure stands for them all."""
    source = source_of(tmp_path / "kept.json")
    registry.out = True
    learn(source, source.codec(1000, asks=False), *range(600, 700))
    assert len(registry.requested) == 1


def test_what_was_learnt_later_is_kept_too(registry: type[MadeUpRegistry], tmp_path: Path) -> None:
    """A process that starts during an outage reads by what the one before it learnt."""
    first = source_of(tmp_path / "kept.json")
    learn(first, first.codec(1000, asks=False), 500)
    registry.out = True
    second = source_of(tmp_path / "kept.json").codec(1000, asks=False)
    assert second.unknown_id(under(500)) is None


@pytest.mark.parametrize("spoil", ["not json", '{"url": "http://127.0.0.1:8", "ids": {}, "schemas": {}}'])
def test_what_another_registry_said_is_not_believed(registry: type[MadeUpRegistry], tmp_path: Path, spoil: str) -> None:
    """During an outage a damaged file, or another registry's, is no help."""
    file = tmp_path / "kept.json"
    file.write_text(spoil)
    registry.out = True
    with pytest.raises(RegistryError):
        source_of(file)


def test_a_folder_that_cannot_be_written_is_no_obstacle(registry: type[MadeUpRegistry], tmp_path: Path) -> None:
    """What the registry says is used though it cannot be kept."""
    (tmp_path / "file").write_text("in the way of a folder")
    source = source_of(tmp_path / "file" / "kept.json")
    assert source.codec(1000, asks=False).unknown_id(under(1)) is None
