"""Who may do what about an alert."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

from schemas.products import ActionKind

Role = Literal["SUPERVISOR", "DUTY_INSPECTOR", "FCR", "DEPUTY_FCR", "DDM", "OPS", "AUDITOR", "SYSTEM"]
"""DDM: a designated decision maker, who reads logs and decides whether they disclose a crime."""
ROLES: Final[frozenset[str]] = frozenset(get_args(Role))

_EVERYDAY: Final = frozenset({"ACK", "ASSIGN", "NOTE", "SILENCE", "UNSILENCE", "ESCALATE", "HANDOVER"})
_MAY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "SUPERVISOR": _EVERYDAY,
        "DUTY_INSPECTOR": _EVERYDAY,
        "FCR": frozenset(get_args(ActionKind)),
        "DEPUTY_FCR": frozenset(get_args(ActionKind)),
        "DDM": _EVERYDAY,
        "OPS": _EVERYDAY,
        "AUDITOR": frozenset(),
        "SYSTEM": frozenset({"ESCALATE"}),
    }
)
ONLY_FEEDS: Final = frozenset({"OPS"})
"""Roles that act on alerts about feeds alone."""


def role_of(stated: str) -> Role | None:
    """Return the role that is named, in any spelling (``duty-inspector``); None for one there is not."""
    spelled = stated.strip().upper().replace("-", "_").replace(" ", "_")
    return next((role for role in get_args(Role) if role == spelled), None)


def may(role: str, kind: str) -> bool:
    """Return whether a role may take such an action at all."""
    known_role = role_of(role)
    return known_role is not None and kind in _MAY[known_role]
