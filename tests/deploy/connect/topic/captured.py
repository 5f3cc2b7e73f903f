"""Messages that Debezium wrote, captured once; the folder ``messages`` has the table that they are about."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from deploy.connect.topic.decoding import AvroDecoder, JsonDecoder, MessageDecoder
from streams.topology.messages import TopicMessage

HERE = Path(__file__).with_name("messages")
TOPIC = "police.control.every_type"


def captured(name: str) -> list[TopicMessage]:
    """Return the messages of a file, in their order."""
    lines = (json.loads(line) for line in (HERE / f"{name}.jsonl").read_text().splitlines())
    return [
        TopicMessage(
            line["topic"],
            line["partition"],
            line["offset"],
            _content(line["key"], name),
            _content(line["value"], name),
            line["timestamp"],
        )
        for line in lines
    ]


def decoder_of(name: str) -> MessageDecoder:
    """Return what decodes the messages of a file."""
    if name != "avro":
        return JsonDecoder()
    schemas = json.loads((HERE / "avro_schemas.json").read_text())
    return AvroDecoder(lambda schema_id: schemas.get(str(schema_id)))


def _content(text: str | None, name: str) -> bytes | None:
    if text is None:
        return None
    return base64.b64decode(text) if name == "avro" else text.encode()
