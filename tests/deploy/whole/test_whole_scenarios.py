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
    said = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert all(alert["title"] and alert["facts"] for alert in said)
    predicted = sorted((alert_of(told) for told in scenario["alerts"]), key=lambda alert: str(alert["alert_id"]))
    assert [{name: alert[name] for name in alert.keys() - WORDING} for alert in said] == predicted, scenario["spec"]


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
    for number, told in enumerate([*trained, *scenario["saved"]]):
        kind = next(kind for kind in IDENTITY if kind in told)
        topic, identity = IDENTITY[kind]
        stated = {name: value for name, value in told.items() if name not in {"at", kind}}
        decided_at = told.get("decided_at", told["at"]) if kind == "no_crime" else None
        name = (kind, told.get("force"), told[kind], told.get("course"), decided_at)
        known = before.get(name) or first_said(kind, told)
        said = before[name] = {**known, identity: told[kind], **stated}
        envelope = {"event_id": f"e{number:03}", "force": "LEICS", "source": topic, "event_time": told["at"]}
        saved[topic].append(in_json(topic, {**envelope, **said}))
    return saved


def first_said(kind: str, told: Fields) -> Fields:
    """Return what a record says first of all where nothing is stated."""
    ordinary = dict(TOLD["ordinary"][kind])
    return dict.fromkeys(ordinary.pop("at_once"), told.get("decided_at", told["at"])) | ordinary


def in_json(topic: str, fields: Fields) -> Fields:
    """Return a record as JSON Lines have it: times in full, null for what is blanked."""
    shape = SHAPES[RECORD_BY_TOPIC[topic]]
    inner = {name: nested.times for name, nested in shape.nested}
    said = dict(fields)
    for name, value in fields.items():
        if name in inner:
            said[name] = [
                {key: rfc3339(part) if key in inner[name] else part for key, part in item.items()} for item in value
            ]
        elif value == "":
            said[name] = None
        elif name in shape.times:
            said[name] = rfc3339(value)
    return said


def write(saved: dict[str, list[Fields]], folder: Path) -> list[Path]:
    """Write a file a topic."""
    paths = []
    for topic, said in saved.items():
        path = folder / f"{topic}.jsonl"
        path.write_text("".join(f"{json.dumps(fields)}\n" for fields in said))
        paths.append(path)
    return paths


# -- what is said --------------------------------------------------------------------------------------------------


def alert_of(told: Fields) -> Fields:
    """Return a predicted alert in full, but for its wording."""
    system, ref = told["about"].split(" ", 1)
    stated = {name: value for name, value in told.items() if name not in {"rule", "about"}}
    due_at, raised_at = told.get("due_at"), told["raised_at"]
    breached = told["status"] in {"BREACHED", "CLEARED"}
    said: Fields = {
        **dict.fromkeys(UNSTATED),
        "force": "LEICS",
        "rule_id": told["rule"],
        "policy_version": "builtin-1",
        "subject_system": system,
        "subject_ref": ref,
        "severity": TOLD["severity"][told["rule"]],
        "certainty": "CONFIRMED",
        "sequence": 1,
        "updated_at": raised_at,
        "breached_at": raised_at if due_at is None else due_at if breached else None,
        **stated,
    }
    for name in ("due_at", "breached_at", "raised_at", "updated_at"):
        said[name] = None if said[name] is None else rfc3339(said[name])
    normalised = re.sub("[^A-Z0-9]+", "-", ref.upper()).strip("-")
    named = f"cdi|LEICS|{told['rule']}|{system}|{normalised}|{said['discriminator'] or ''}"
    return said | {"alert_id": str(uuid.uuid5(uuid.NAMESPACE_URL, named))}


def rfc3339(time: str) -> str:
    """Return a time as the scenarios write it, in full."""
    return to_rfc3339(ms(time))
