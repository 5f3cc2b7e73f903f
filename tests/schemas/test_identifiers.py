from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import alert_id, normalise


@pytest.mark.parametrize(
    ("reference", "normalised"),
    [
        ("CR-0123-13", "CR-0123-13"),
        ("cr/0123/13", "CR-0123-13"),
        (" cr // 0123_13. ", "CR-0123-13"),
        ("---", ""),
        ("", ""),
        ("\t\n", ""),
        ("0", "0"),
    ],
)
def test_compares_references_as_the_systems_write_them(reference: str, normalised: str) -> None:
    """Case and punctuation do not tell references apart."""
    assert normalise(reference) == normalised


@pytest.mark.parametrize(
    ("reference", "normalised"),
    [("straße 1", "STRASSE-1"), ("ﬁle 1", "FILE-1"), ("ı1", "I1"), ("café 1", "CAF-1"), ("éa", "A"), ("１２", "")],
)
def test_upper_case_is_unicodes_and_comes_first(reference: str, normalised: str) -> None:
    """What upper case turns into A to Z stays; every other letter or digit beyond ASCII is punctuation."""
    assert normalise(reference) == normalised


@given(st.text())
def test_normalising_follows_its_definition_and_changes_nothing_twice(reference: str) -> None:
    """The result is upper-case runs joined by single dashes, and normal already."""
    normalised = normalise(reference)
    assert re.fullmatch(r"([A-Z0-9]+(-[A-Z0-9]+)*)?", normalised)
    assert [run for run in re.split(r"[^A-Z0-9]", reference.upper()) if run] == [
        run for run in normalised.split("-") if run
    ]
    assert normalise(normalised) == normalised


def test_alert_id_is_what_the_contract_says() -> None:
    """UUIDv5 in the URL namespace of the parts joined by a bar; this very id is in other people's data."""
    name = "cdi|LEICS|crime-not-recorded|STORM|INC-000123-13|"
    assert alert_id("LEICS", "crime-not-recorded", "STORM", "inc/000123/13") == str(
        uuid.uuid5(uuid.NAMESPACE_URL, name)
    )
    assert alert_id("LEICS", "crime-not-recorded", "STORM", "inc/000123/13") == "bf78443a-62f0-567b-ba91-1198bda7b8e2"


def test_alert_id_tells_discriminators_apart() -> None:
    """The discriminator is taken as it stands, after the last bar."""
    name = "cdi|LEICS|no-crime-unauthorised|CIS|CR-1-13|2013-05-01T09:00:00.000Z"
    assert alert_id("LEICS", "no-crime-unauthorised", "CIS", "CR/1/13", "2013-05-01T09:00:00.000Z") == str(
        uuid.uuid5(uuid.NAMESPACE_URL, name)
    )
