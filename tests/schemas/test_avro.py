from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from schemas.avro import FILE_BY_ID, ID_BY_SUBJECT, OURS, SCHEMA_TEXT_BY_SUBJECT, canonical, physical, subject_of
from schemas.products import PRODUCT_BY_TOPIC
from schemas.records import RECORD_BY_TOPIC, Incident
from schemas.shapes import RECORDS, Record
from schemas.vocabularies import (
    OFFENCE_CLASSES,
    Count32,
    Count64,
    Int32,
    Int64,
    LogRatio,
    Millis,
    OffenceClass,
    Probability,
    Word,
)

CONTRACT_TOPICS = {
    "storm.incidents.v1",
    "cis.crimes.v1",
    "cis.no-crimes.v1",
    "cis.disposals.v1",
    "pnc.offender-histories.v1",
    "cats.referrals.v1",
    "sentinel.asb-reports.v1",
    "training.records.v1",
    "cmc.calls.v1",
    "ppn.reports.v1",
    "compliance.links.v1",
    "compliance.assessments.v1",
    "compliance.scores.v1",
    "compliance.audits.v1",
    "compliance.reviews.v1",
    "compliance.alerts.v1",
    "compliance.cases.v1",
    "compliance.clocks.v1",
    "compliance.candidates.v1",
    "compliance.alert-actions.v1",
    "compliance.ticks.v1",
    "compliance.audit-log.v1",
    "compliance.dead-letters.v1",
    "compliance.erasures.v1",
}

TIME = {"type": "long", "logicalType": "timestamp-millis"}
SCALARS = {
    Millis: TIME,
    Int32: "int",
    Int64: "long",
    Count32: "int",
    Count64: "long",
    OffenceClass: "string",
    Probability: "double",
    LogRatio: "double",
    str: "string",
    Word: "string",
    bool: "boolean",
    bytes: "bytes",
}

# The first 16 hexadecimal digits of the SHA-256 of each id's canonical form.  A line here never changes: a changed
# schema takes a new id and a new line, and the old file moves to history/.
PINNED = {
    0x43444901: "453c7a5fd1aa124b",  # history/storm.incidents.v1.43444901.avsc
    0x43444902: "41527ee845da7c25",  # history/cis.crimes.v1.43444902.avsc
    0x43444903: "8cdb59f4936dd2c0",  # history/cis.no-crimes.v1.43444903.avsc
    0x43444904: "450a4f8ca22aa57a",  # history/cis.disposals.v1.43444904.avsc
    0x43444905: "685e4e548775f258",  # pnc.offender-histories.v1.avsc
    0x43444906: "6bc43d883b6f4ba3",  # history/cats.referrals.v1.43444906.avsc
    0x43444907: "f3c43e159e0e411e",  # history/sentinel.asb-reports.v1.43444907.avsc
    0x43444908: "abcab75ddfc55499",  # training.records.v1.avsc
    0x43444909: "c43b5e55b33cba8c",  # cmc.calls.v1.avsc
    0x4344490A: "e579941e30c3b25e",  # compliance.links.v1.avsc
    0x4344490B: "a1d32b09e791afa5",  # heartbeat.v1.avsc
    0x4344490C: "89d490fb306f0cd1",  # compliance.alerts.v1.avsc
    0x4344490D: "37232d81aa6fe7e8",  # compliance.cases.v1.avsc
    0x4344490E: "c5eda4c3a9db073f",  # history/compliance.clocks.v1.4344490e.avsc
    0x4344490F: "032799220f519558",  # history/compliance.candidates.v1.4344490f.avsc
    0x43444910: "25f453dfc165441f",  # compliance.alert-actions.v1.avsc
    0x43444911: "88308aa8e2fb9895",  # compliance.ticks.v1.avsc
    0x43444912: "7051306c9da81b93",  # compliance.audit-log.v1.avsc
    0x43444913: "9850fe71799aa2c1",  # history/compliance.dead-letters.v1.43444913.avsc
    0x43444914: "4e27cd1ca2631745",  # compliance.erasures.v1.avsc
    0x43444915: "ba64bfbb7bb09cc3",  # compliance.dead-letters.v1.avsc
    0x43444916: "5b0257af15218b6c",  # storm.incidents.v1.avsc
    0x43444917: "dea880d60e3aed41",  # history/cis.crimes.v1.43444917.avsc
    0x43444918: "cb8c2a4873194750",  # cis.no-crimes.v1.avsc
    0x43444919: "b39a5e917e53525f",  # cis.disposals.v1.avsc
    0x4344491A: "410de0c8ad9e552b",  # cats.referrals.v1.avsc
    0x4344491B: "9667b1378025fe9d",  # sentinel.asb-reports.v1.avsc
    0x4344491C: "04b517105b6db067",  # ppn.reports.v1.avsc
    0x4344491D: "cc0e8e916605fd21",  # compliance.assessments.v1.avsc
    0x4344491E: "ac1f8fe85411f8c2",  # compliance.scores.v1.avsc
    0x4344491F: "c47fcdbf62efc954",  # compliance.audits.v1.avsc
    0x43444920: "51d06c4455f0c036",  # compliance.reviews.v1.avsc
    0x43444921: "583771c9507bb406",  # history/compliance.clocks.v1.43444921.avsc
    0x43444922: "d256570733e52387",  # cis.crimes.v1.avsc
    0x43444923: "827631bbe177c985",  # compliance.clocks.v1.avsc
    0x43444924: "0fb9ad2f9e93c98c",  # compliance.candidates.v1.avsc
}


