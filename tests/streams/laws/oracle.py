"""A second, slow reading of the contract, without any rule, fact or engine of ``streams``.

It has no indexes, no state and no deadlines: it walks a history's moments in order, and at each works everything out
anew from the raw snapshots that are in effect.  Each family of rules has a module: reports, single records, crimes,
disposals and calls.  ``feed-silent`` is judged live only and has none.  Records that have nothing to do with one
another are walked apart, so that a force's months can be walked too.  Nothing is ever forgotten.

The contract leaves titles and facts to the product; both are empty here, and :func:`comparable` takes them out.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush
from types import MappingProxyType
from typing import Any

import msgspec

from schemas.products import Alert
from schemas.records import Call, Crime, Heartbeat, NoCrime, ProtectionReport, Snapshot
from schemas.rows import write_json
from tests.streams.laws import (
    oracle_calls,
    oracle_closed,
    oracle_crimes,
    oracle_disposals,
    oracle_recorded,
    oracle_records,
    oracle_reports,
)
from tests.streams.laws.oracle_findings import SYSTEMS, Finding, Found, Key, Obligation, Wrong
from tests.streams.laws.oracle_groups import groups
from tests.streams.laws.oracle_lacking import judged
from tests.streams.laws.oracle_view import DAY, REFERENCE, History, Turn, View, arrivals

AlertHistories = dict[str, list[Alert]]
"""Every change of every alert, by alert_id."""

FAMILIES = (
    oracle_reports,
    oracle_closed,
    oracle_records,
    oracle_crimes,
    oracle_recorded,
    oracle_disposals,
    oracle_calls,
)
"""The modules with rules."""
VERSION = "builtin-1"
"""Of the policy that holds the contract's own numbers; another that has the same may be named."""


# -- what it says --------------------------------------------------------------------------------------------------


def backtest_lines(
    records: Iterable[tuple[str, Snapshot | Heartbeat]], until: int, *, policy_version: str = VERSION
) -> list[str]:
    """Return the final state of every alert as ``cdi backtest`` writes it, but without title and facts.

    Takes (topic, record) of any number of forces, in any order, some of it twice; heartbeats are passed over.
    ``until`` (ms) is where the clock ends.  One JSON object a line, sorted by alert_id: to be compared with the
    product's lines by :func:`comparable`.
    """
    by_force: dict[str, list[Snapshot]] = {}
    for topic, record in records:
        if isinstance(record, Snapshot):
            assert topic == record.TOPIC
            by_force.setdefault(record.force, []).append(record)
    final = {
        alert_id: changes[-1]
        for snapshots in by_force.values()
        for alert_id, changes in watch(snapshots, until, policy_version=policy_version).items()
    }
    return [comparable(write_json(final[alert_id])) for alert_id in sorted(final)]


def comparable(line: str | bytes) -> str:
    """Return an alert's line as far as the contract says what is in it: without title and facts."""
    return json.dumps({name: value for name, value in json.loads(line).items() if name not in {"title", "facts"}})


def watch(
    snapshots: Iterable[Snapshot],
    until: int,
    late: Iterable[tuple[int, Snapshot]] = (),
    *,
    policy_version: str = VERSION,
    lacks: Mapping[str, Iterable[str]] = MappingProxyType({}),
    off: Iterable[str] = (),
    protection: bool = False,
) -> AlertHistories:
    """Return every alert's whole history on the stream clock of one force, which ends at ``until`` (ms).

    ``late`` is what arrived behind the clock, with where the clock stood then (ms), in order of arrival.  ``lacks``
    are the fields that each feed (topic) does not hold, ``off`` the rules that the policy switches off.  Protection
    reports are read where the policy names their feed (``protection``).
    """
    arrived = arrivals(snapshots, late)
    if not protection:
        arrived = [(turn, snapshot) for turn, snapshot in arrived if not isinstance(snapshot, ProtectionReport)]
    changes: AlertHistories = {}
    for group in groups(arrived):
        changes.update(_walk(History(group[0][1].force, group, policy_version, lacks, off), until))
    if calls := [(turn, snapshot) for turn, snapshot in arrived if isinstance(snapshot, Call)]:
        changes.update(_walk_midnights(History(calls[0][1].force, calls, policy_version, lacks, off), until))
    return changes


def findings(view: View) -> Found:
    """Yield what every rule finds at a moment, but for themes."""
    for family in FAMILIES:
        yield from judged(family.findings(view), view)


# -- from moment to moment -----------------------------------------------------------------------------------------


def _walk(history: History, until: int) -> AlertHistories:
    """Judge at every turn, and wherever a deadline or the day that a cancelled crime counts on may have passed."""
    turns: list[Turn] = [turn for turn, _ in history.arrived]
    moments = {snapshot.event_time for _, snapshot in history.arrived} | {turn[0] for turn in turns}
    turns += [(moment + DAY + more, 0) for moment in moments for more in (0, 1)]
    heapify(turns)
    changes: dict[Key, list[Alert]] = {}
    passed: Turn | None = None
    while turns and (turn := heappop(turns))[0] <= until:
        if passed is not None and turn <= passed:
            continue
        passed, view = turn, View(history, turn)
        verdicts = dict(findings(view))
        for finding in verdicts.values():
            if isinstance(finding, Obligation):
                for moment in (finding.risk_at, finding.due_at + 1):
                    if moment is not None and moment > turn[0]:
                        heappush(turns, (moment, 0))
        _revise(changes, verdicts, view, _of_record)
    return {alerts[-1].alert_id: alerts for alerts in changes.values()}


