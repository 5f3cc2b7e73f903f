"""``cdi erase``: erase one record, or a whole matter, from everything but the source topics."""

from __future__ import annotations

import getpass
import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from agents.settings.clock import wall_clock
from deploy.cli.alert_actions import By
from deploy.cli.erase_report import print_plan, print_remaining_after, print_remaining_before
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import book_of, connected_settings
from deploy.cli.framework.output import printable, tell
from deploy.erasure import remaining
from deploy.erasure.execution import NotCarriedOutError, carry_out
from deploy.erasure.plan import ErasurePlan, ErasureTarget, Holdings, linked, plan_erasure, resembling, targets
from schemas.quantities import counted
from streams.actions import role_of

if TYPE_CHECKING:
    from agents.settings.settings import Settings

LONGEST_REASON = 500


def erase(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="a reference as anybody might type it, SYSTEM:REF or KIND:REF")
    ],
    *,
    reason: Annotated[str | None, typer.Option(help="why, for the audit log: never what the record says")] = None,
    force: Annotated[str | None, typer.Option(help="of which force, where several hold such a reference")] = None,
    whole: Annotated[bool, typer.Option("--linked", help="and every record linked to it, as cdi trace has it")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    by: By = None,
    role: Annotated[str, typer.Option(envvar="CDI_ROLE", help="in which role: only fcr may")] = "fcr",
    patience: Annotated[float, typer.Option(help="seconds to wait for the worker", min=1, max=3600)] = 120.0,
) -> None:
    """Judge what rests on the record anew without it, and keep the erasure for ever.

    Reading the source topics again does not bring the record back; it returns only if the source system sends it again.
    """
    _require_registrar(role)
    if not dry_run:
        _require_reason(reason, yes=yes)
    settings = connected_settings()
    holdings = Holdings.read(settings)
    target = _only(targets(holdings, subject, force), subject, holdings)
    selected, unselected = _with_linked(settings, target, whole=whole)
    plan = plan_erasure(
        holdings,
        book_of(settings),
        selected,
        erasure_id=str(uuid.uuid4()),
        erased_at=wall_clock(),
        by=by or getpass.getuser(),
    )
    sources = remaining.on_sources(settings, target.force, plan.names)
    if not (plan.records or plan.erasure.alert_ids or sources):
        raise CommandError(f"nothing is held of {printable(str(target))}, not even on the source topics")
    print_plan(plan, selected, unselected)
    if dry_run:
        print_remaining_before(sources, remaining.on_actions(settings, plan.erasure.alert_ids))
        tell("nothing was erased: --dry-run")
        return
    if not yes and not typer.confirm("Erase this?"):
        raise CommandError("nothing was erased")
    _erase(settings, plan, selected, str(reason).strip(), patience)


def _require_registrar(role: str) -> None:
    if role_of(role) != "FCR":
        raise UsageError("--role: only the Force Crime Registrar (fcr) may erase")


def _require_reason(reason: str | None, *, yes: bool) -> None:
    if not (reason or "").strip():
        raise UsageError("--reason: say why; the audit log keeps it")
    if len(str(reason)) > LONGEST_REASON:
        raise UsageError(f"--reason: {LONGEST_REASON} characters at most")
    if not yes and not sys.stdin.isatty():
        raise UsageError("--yes is needed where nobody can be asked")


def _only(candidates: list[ErasureTarget], subject: str, holdings: Holdings) -> ErasureTarget:
    """Return the one record that is meant.

    Raises CommandError where there is none, UsageError where several.
    """
    if not candidates:
        alike = ", ".join(printable(target.typed) for target in resembling(holdings, subject))
        more = f"alike: {alike}" if alike else "SYSTEM:REF names it exactly"
        raise CommandError(f"nothing is held of {printable(subject)}; {more}")
    if len(candidates) > 1:
        several = "; ".join(f"{target} is {target.typed} --force {target.force}" for target in candidates)
        raise UsageError(f"{printable(subject)} may be several: {printable(several)}")
    return candidates[0]


def _with_linked(
    settings: Settings, target: ErasureTarget, *, whole: bool
) -> tuple[list[ErasureTarget], list[ErasureTarget]]:
    """Return the records to erase, and the linked ones to keep."""
    links = linked(settings, target)
    if not whole:
        return [target], links.targets
    if links.cut_off:
        raise CommandError("the matter has more records than a trace follows: erase them one by one")
    return [target, *links.targets], []


def _erase(settings: Settings, plan: ErasurePlan, selected: list[ErasureTarget], reason: str, patience: float) -> None:
    """Carry out an erasure, and say what it removed and what remains."""
    try:
        result = carry_out(
            settings,
            plan,
            "; ".join(map(str, selected)),
            reason=reason,
            patience=patience,
            on_request=lambda: tell(f"asked for as {plan.erasure.erasure_id}; waiting for the worker"),
        )
    except NotCarriedOutError:
        raise CommandError(
            f"not carried out within {patience:.0f} s: is a worker running? see 'cdi doctor'; the first that runs "
            "carries it out"
        ) from None
    if result.leftovers:
        places = ", ".join(f"{settings.topic(topic)} ({number})" for topic, number in result.leftovers.items())
        raise CommandError(f"still there: {places}: was it sent anew meanwhile? Erase it again")
    tell(
        f"erased: {counted(plan.snapshots, 'snapshot')}, {counted(len(plan.erasure.alert_ids), 'alert')}, "
        f"{counted(plan.published_cases, 'case')}, {counted(plan.suggestions, 'suggestion')}, "
        f"{counted(result.dead_letters, 'dead letter')}"
    )
    print_remaining_after(
        result,
        cited_by=remaining.cases_citing(settings, plan),
        bound=remaining.compaction_bound(settings, result.erased_at),
    )
