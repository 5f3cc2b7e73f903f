"""How disclosures are looked for: the search finds what leaks, however it is written, and leaves no field out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
import structlog

from agents.observability.logs import configure_logging
from deploy.scenario import events
from schemas.records import SOURCE_RECORDS
from tests.agents.observability.logging_put_back import logging_put_back
from tests.deploy.whole.disclosure import EXEMPT, disclosed, looked_for, text_fields

CANARY = '12 Tanner’s Yard, "Café" <B&B>'
VALUES = {CANARY.casefold(): "location", "pc1207": "staff_id", "dc0846": "verified_by"}


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    with logging_put_back():
        yield


def logged(value: object) -> str:
    """Return what our own logs make of it in production's style, said by us and by a library."""
    out = io.StringIO()
    configure_logging("debug", "json", out=out)
    structlog.get_logger("cdi.canary").debug("leak", said=value)
    logging.getLogger("library").warning("leak %s", value)
    return out.getvalue()


WAYS: dict[str, Callable[[], str]] = {
    "a logger's line": lambda: logged(CANARY),
    "upper case": lambda: logged(CANARY.upper()),
    "a record in a line": lambda: logged({"location": CANARY}),
    "JSON in a line": lambda: logged(json.dumps({"location": CANARY})),
    "an exception in a line": lambda: logged(ValueError(CANARY)),
    "a message's bytes in a line": lambda: logged(CANARY.encode()),
    "a figure's label": lambda: f"cdi_events_total{{place={json.dumps(CANARY)}}} 1.0",
    "a path": lambda: f"GET /trace?ref={quote(CANARY)}",
    "a form": lambda: f"q={quote_plus(CANARY)}",
    "a page": lambda: "<td>12 Tanner’s Yard, &quot;Café&quot; &lt;B&amp;B&gt;</td>",
    "a mail": lambda: "The place is=\n 12 Tanner=E2=80=99s Yard,=\n =22Caf=C3=A9=22 <B&B>\n",
    "several lines": lambda: f"at\n{CANARY.replace(' ', chr(10))}\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_planted_canary_is_found(way: str) -> None:
    """Wherever it leaks to and however that writes it."""
    assert disclosed({"here": WAYS[way]()}, VALUES) == [("here", "location", CANARY.casefold())]


def test_a_short_value_is_found_as_a_word_and_not_inside_of_one() -> None:
    """DC0846 is an officer; the same signs in the middle of a random id are not."""
    assert disclosed({"here": logged("by DC0846, at 9")}, VALUES) == [("here", "verified_by", "dc0846")]
    assert disclosed({"here": "TRAINING PC1207 NCRS.0"}, VALUES) == [("here", "staff_id", "pc1207")]
    assert disclosed({"here": '"id": "4bf92f35-77b3-4da6-a3ce-9dc08463b473"'}, VALUES) == []


def test_nothing_is_found_where_nothing_is() -> None:
    """What a process says in earnest."""
    assert disclosed({"here": logged({"alert_id": "a", "offset": 12})}, VALUES) == []


def test_every_text_field_is_looked_for_or_exempt_by_name() -> None:
    """And no exemption is of a field that there is not."""
    fields = {field.rpartition(".")[2] for record in SOURCE_RECORDS for field in text_fields(record)}
    assert EXEMPT.keys() <= fields
    assert fields - EXEMPT.keys() == {
        "agency",
        "asb_ref",
        "asb_refs",
        "assessed_by",
        "attending_officer",
        "beat",
        "call_handler",
        "call_ref",
        "closure_reviewed_by",
        "confirmed_by",
        "crime_ref",
        "crime_refs",
        "decided_by",
        "decision_rationale",
        "detail",
        "disposal_ref",
        "disposition_rationale",
        "duplicate_of",
        "fcr_audit_outcome",
        "flags",
        "incident_ref",
        "incident_refs",
        "issued_by",
        "kind",
        "left_ref",
        "location",
        "n100_code",
        "note",
        "offence_code",
        "offender_id",
        "officer_in_case",
        "other_force_crime_ref",
        "outcome_rationale",
        "overseen_by",
        "oversight_di",
        "qualifiers",
        "rationale",
        "read_by",
        "reason",
        "reasons",
        "receiving_ref",
        "reclassification_rationale",
        "recorded_by",
        "ref",
        "referral_ref",
        "referral_refs",
        "report_ref",
        "reporter",
        "reviewed_by",
        "staff_id",
        "suspect_token",
        "team",
        "themes",
        "verified_by",
        "victim_token",
    }


def test_the_scenarios_values_are_collected_from_its_records() -> None:
    """Addresses, people, tokens, references and free text, each once."""
    values = looked_for(events())
    assert len(values) > 1500
    for known in ("138 wharf parade", "pc1207", "fcr001", "dc0846", "pnc-13-5ba84738", "cats-13-00413", "e03"):
        assert known in values
    assert values["loud music on two evenings; the council's noise team has it."].endswith("decision_rationale")
