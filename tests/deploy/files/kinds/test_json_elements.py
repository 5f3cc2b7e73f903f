"""A JSON list is divided into its elements as a JSON reader would, in blocks of any length."""

from __future__ import annotations

import contextlib
import io
import json
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.kinds import json_elements
from deploy.files.kinds.json_elements import JsonElements, MalformedListError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(['"', "\\", "[{", "}],:", '\\"']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.lists(st.sampled_from(["data", "items", "é"]), max_size=3)


@given(st.lists(VALUES, max_size=5), KEYS, VALUES, st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_the_elements_are_those_of_a_whole_reader(
    values: list[object], path: list[str], other: object, block: int, indent: int | None, ascii_only: bool
) -> None:
    """Under keys too, beside others."""
    whole: object = values
    for key in reversed(path):
        whole = {"before": other, key: whole, "after": other}
    text = json.dumps(whole, indent=indent, ensure_ascii=False).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_elements, "_BLOCK_BYTES", block)
        elements = list(JsonElements(io.BytesIO(text), tuple(path)))
    assert [json.loads(element) for element in elements] == values


@given(st.binary(max_size=30), st.sampled_from([(), ("a",), ("a", "b")]))
def test_any_bytes_are_elements_or_no_list(content: bytes, path: tuple[str, ...]) -> None:
    """No other exception comes."""
    for text in (content, b'{"a": [' + content, b"[" + content):
        with contextlib.suppress(MalformedListError):
            list(JsonElements(io.BytesIO(text), path))


def test_an_element_that_never_ends_is_refused() -> None:
    """However long it is, no more than a row may be is read of it."""
    read = 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal read
            read += size
            return b'["' if read == size else b"x" * size

    with pytest.raises(MalformedListError, match="longer than"):
        list(JsonElements(cast("BinaryIO", Endless()), ()))
    assert read < 2 * LARGEST_ROW


@pytest.mark.parametrize(
    ("text", "path", "sentence"),
    [
        (b"{}", (), "an object and no list: the mapping's rows says where"),
        (b'{"a": 1}', ("a",), "no list where the mapping's rows, a, should lead to a list"),
        (b'{"a": {"b": 1}}', ("a",), "an object where the mapping's rows, a, should"),
        (b'{"a": [1]}', ("a", "b"), "a list where the mapping's rows, a.b, should"),
        (b"[1]", ("a",), "a list where the mapping's rows, a, should"),
        (b'{"b": [1], "c": {"a": [2]}}', ("a",), "no list where"),
        (b'{"a": [1]', ("a",), "it ends in the middle"),
    ],
)
def test_a_path_that_leads_to_no_list_is_named(text: bytes, path: tuple[str, ...], sentence: str) -> None:
    """With what is there."""
    with pytest.raises(MalformedListError, match=sentence):
        list(JsonElements(io.BytesIO(text), path))
