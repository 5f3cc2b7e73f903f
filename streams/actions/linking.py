"""Refuse links of a report and a crime that say nothing, or that nobody may confirm so."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from schemas.admission import require_text
from schemas.identifiers import normalise
from schemas.products import Alert
from schemas.records import Link
from schemas.refusals import BadRecordError
from schemas.vocabularies import LeftSystem
from streams.actions.roles import role_of
from streams.actions.validation import ActionRefusedError
from streams.policy.action_policy import ActionPolicy

LINKER_ROLES: Final = frozenset({"SUPERVISOR", "DUTY_INSPECTOR", "FCR", "DEPUTY_FCR", "DDM"})
"""Who may say that a report and a crime belong together."""
LINKED_SYSTEMS: Final[tuple[LeftSystem, ...]] = get_args(LeftSystem)


def link_of(alert: Alert, crime_ref: str, *, event_id: str, source: str, at: int, by: str) -> Link:
    """Return a person's statement that an alert's report and a crime belong together.

    ``at`` is when they make it (ms).  Raises ActionRefusedError where the alert is about no report.
    """
    system = next((system for system in LINKED_SYSTEMS if system == alert.subject_system), None)
    if system is None:
        raise ActionRefusedError("only an alert about a report can be linked to a crime")
    return Link(
        event_id=event_id,
        force=alert.force,
        source=source,
        event_time=at,
        left_system=system,
        left_ref=alert.subject_ref,
        crime_ref=crime_ref.strip(),
        confirmed=True,
        confirmed_by=by,
    )


def after(link: Link, newest: Link | None) -> Link:
    """Return a link that is newer than the newest of its two records, whose maker's clock may be ahead."""
    if newest is None or link.event_time > newest.event_time:
        return link
    return msgspec.structs.replace(link, event_time=newest.event_time + 1)


def check_link(link: Link, role: str, policy: ActionPolicy) -> None:
    """Raise ActionRefusedError, with a sentence for whoever links, unless the role may write the link."""
    refusal = _fault_in(link, role, policy)
    if refusal is not None:
        raise ActionRefusedError(refusal)


def _fault_in(link: Link, role: str, policy: ActionPolicy) -> str | None:
    try:
        require_text(link)
    except BadRecordError as refusal:
        return refusal.detail
    if role_of(role) not in LINKER_ROLES:
        return f"{role_of(role) or 'a role there is not'} may not link records"
    if not link.confirmed_by.strip():
        return "somebody confirms the link: name them"
    if not normalise(link.left_ref) or not normalise(link.crime_ref):
        return "a link needs the reference of a report and that of a crime"
    if any(len(text) > policy.text_longest for text in (link.confirmed_by, link.crime_ref)):
        return f"more than {policy.text_longest} characters"
    return None
