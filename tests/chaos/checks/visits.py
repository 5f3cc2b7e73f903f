"""What the board answered to people under load, against who may do what, and whose records the answers named.

An answer that did not come, or that says that something failed, shows nothing to anybody: it is counted.  Whoever was
signed in before the board was killed is signed in after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tests.chaos.findings import Verdict
from tests.dashboards.board.server.authorisation import EXPECTED, SIGNED_OUT, read_table

CHECK: Final = "the board answers each role as it may, and shows no foreign force"
FAILED: Final = 500
_STATUS: Final = {(cell.route, cell.role, cell.owns): cell.status for cell in read_table(EXPECTED)}
_STORY: Final = re.compile(r"[A-Za-z]+[-/ ]?[0-9]+[-/ ]?[sS]([0-9]+)(?![0-9A-Za-z])")
"""A reference or a name of a story, however it is written."""


class Visit(NamedTuple):
    """One answer."""

    role: str
    force: str
    route: str
    owns: bool
    """Whether what was asked for is of the visitor's force."""
    status: int | None
    """None where none came."""
    named: frozenset[str] = frozenset()
    """The forces whose records the answer names."""
    after_kill: bool = False
    """Whether the board had been killed since the visitor signed in."""


def forces_named(text: str, forces_by_story: Mapping[int, str]) -> frozenset[str]:
    """Return the forces whose stories a page names."""
    numbers = {int(number) for number in _STORY.findall(text)}
    return frozenset(forces_by_story[number] for number in numbers if number in forces_by_story)


def check_visits(visits: Iterable[Visit], verdict: Verdict) -> None:
    """Compare each answer with the table of roles, and see that everybody is let in again."""
    returned: dict[str, bool] = {}
    for visit in visits:
        if visit.status is None or visit.status >= FAILED:
            verdict.compared["that did not come" if visit.status is None else "that said that something failed"] += 1
            continue
        verdict.compared["answers"] += 1
        verdict.compared["that named records"] += bool(visit.named)
        returned[visit.role] = returned.get(visit.role, False) or visit.after_kill
        about = f"{visit.role}: {visit.route} of {'their own' if visit.owns else 'a foreign'} force"
        expected = _STATUS[visit.route, visit.role, visit.owns]
        if visit.status != expected:
            verdict.find("DIFFERENT", about, answer=visit.status, expected=expected, after_kill=visit.after_kill)
        if foreign := visit.named - {visit.force}:
            verdict.find("LEAKED", about, of=sorted(foreign))
    for role, came_back in sorted(returned.items()):
        if not came_back and role != SIGNED_OUT:
            verdict.find("STUCK", f"{role}: the board never answered after it was killed")
