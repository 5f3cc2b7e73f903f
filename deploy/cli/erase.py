"""``cdi erase SUBJECT``: one record, or a whole matter, out of everything but the source topics, at once."""

from __future__ import annotations

import getpass
import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from agents.kafka.codecs import codec_of
from agents.kafka.reader import end_offset
from agents.settings.clock import wall_clock
from agents.topics.audit_log import AuditLog
from agents.topics.dead_letters import delete
from agents.topics.erasures import erasures, request_erasure
from deploy.cli.alert_actions import By
from deploy.cli.erase_report import remains, would_go
from deploy.cli.framework.installation import book_of, connected
from deploy.cli.framework.outcomes import CommandError, UsageError, printable, tell
from deploy.erasure import outcome
from deploy.erasure.plan import Known, Plan, Target, linked, plan, resembling, targets
from streams.actions import role_of
from streams.topology.topics import STATE_CHANGELOG

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
    if role_of(role) != "FCR":
        raise UsageError("--role: only the Force Crime Registrar (fcr) may erase")
    if not dry_run:
        _check(reason, yes=yes)
    settings = connected()
    known = Known.now(settings)
    target = _only(targets(known, subject, force), subject, known)
    others = linked(settings, target)
    if whole and others.cut_off:
        raise CommandError("the matter has more records than a trace follows: erase them one by one")
    who = by or getpass.getuser()
    asked = [target, *others.targets] if whole else [target]
    planned = plan(known, book_of(settings), asked, erasure_id=str(uuid.uuid4()), erased_at=wall_clock(), by=who)
    held = outcome.on_sources(settings, target.force, planned.names)
    if not (planned.records or planned.erasure.alert_ids or held):
        raise CommandError(f"nothing is held of {printable(str(target))}, not even on the source topics")
    would_go(planned, asked, [] if whole else others.targets)
    if dry_run:
        remains(held, outcome.on_actions(settings, planned.erasure.alert_ids))
        tell("nothing was erased: --dry-run")
        return
    if not yes and not typer.confirm("Erase this?"):
        raise CommandError("nothing was erased")
    _erase(settings, planned, asked, str(reason).strip(), who, patience)


def _check(reason: str | None, *, yes: bool) -> None:
    if not (reason or "").strip():
        raise UsageError("--reason: say why; the audit log keeps it")
    if len(str(reason)) > LONGEST_REASON:
        raise UsageError(f"--reason: {LONGEST_REASON} characters at most")
    if not yes and not sys.stdin.isatty():
        raise UsageError("--yes is needed where nobody can be asked")


def _only(found: list[Target], subject: str, known: Known) -> Target:
    """Return the one thing that is meant."""
    if not found:
        alike = ", ".join(printable(target.typed) for target in resembling(known, subject))
        more = f"alike: {alike}" if alike else "SYSTEM:REF names it exactly"
        raise CommandError(f"nothing is held of {printable(subject)}; {more}")
    if len(found) > 1:
        several = "; ".join(f"{target} is {target.typed} --force {target.force}" for target in found)
        raise UsageError(f"{printable(subject)} may be several: {printable(several)}")
    return found[0]


def _erase(settings: Settings, planned: Plan, asked: list[Target], reason: str, who: str, patience: float) -> None:
    """Note it, have it done, see that it is done, and note that."""
    erasure = planned.erasure
    target = "; ".join(str(each) for each in asked)
    with AuditLog(settings, "cli") as log:
        counts = {
            "snapshots": planned.snapshots, "alerts": len(erasure.alert_ids),
            "cases": len(planned.cases), "suggestions": planned.suggestions,
        }  # fmt: skip
        told = {"erasure_id": erasure.erasure_id, "reason": reason, **{name: str(n) for name, n in counts.items()}}
        log.note(who, "FCR", "ERASE", target, told)
        start = end_offset(settings, STATE_CHANGELOG, settings.partition_of(erasure.force))
        codec = codec_of(settings)
        request_erasure(settings, codec, erasure)
        erased_at = next(
            each.erased_at
            for each in erasures(settings, codec)
            if each.erasure.erasure_id == erasure.erasure_id
        )  # fmt: skip
        tell(f"asked for as {erasure.erasure_id}; waiting for the worker")
        if not outcome.await_erasure(settings, planned, start, erased_at, patience):
            raise CommandError(
                f"not carried out within {patience:.0f} s: is a worker running? see 'cdi doctor'; the first that runs "
                "carries it out"
            )
        theirs, doubtful = outcome.in_dead_letters(settings, erasure.force, planned.names)
        delete(settings, theirs)
        left = outcome.left_over(settings, planned)
        held = outcome.on_sources(settings, erasure.force, planned.names)
        acts = outcome.on_actions(settings, erasure.alert_ids)
        log.note(who, "FCR", "ERASED", target, {
            "erasure_id": erasure.erasure_id, "dead_letters": str(len(theirs)), "left_over": str(sum(left.values())),
            "on_source_topics": str(sum(each.messages for each in held)),
        })  # fmt: skip
    if left:
        listed = ", ".join(f"{settings.topic(topic)} ({number})" for topic, number in left.items())
        raise CommandError(f"still there: {listed}: was it sent anew meanwhile? Erase it again")
    tell(f"erased: {planned.snapshots} snapshots, {len(erasure.alert_ids)} alerts, {len(planned.cases)} cases, "
         f"{planned.suggestions} suggestions, {len(theirs)} dead letters")  # fmt: skip
    remains(
        held, acts, doubtful=doubtful, named_by=outcome.named_by(settings, planned),
        bound=outcome.gone_for_good_by(settings, erased_at), done=True,
    )  # fmt: skip
