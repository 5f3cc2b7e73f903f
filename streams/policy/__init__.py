"""Policy: every number, list and date the rules go by, validated, effective-dated and versioned.

A policy is a TOML file.  The built-in one (``streams/policies/default.toml``, each number with its source) is
complete; a file of one's own says only what differs and is laid over it (see :meth:`PolicyBook.from_toml`).
"""

from __future__ import annotations

from streams.policy.action_policy import LEVELS, ActionPolicy, Level, NotificationPolicy
from streams.policy.audit_policy import AuditPolicy
from streams.policy.book import PolicyBook
from streams.policy.builtin import default_policy_text
from streams.policy.codes import CodeList
from streams.policy.policy import Policy, Preclusion
from streams.policy.reading import NotAllowedError, PolicyError
from streams.policy.value_types import duration

__all__ = [
    "LEVELS",
    "ActionPolicy",
    "AuditPolicy",
    "CodeList",
    "Level",
    "NotAllowedError",
    "NotificationPolicy",
    "Policy",
    "PolicyBook",
    "PolicyError",
    "Preclusion",
    "default_policy_text",
    "duration",
]
