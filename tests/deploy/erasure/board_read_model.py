"""What a board would show now, in a read model of its own: what an erasure must leave no trace in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agents.kafka.codecs import product_codec
from agents.kafka.reader import messages
from dashboards.board.ingest import apply
from dashboards.board.readmodel import ReadModel
from streams.topology.topics import TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings

AT_ONCE = 1000
"""Messages taken in at a time."""


def read_model_of_now(settings: Settings, folder: Path) -> ReadModel:
    """Read what a board would show now into a read model of its own.

    Raises UnreadableError; BadRecordError where a newer release wrote some of it: a part would pass for the whole.
    """
    model = ReadModel(f"sqlite:///{folder / 'now.sqlite'}")
    codec = product_codec(settings)
    for topic in TOPICS:
        if topic.name not in apply.TOPICS:
            continue
        batch = list(messages(settings, topic))
        for start in range(0, len(batch), AT_ONCE):
            for refused in apply.apply(model, batch[start : start + AT_ONCE], codec):
                if refused.reason == "UNKNOWN_SCHEMA" and refused.message.value is not None:
                    codec.decode(topic.name, refused.message.value)
    return model
