"""Routes and recipients to try things on."""

from __future__ import annotations

from agents.notifier.routing import Routing
from streams.policy import PolicyBook

BOOK = PolicyBook.built_in()
POLICY = BOOK.notifications
SECRET = "sixteen bytes at least"

ROUTES = """
[[recipient]]
name = "room"
role = "SUPERVISOR"
email = "control.room@leics.example"

[[recipient]]
name = "inspector"
role = "DUTY_INSPECTOR"
email = "inspector@leics.example"

[[recipient]]
name = "registrar"
role = "FCR"
forces = ["LEICS"]
email = "registrar@leics.example"

[[route]]
severities = ["CRITICAL"]
statuses = ["AT_RISK", "BREACHED"]
roles = ["SUPERVISOR"]

[[route]]
severities = ["CRITICAL", "HIGH"]
to = ["registrar"]

[[route]]
to = ["registrar"]
digest = "only"
"""
ROUTING = Routing.from_toml(ROUTES)
