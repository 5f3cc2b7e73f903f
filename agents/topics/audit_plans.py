"""The plans of audits, as the audit log holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.topics.audit_log import AuditLog, entries
from schemas.refusals import BadRecordError
from streams.audits.plan import PLAN_ACTION, AuditPlan, plan_from_details

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.settings.settings import Settings


def append_plan(log: AuditLog, actor: str, role: str, plan_for: Callable[[str], AuditPlan]) -> AuditPlan:
    """Make a plan from the hash of the log's head, and append it.

    Raises what ``AuditLog.note`` raises, and what ``plan_for`` does, which is then not noted.
    """
    plans: list[AuditPlan] = []

    def derive(head: str) -> tuple[str, dict[str, str]]:
        plans.append(plan_for(head))
        return plans[0].audit_id, dict(plans[0].details())

    log.note_derived(actor, role, PLAN_ACTION, derive)
    return plans[0]


def audit_plans(settings: Settings) -> dict[str, AuditPlan]:
    """Return every plan in the audit log by audit_id, the oldest first.  Raises UnreadableError."""
    plans: list[tuple[int, AuditPlan]] = []
    for entry, _ in entries(settings):
        if isinstance(entry, BadRecordError) or entry.action != PLAN_ACTION:
            continue
        try:
            plan = plan_from_details({detail.name: detail.value for detail in entry.details})
        except ValueError:
            continue  # of a later release
        plans.append((entry.at, plan))
    return {plan.audit_id: plan for _, plan in sorted(plans, key=lambda item: (item[0], item[1].audit_id))}