def avro_type(hint: Any) -> Any:
    """Say which Avro type an annotation is to have, with a smaller record as its fields' names and types."""
    if hint in SCALARS:
        return SCALARS[hint]
    if get_origin(hint) is Literal:
        return "string"
    if get_origin(hint) is tuple:
        return {"type": "array", "items": avro_type(get_args(hint)[0])}
    if get_origin(hint) in {Union, UnionType}:
        (stated,) = (part for part in get_args(hint) if part is not NoneType)
        return ["null", avro_type(stated)]
    return {"type": "record", "name": hint.__name__, "fields": struct_fields(hint)}


def struct_fields(struct: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Say which Avro fields a record type is to have."""
    hints = get_type_hints(struct, include_extras=True)
    fields: list[dict[str, Any]] = []
    for field in msgspec.structs.fields(struct):
        stated = {"name": field.name, "type": avro_type(hints[field.name])}
        if not field.required:
            stated["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
        fields.append(stated)
    return fields


def without_prose(schema: Any) -> Any:
    """Leave out what only people read."""
    if isinstance(schema, list):
        return [without_prose(part) for part in schema]
    if isinstance(schema, dict):
        return {name: without_prose(part) for name, part in schema.items() if name not in {"doc", "namespace"}}
    return schema


def vocabularies(struct: type[msgspec.Struct]) -> dict[str, tuple[str, ...]]:
    """Name each field of closed vocabulary, with its words."""
    by_name: dict[str, tuple[str, ...]] = {}
    for name, hint in get_type_hints(struct, include_extras=True).items():
        parts = [hint, *get_args(hint)]
        words = next((get_args(part) for part in parts if get_origin(part) is Literal), ())
        if OffenceClass in parts:
            words = tuple(sorted(OFFENCE_CLASSES))
        if words:
            by_name[name] = words
    return by_name


@pytest.mark.parametrize("record_type", RECORDS)
def test_schema_says_what_the_record_type_says(record_type: type[Record]) -> None:
    """Names, order, types, nullability and defaults are the same in both."""
    schema = json.loads(SCHEMA_TEXT_BY_SUBJECT[subject_of(record_type)])
    assert schema["name"] == record_type.__name__
    assert schema["namespace"] == "cdi"
    assert without_prose(schema["fields"]) == struct_fields(record_type)


@pytest.mark.parametrize("record_type", RECORDS)
def test_every_field_is_explained(record_type: type[Record]) -> None:
    """Each field says what it means, and a vocabulary which words it knows."""
    schema = json.loads(SCHEMA_TEXT_BY_SUBJECT[subject_of(record_type)])
    docs = {field["name"]: field["doc"] for field in schema["fields"]}
    assert schema["doc"].strip()
    assert all(doc.endswith(".") for doc in docs.values())
    for name, words in vocabularies(record_type).items():
        assert [word for word in words if word not in docs[name]] == []


def test_there_is_a_schema_for_every_topic_of_the_contract() -> None:
    """One for each topic, and one for the heartbeat that travels on every feed."""
    assert set(SCHEMA_TEXT_BY_SUBJECT) == {*CONTRACT_TOPICS, "heartbeat.v1"}
    assert {*RECORD_BY_TOPIC, *PRODUCT_BY_TOPIC} == CONTRACT_TOPICS


def test_every_schema_file_has_an_id() -> None:
    """No file lies about that the wire does not know, former versions included."""
    folder = files("schemas")
    names = {entry.name for entry in folder.iterdir() if entry.name.endswith(".avsc")}
    history = folder.joinpath("history")
    if history.is_dir():
        names |= {f"history/{entry.name}" for entry in history.iterdir() if entry.name.endswith(".avsc")}
    assert set(FILE_BY_ID.values()) == names
    assert len(FILE_BY_ID) == len(names)


def test_ids_stand_for_the_same_bytes_for_ever() -> None:
    """Whoever changes a schema gives it a new id."""
    prints = {}
    for number, file in FILE_BY_ID.items():
        form = canonical(physical(files("schemas").joinpath(file).read_text(encoding="utf-8")))
        prints[number] = hashlib.sha256(form.encode()).hexdigest()[:16]
    assert prints == PINNED


def test_ids_keep_clear_of_a_registrys() -> None:
    """They fit the four bytes as a positive number, and begin with the letters CDI."""
    assert all(number.to_bytes(4, "big", signed=True)[:3] == b"CDI" for number in ID_BY_SUBJECT.values())


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "[",
        "{}",
        '"string"',
        "[]",
        "null",
        "7",
        '{"type": "enum", "name": "E", "symbols": ["A"]}',
        '{"type": "record", "name": "A", "fields": [{"name": "a"}]}',
        '{"type": "record", "name": "A", "fields": [{"name": "a", "type": "B"}]}',
    ],
)
def test_refuses_what_is_no_schema_of_a_record(schema: str) -> None:
    """Whatever a registry gives out, the refusal is a ValueError."""
    with pytest.raises(ValueError, match=r"not an Avro schema|not the schema of a record"):
        physical(schema)


def test_a_schema_that_is_not_json_is_said_not_to_be() -> None:
    """And not by the name of a class of Python's."""
    with pytest.raises(ValueError, match=r"^not an Avro schema: not JSON$"):
        physical("")


def test_reads_times_as_plain_numbers() -> None:
    """Logical types are stripped, wherever they stand, and defaults and docs left alone."""
    schema = physical(
        {
            "type": "record",
            "name": "A",
            "doc": "Of logicalType.",
            "fields": [{"name": "at", "type": ["null", TIME], "default": None, "doc": "logicalType"}],
        }
    )
    assert schema["fields"][0]["type"] == ["null", {"type": "long"}]
    assert schema["fields"][0]["default"] is None
    assert "logicalType" not in json.dumps(OURS[Incident]["fields"])