def _walk_midnights(history: History, until: int) -> AlertHistories:
    """Judge themes at every local midnight at which there may be anything to judge."""
    changes: dict[Key, list[Alert]] = {}
    for midnight in oracle_calls.midnights(history):
        if midnight <= until:
            view = View(history, (midnight, 0))
            _revise(changes, dict(judged(oracle_calls.theme_findings(view), view)), view, _of_theme)
    return {alerts[-1].alert_id: alerts for alerts in changes.values()}


def _revise(
    changes: dict[Key, list[Alert]],
    verdicts: dict[Key, Finding],
    view: View,
    describe: Callable[[Key, View], dict[str, Any]],
) -> None:
    """Add what is to be said now of every alert that there is or ought to be."""
    for key in verdicts.keys() | changes.keys():
        before = changes[key][-1] if key in changes else None
        finding = verdicts.get(key)
        state = next_state(before, finding, view.clock)
        if state is None:
            continue
        state = {**dict.fromkeys(("reason", "due_at", "breached_at", "lateness_ms")), **state}
        state["severity"] = finding.severity if finding is not None else before.severity if before is not None else ""
        if before is not None and all(getattr(before, name) == value for name, value in state.items()):
            continue
        state |= describe(key, view)
        if finding is not None and finding.offence_class is not None:
            state["offence_class"] = finding.offence_class
        if before is None:
            changes[key] = [_first(key, view, state)]
        else:
            del state["subject_ref"]
            again = {"updated_at": view.clock, "sequence": before.sequence + 1, **state}
            changes[key].append(msgspec.structs.replace(before, **again))


# -- the alert's life, section 4 -----------------------------------------------------------------------------------


def next_state(before: Alert | None, finding: Finding | None, clock: int) -> dict[str, Any] | None:
    """Return what is to be said at the clock; None: as it was."""
    if isinstance(finding, Obligation):
        return _of_obligation(before, finding, clock)
    first_so = clock if before is None else before.breached_at
    if isinstance(finding, Wrong):
        if finding.wrong:
            return {"status": "BREACHED", "breached_at": first_so}
        if before is not None and before.status == "BREACHED":
            return {"status": "CLEARED", "reason": "REMEDIED", "breached_at": first_so}
        return None
    if before is None or before.status not in {"AT_RISK", "BREACHED"}:
        return None
    breached_at = before.breached_at if before.due_at is None else None
    return {"status": "WITHDRAWN", "reason": "CORRECTED", "due_at": before.due_at, "breached_at": breached_at}


def _of_obligation(before: Alert | None, finding: Obligation, clock: int) -> dict[str, Any] | None:
    due = {"due_at": finding.due_at}
    if finding.met_at is not None and finding.met_at <= finding.due_at:
        return None if before is None else {**due, "status": "WITHDRAWN", "reason": "MET_IN_TIME"}
    if finding.met_at is not None:
        late = {"lateness_ms": finding.met_at - finding.due_at, "breached_at": finding.due_at}
        return {**due, **late, "status": "CLEARED", "reason": finding.remedy}
    if clock > finding.due_at:
        return {**due, "status": "BREACHED", "breached_at": finding.due_at}
    if finding.risk_at is not None and finding.risk_at <= clock:
        return {**due, "status": "AT_RISK"}
    return None


def _first(key: Key, view: View, state: dict[str, Any]) -> Alert:
    """Return an alert as it first rises."""
    system = SYSTEMS[key.kind]
    named = "|".join(("cdi", view.force, key.rule_id, system, key.ref, key.discriminator or ""))
    return Alert(
        alert_id=str(uuid.uuid5(uuid.NAMESPACE_URL, named)),
        force=view.force,
        rule_id=key.rule_id,
        policy_version=view.history.policy_version,
        subject_system=system,
        discriminator=key.discriminator,
        certainty="CONFIRMED",
        raised_at=view.clock,
        updated_at=view.clock,
        sequence=1,
        title="",
        **state,
    )


def _of_record(key: Key, view: View) -> dict[str, Any]:
    """Describe a record as the first snapshot names it and the newest describes it.

    A crime that CIS does not hold is named by the earliest decision on it.
    """
    snapshots = view.of(key.kind, key.ref)
    if not snapshots:
        assert key.kind is Crime
        first = min(view.of(NoCrime, key.ref), key=lambda decision: decision.decided_at)
        return {"subject_ref": first.crime_ref, "team": None, "beat": None, "offence_class": None}
    described = {name: getattr(snapshots[-1], name, None) for name in ("team", "beat", "offence_class")}
    return {"subject_ref": getattr(snapshots[0], REFERENCE[key.kind]), **described}


def _of_theme(key: Key, view: View) -> dict[str, Any]:
    """Describe a theme, which no team has to itself."""
    written = oracle_calls.as_written(key.ref, view)
    return {"subject_ref": written, "team": None, "beat": None, "offence_class": None}
