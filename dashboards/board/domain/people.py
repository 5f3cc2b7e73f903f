"""Who may see what: people with a role and forces.

What a role may do about an alert is in :mod:`streams.actions`.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from streams.actions import Role

Right: TypeAlias = Literal[
    "live",
    "trace",
    "act",
    "link",
    "contacts",
    "assess",
    "audit",
    "override",
    "figures",
    "register",
    "compare",
    "export",
    "small-counts",
    "deciders",
]

ROLE_NAMES: Final[dict[Role, str]] = {
    "SUPERVISOR": "Supervisor",
    "DUTY_INSPECTOR": "Duty inspector",
    "FCR": "Force Crime Registrar",
    "DEPUTY_FCR": "Deputy Force Crime Registrar",
    "DDM": "Designated decision maker",
    "OPS": "Operations",
    "AUDITOR": "Auditor",
}
"""The roles people sign in with, in words."""
ALL_FORCES: Final = "*"

_SUPERVISION: Final[frozenset[Right]] = frozenset({"live", "trace", "act", "link", "contacts", "figures"})
_REGISTRY: Final[frozenset[Right]] = _SUPERVISION | {
    "assess",
    "audit",
    "override",
    "register",
    "compare",
    "export",
    "small-counts",
    "deciders",
}
_RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    "SUPERVISOR": _SUPERVISION | {"assess"},
    "DUTY_INSPECTOR": _SUPERVISION,
    "FCR": _REGISTRY,
    "DEPUTY_FCR": _REGISTRY,
    "DDM": _SUPERVISION | {"assess"},
    "OPS": frozenset({"live", "act"}),
    "AUDITOR": frozenset({"live", "trace", "audit", "figures", "register", "export"}),
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is signed in."""

    name: str
    role: Role
    forces: tuple[str, ...]
    """The forces they may see; ``*`` stands for every one."""

    def may(self, right: Right) -> bool:
        """Return whether their role has a right."""
        return right in _RIGHTS.get(self.role, frozenset())

    def sees(self, force: str) -> bool:
        """Return whether they may see a force."""
        return ALL_FORCES in self.forces or force in self.forces

    @property
    def limit(self) -> tuple[str, ...] | None:
        """Their forces, or None where they see every one."""
        return None if ALL_FORCES in self.forces else self.forces

    @property
    def role_name(self) -> str:
        """Their role in words."""
        return ROLE_NAMES[self.role]
