"""Whole histories through ``cdi backtest``: every field of every alert, predicted by hand from the contract.

The expectations stand in ``whole_scenarios.toml``, each under the words of the contract it was read from.  Nothing here
asks the product what is right: references are normalised and alert ids computed anew.
"""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.cli import main
from schemas.records import RECORD_BY_TOPIC
from schemas.shapes import SHAPES
from schemas.times import to_rfc3339
from tests.streams.world import ms

TOLD: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("whole_scenarios.toml").read_text())
IDENTITY: Final = {
    "incident": ("storm.incidents.v1", "incident_ref"),
    "crime": ("cis.crimes.v1", "crime_ref"),
    "no_crime": ("cis.no-crimes.v1", "crime_ref"),
    "disposal": ("cis.disposals.v1", "disposal_ref"),
    "history": ("pnc.offender-histories.v1", "offender_id"),
    "referral": ("cats.referrals.v1", "referral_ref"),
    "asb": ("sentinel.asb-reports.v1", "asb_ref"),
    "training": ("training.records.v1", "staff_id"),
    "call": ("cmc.calls.v1", "call_ref"),
    "link": ("compliance.links.v1", "left_ref"),
}
UNSTATED: Final = ("team", "beat", "offence_class", "discriminator", "due_at", "breached_at", "reason", "lateness_ms")
WORDING: Final = frozenset({"title", "facts"})

Fields = dict[str, Any]


@pytest.mark.parametrize("scenario", TOLD["scenario"], ids=lambda scenario: scenario["name"])
def test_a_history_leads_to_exactly_these_alerts(scenario: Fields, tmp_path: Path) -> None:
    """Each as predicted in every field, and none besides."""
    out = tmp_path / "alerts.jsonl"
    files = [str(path) for path in write(records(scenario), tmp_path)]
    assert main(["backtest", *files, "--until", rfc3339(scenario["until"]), "--out", str(out)]) == 0
    actual = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert all(alert["title"] and alert["facts"] for alert in actual)
    predicted = sorted(
        (alert_of(prediction) for prediction in scenario["alerts"]), key=lambda alert: str(alert["alert_id"])
    )
    assert [{name: alert[name] for name in alert.keys() - WORDING} for alert in actual] == predicted, scenario["spec"]


def test_every_rule_in_the_table_of_severities_is_in_a_scenario() -> None:
    """What is listed is used."""
    used = {alert["rule"] for scenario in TOLD["scenario"] for alert in scenario["alerts"]}
    assert used == set(TOLD["severity"])


# -- what is saved -------------------------------------------------------------------------------------------------


def records(scenario: Fields) -> dict[str, list[Fields]]:
    """Return the snapshots of a scenario by topic, in full."""
    saved: dict[str, list[Fields]] = defaultdict(list)
    staff = TOLD["staff"] if scenario.get("trained", True) else ()
    trained = [{"at": "2001-01-01", "training": who, "course": course} for who in staff for course in TOLD["courses"]]
    before: dict[object, Fields] = {}
    for number, entry in enumerate([*trained, *scenario["saved"]]):
        kind = next(kind for kind in IDENTITY if kind in entry)
        topic, identity = IDENTITY[kind]
        stated = {name: value for name, value in entry.items() if name not in {"at", kind}}
        decided_at = entry.get("decided_at", entry["at"]) if kind == "no_crime" else None
        name = (kind, entry.get("force"), entry[kind], entry.get("course"), decided_at)
        known = before.get(name) or first_said(kind, entry)
        snapshot = before[name] = {**known, identity: entry[kind], **stated}
        envelope = {"event_id": f"e{number:03}", "force": "LEICS", "source": topic, "event_time": entry["at"]}
        saved[topic].append(in_json(topic, {**envelope, **snapshot}))
    return saved


def first_said(kind: str, entry: Fields) -> Fields:
    """Return what a record says first of all where nothing is stated."""
    ordinary = dict(TOLD["ordinary"][kind])
    return dict.fromkeys(ordinary.pop("at_once"), entry.get("decided_at", entry["at"])) | ordinary


def in_json(topic: str, fields: Fields) -> Fields:
    """Return a record as JSON Lines have it: times in full, null for what is blanked."""
    shape = SHAPES[RECORD_BY_TOPIC[topic]]
    inner = {name: nested.times for name, nested in shape.nested}
    row = dict(fields)
    for name, value in fields.items():
        if name in inner:
            row[name] = [
                {key: rfc3339(part) if key in inner[name] else part for key, part in item.items()} for item in value
            ]
        elif value == "":
            row[name] = None
        elif name in shape.times:
            row[name] = rfc3339(value)
    return row


def write(saved: dict[str, list[Fields]], folder: Path) -> list[Path]:
    """Write a file a topic."""
    paths = []
    for topic, rows in saved.items():
        path = folder / f"{topic}.jsonl"
        path.write_text("".join(f"{json.dumps(fields)}\n" for fields in rows))
        paths.append(path)
    return paths


# -- what is said --------------------------------------------------------------------------------------------------


def alert_of(prediction: Fields) -> Fields:
    """Return a predicted alert in full, but for its wording."""
    system, ref = prediction["about"].split(" ", 1)
    stated = {name: value for name, value in prediction.items() if name not in {"rule", "about"}}
    due_at, raised_at = prediction.get("due_at"), prediction["raised_at"]
    breached = prediction["status"] in {"BREACHED", "CLEARED"}
    alert: Fields = {
        **dict.fromkeys(UNSTATED),
        "force": "LEICS",
        "rule_id": prediction["rule"],
        "policy_version": "builtin-1",
        "subject_system": system,
        "subject_ref": ref,
        "severity": TOLD["severity"][prediction["rule"]],
        "certainty": "CONFIRMED",
        "sequence": 1,
        "updated_at": raised_at,
        "breached_at": raised_at if due_at is None else due_at if breached else None,
        **stated,
    }
    for name in ("due_at", "breached_at", "raised_at", "updated_at"):
        alert[name] = None if alert[name] is None else rfc3339(alert[name])
    normalised = re.sub("[^A-Z0-9]+", "-", ref.upper()).strip("-")
    named = f"cdi|LEICS|{prediction['rule']}|{system}|{normalised}|{alert['discriminator'] or ''}"
    return alert | {"alert_id": str(uuid.uuid5(uuid.NAMESPACE_URL, named))}


def rfc3339(time: str) -> str:
    """Return a time as the scenarios write it, in full."""
    return to_rfc3339(ms(time))
