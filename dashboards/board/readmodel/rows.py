"""Turn records into rows of the read model."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from schemas.identifiers import normalise
from schemas.products import NOT_JUDGED, NOT_KNOWN, SEVERITIES, UNDISCLOSED, Alert, Candidate, Case, ForceClock, Review
from schemas.times import from_rfc3339
from streams.reports.case_index import case_kind
from streams.reports.loose_references import loose

_LONGEST_KEY: Final = 400
_KEY_PREFIX: Final = 200
_LARGEST_NUMBER: Final = 2**31 - 1
_STATE_NAMES: Final = ("status", "decision", "kind")
_BEGINNINGS: Final = ("reported_at", "received_at", "recorded_at", "issued_at", "handled_at")
_CASE_FIELDS: Final = (
    "force",
    "system",
    "ref",
    "normalised_ref",
    "topic",
    "event_id",
    "event_time",
    "first_event_time",
    "snapshots",
)


def key_text(key: bytes | None) -> str:
    """Return a message's key as text that every database can store and index, the same for the same key."""
    text = (key or b"").decode(errors="replace").replace("\0", "\N{SYMBOL FOR NULL}")
    if len(text) <= _LONGEST_KEY:
        return text
    return f"{text[:_KEY_PREFIX]}…{hashlib.sha256(key or b'').hexdigest()}"


def alert_row(alert: Alert, change: int) -> dict[str, Any]:
    """Return an alert as a row."""
    return msgspec.structs.asdict(alert) | {
        "normalised_ref": normalise(alert.subject_ref),
        "severity_rank": SEVERITIES.index(alert.severity),
        "facts": _json(alert.facts),
        "change": change,
    }


def clock_row(clock: ForceClock, partition: int, change: int) -> dict[str, Any]:
    """Return a force's clock as a row."""
    return {
        "force": clock.force,
        "mode": clock.mode,
        "clock": clock.clock,
        "feeds": _json(clock.feeds),
        "partition": partition,
        "change": change,
    }


def candidate_row(key: str, candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as a row."""
    fields = {name: getattr(candidate, name) for name in ("alert_id", "force", "subject_system", "probability")}
    return {"key": key, **fields, "candidate": _json(candidate)}


def review_row(key: str, review: Review) -> dict[str, Any]:
    """Return an entry of the review queue as a row."""
    return {"key": key} | msgspec.structs.asdict(review) | {"reasons": _json(review.reasons)}


def case_row(key: str, case: Case, change: int) -> dict[str, Any]:
    """Return a case as a row."""
    facts = {fact.name: fact.value for fact in case.summary}
    row: dict[str, Any] = {name: getattr(case, name) for name in _CASE_FIELDS}
    return row | {
        "key": key,
        "kind": case_kind(key, case),
        "loose_ref": loose(case.ref),
        "linked": _json(case.linked),
        "moments": _json(case.moments),
        "summary": _json(case.summary),
        "began_at": _began_at(facts),
        "offence_class": _value(facts, "offence_class"),
        "crimes_expected": _number(facts.get("crimes_expected")),
        "state": next((facts[name] for name in _STATE_NAMES if name in facts), None),
        "undisclosed": int(facts.get(UNDISCLOSED) == NOT_KNOWN),
        "not_judged": f" {facts.get(NOT_JUDGED, '').replace(',', ' ')} ",
        "change": change,
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _value(facts: dict[str, str], name: str) -> str | None:
    value = facts.get(name)
    return None if value == "not stated" else value


def _number(text: str | None) -> int | None:
    """Return a number that its column can hold; None where the text is none."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > len(str(_LARGEST_NUMBER)):
        return None
    return min(int(text), _LARGEST_NUMBER)


def _began_at(facts: dict[str, str]) -> int | None:
    for name in _BEGINNINGS:
        if (text := _value(facts, name)) is not None:
            try:
                return from_rfc3339(text)
            except ValueError:
                return None
    return None
