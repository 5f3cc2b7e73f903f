"""The comparison of our Avro encoding with fastavro's is of the same work."""

from __future__ import annotations

from io import BytesIO

import fastavro

from schemas.binary import read
from tests.bench.avro import avro, sample


def test_both_decode_and_encode_the_same() -> None:
    """On every type of record; a field that is null is left out of what we decode."""
    samples = sample(3000)
    assert len({str(schema["name"]) for schema, *_ in samples}) >= 8
    for schema, layout, fields, body in samples:
        written = BytesIO()
        fastavro.schemaless_writer(written, schema, fields)
        assert written.getvalue() == body
        decoded = fastavro.schemaless_reader(BytesIO(body), schema, None)
        assert isinstance(decoded, dict)
        own = read(layout, body, 0)[0]
        assert {name: value for name, value in decoded.items() if value is not None} == own


def test_the_figures_are_of_all_messages() -> None:
    """How long each takes, and how many times as long fastavro does."""
    figures = avro(100)
    assert figures["messages"] == 100
    assert all(float(value) > 0 for value in figures.values())
