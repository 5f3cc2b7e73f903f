"""Read a file of audit results.

It is the CSV that ``cdi audit-sample`` wrote, with the columns that the registrar filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from deploy.files.filled_in_table import filled_in_rows
from schemas.identifiers import ReferralRef, normalise
from schemas.records import Referral
from streams.engine.monitor import Monitor
from streams.policy.times_in_words import read_time
from streams.reports.audit_results import AuditResult, states_result, with_result

COLUMNS = ("referral_ref", "audited_at", "outcome")
_OUTCOME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}")


class ImportedResults(NamedTuple):
    """The results in a file."""

    snapshots: list[Referral]
    """Snapshots to be sent, one a referral."""
    already_known: int
    """Results that CATS has already."""
    empty: int
    """Rows without a result."""
    refused: int


class _RowRefusedError(Exception):
    """A row that cannot be used; the message quotes nothing but a column's name."""


def read_results(
    path: Path, monitors: Mapping[str, Monitor], wall: int, refuse: Callable[[int, str], None]
) -> ImportedResults:
    """Read the results in a file and compare them with the referrals.

    ``wall`` is the reader's clock (ms).

    Hand each row that cannot be used to ``refuse``, with its line.

    Raises FileRefusedError where there is no such table.
    """
    snapshots: dict[tuple[str, str], Referral] = {}
    already_known = empty = refused = 0
    for line, row in filled_in_rows(path, COLUMNS):
        try:
            result = _result(row, monitors, wall)
            newest = None if result is None else _newest(result, monitors, snapshots)
        except _RowRefusedError as refusal:
            refused += 1
            refuse(line, str(refusal))
            continue
        if result is None or newest is None:
            empty += 1
        elif states_result(newest, result):
            already_known += 1
        else:
            snapshots[result.force, normalise(result.referral_ref)] = with_result(newest, result)
    return ImportedResults(list(snapshots.values()), already_known, empty, refused)


def _result(row: Mapping[str, str] | str, monitors: Mapping[str, Monitor], wall: int) -> AuditResult | None:
    if isinstance(row, str):
        raise _RowRefusedError(row)
    if not row["audited_at"] and not row["outcome"]:
        return None
    force = row.get("force") or (next(iter(monitors)) if len(monitors) == 1 else "")
    if force not in monitors:
        raise _RowRefusedError("force: no records of this force")
    if not _OUTCOME.fullmatch(row["outcome"]):
        raise _RowRefusedError("outcome: a word or two, of up to 40 letters and digits, such as COMPLIANT")
    audited_at = _moment(row["audited_at"])
    if audited_at > wall:
        raise _RowRefusedError("audited_at: in the future")
    return AuditResult(force, row["referral_ref"], audited_at, row["outcome"])


def _moment(text: str) -> int:
    """Read a time as people type it."""
    try:
        return read_time(text)
    except ValueError:
        raise _RowRefusedError(
            "audited_at: a time such as 2013-05-31 14:30 or 31/05/2013 14:30, local, or RFC 3339"
        ) from None


def _newest(
    result: AuditResult, monitors: Mapping[str, Monitor], earlier: Mapping[tuple[str, str], Referral]
) -> Referral:
    """Return the newest snapshot of a referral.

    It is one that this file makes, or CATS's, in effect yet or not.
    """
    ref = ReferralRef(normalise(result.referral_ref))
    matter = monitors[result.force].context.facts.referrals.get(ref)
    if matter is None or not matter.record.snapshots:
        raise _RowRefusedError("referral_ref: CATS has no such referral")
    if result.audited_at < matter.record.first.received_at:
        raise _RowRefusedError("audited_at: before the referral was received")
    newest: Referral = earlier.get((result.force, ref), matter.record.snapshots[-1])
    if (result.force, ref) in earlier and not states_result(newest, result):
        raise _RowRefusedError("referral_ref: another result of it stands further up")
    return newest
