"""``cdi audit-log``: check and anchor the log of who saw and did what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from agents.topics.audit_log import AuditLog, verify
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import connected_settings
from deploy.cli.framework.output import tell
from schemas.products import ChainHead
from schemas.quantities import counted

audit_log = typer.Typer(no_args_is_help=True)


@audit_log.command("verify")
def verify_(
    against: Annotated[
        list[Path] | None, typer.Option(help="heads kept elsewhere, as 'cdi audit-log heads' wrote them")
    ] = None,
) -> None:
    """Read the whole log and name every change, gap, fork and end cut off; exit 1 if there is one."""
    expected = tuple(head for file in against or [] for head in _heads_in(file))
    verification, faults = verify(connected_settings(), expected)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    tell(
        f"{counted(verification.entries, 'entry', 'entries')} of {counted(len(verification.heads), 'writer')}, "
        f"{counted(verification.anchors, 'anchor')}, "
        f"{verification.repeated} sent twice"
    )
    if faults:
        raise CommandError(f"{counted(len(faults), 'fault')} in the audit log")


@audit_log.command()
def heads() -> None:
    """Print each writer's newest entry, a JSON object a line, to be kept elsewhere and verified against."""
    verification, _ = verify(connected_settings())
    for head in verification.heads:
        sys.stdout.write(msgspec.json.encode(head).decode() + "\n")


@audit_log.command()
def anchor() -> None:
    """Write every writer's newest entry into the log itself, as the notifier does now and then."""
    with AuditLog(connected_settings(), "cli") as log:
        log.anchor()


def _heads_in(file: Path) -> list[tuple[ChainHead, str]]:
    try:
        lines = file.read_bytes().splitlines()
        return [(msgspec.json.decode(line, type=ChainHead), f"{file}:{n}") for n, line in enumerate(lines, start=1)]
    except OSError as failure:
        raise UsageError(f"{file}: {failure.strerror or failure}") from None
    except msgspec.DecodeError:
        raise UsageError(f"{file}: not heads as 'cdi audit-log heads' writes them") from None
