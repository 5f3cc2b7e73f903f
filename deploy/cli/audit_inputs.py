"""The plans and monitors that ``cdi audit`` works on: those of an installation, or of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from agents.topics.audit_plans import audit_plans
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.monitors import MonitorSet, read_monitors
from streams.audits.plan import AuditPlan, is_plan_of, plan_from_json
from streams.audits.results import AuditResults, results_of
from streams.engine.monitor import Monitor
from streams.facts.context import Context


def audits_chosen(
    more: list[str] | None,
    plan_files: list[Path] | None,
    files: list[Path] | None,
    force: str | None,
    policy: Path | None,
    until: str | None,
    mapping: list[str] | None,
) -> tuple[MonitorSet, list[AuditResults]]:
    """Return the monitors of one force, and the results of the audits named, or of all of its audits."""
    paths = [*files, *map(Path, more or ())] if files else []
    if plan_files and not paths:
        raise UsageError("--plan goes with --files; an installation's audits are named by their ids")
    if paths and not plan_files:
        raise UsageError("--files: name the plans with --plan")
    read = read_monitors(paths, force, policy, until, mapping)
    plans = plans_of(read, plan_files)
    if more and not files:
        plans = [named_plan(plans, audit_id) for audit_id in more]
        if force is None and len({plan.force for plan in plans}) == 1:
            read = read._replace(monitors={plans[0].force: monitor_of(read, plans[0])})
    results = results_of_plans(read, plans)
    if not results:
        raise CommandError("no audit is planned: 'cdi audit plan' plans one")
    return read, results


def is_of_the_same(plan: AuditPlan, other: AuditPlan) -> bool:
    """Return whether two plans are of the same force, frame and period."""
    return all(getattr(plan, name) == getattr(other, name) for name in ("force", "frame", "start", "end"))


def named_plan(plans: Iterable[AuditPlan], audit_id: str) -> AuditPlan:
    """Return the plan of this id.  Raises CommandError where there is none."""
    named = next((plan for plan in plans if is_plan_of(plan, audit_id)), None)
    if named is None:
        raise CommandError(f"the audit log has no plan of {audit_id}")
    return named


def monitor_of(read: MonitorSet, plan: AuditPlan) -> Monitor:
    """Return the monitor of a plan's force.  Raises CommandError where nothing is known of it."""
    if plan.force not in read.monitors:
        raise CommandError(f"nothing is known of {plan.force}")
    return read.monitors[plan.force]


def plans_of(read: MonitorSet, files: list[Path] | None) -> list[AuditPlan]:
    """Return the plans in the audit log, or in the files named."""
    if read.settings is not None:
        return list(audit_plans(read.settings).values())
    plans = []
    for path in files or ():
        try:
            plans.append(plan_from_json(path.read_bytes()))
        except OSError as failure:
            raise UsageError(f"{path}: {failure.strerror or failure}") from None
        except ValueError:
            raise UsageError(f"{path}: not a plan as 'cdi audit plan' writes it") from None
    return plans


def results_of_plans(read: MonitorSet, plans: Iterable[AuditPlan]) -> list[AuditResults]:
    """Return how far the audits of the one force have come."""
    context = context_of(read)
    return [results_of(plan, context) for plan in plans if plan.force == context.force]


def context_of(read: MonitorSet) -> Context:
    """Return what is known of the one force.  Raises UsageError where there are several."""
    if len(read.monitors) > 1:
        raise UsageError(f"--force: an audit is of one force: {', '.join(sorted(read.monitors))}")
    return next(iter(read.monitors.values())).context


def digest_of(paths: Iterable[Path]) -> str:
    """Return a hash of what files hold, in the place of the audit log's head."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
