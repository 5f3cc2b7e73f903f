"""The description of a push feed: true of what is read and answered."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
import pytest

from deploy.connect.push.openapi import description
from schemas.records import RECORD_BY_TOPIC, Crime, PartnerReferral
from schemas.rows import write_json
from tests.deploy.connect.fakes import AT, crime

JSON = "application/json"


def schema_of(described: dict[str, Any], media_type: str = JSON) -> dict[str, Any]:
    """Return the schema of a body, with all that it refers to."""
    body = described["paths"]["/records"]["post"]["requestBody"]["content"][media_type]["schema"]
    return {**body, "components": described["components"]}


@pytest.mark.parametrize("topic", RECORD_BY_TOPIC)
def test_every_topic_can_be_described(topic: str) -> None:
    """By a schema that is one."""
    schema = schema_of(description("feed", topic, [JSON], []))
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_record_as_it_is_written_fits_its_description() -> None:
    """With its times as text, those in its lists too; with a time that is a number it does not."""
    record = msgspec.structs.replace(crime(1), partner_referrals=(PartnerReferral(agency="A", referred_at=AT),))
    fields = msgspec.json.decode(write_json(record))
    validator = jsonschema.Draft202012Validator(schema_of(description("feed", Crime.TOPIC, [JSON], [])))
    assert validator.is_valid([fields])
    assert not validator.is_valid([fields | {"event_time": AT}])
    assert not validator.is_valid([{name: value for name, value in fields.items() if name != "crime_ref"}])


def test_a_mapping_is_described_by_its_columns() -> None:
    """Whatever topic they become."""
    schema = schema_of(description("feed", Crime.TOPIC, [JSON], ["Crime No", "When"]))
    assert set(schema["items"]["properties"]) == {"Crime No", "When"}


def test_every_status_that_is_answered_is_described() -> None:
    """For both paths."""
    for path in description("feed", Crime.TOPIC, [JSON], [])["paths"].values():
        assert {"200", "400", "401", "409", "413", "415", "422", "429", "503"} == set(path["post"]["responses"])
