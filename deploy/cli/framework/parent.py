"""The option of the commands that another process of ours starts."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from deploy.local.child_process import STOP_WITH_PARENT

StopWithParent: TypeAlias = Annotated[
    bool,
    typer.Option(STOP_WITH_PARENT, hidden=True, help="stop when standard input closes"),
]
