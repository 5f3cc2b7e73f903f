"""``cdi doctor``: what is well with this installation, and what is not."""

from __future__ import annotations

import sys

from deploy.cli.installation import book_of, installation
from deploy.cli.outcomes import CommandFailed, printable
from deploy.doctor import diagnose


def doctor() -> None:
    """Look at everything this installation needs; exits 1 where something is wrong."""
    settings = installation()
    wrong = 0
    for found in diagnose(settings, book_of(settings)):
        sys.stdout.write(f"{found.state:<6}{printable(found.line)}\n")
        sys.stdout.flush()
        wrong += found.state == "WRONG"
    if wrong:
        raise CommandFailed(f"{wrong} wrong")
