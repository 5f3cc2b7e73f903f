"""People of every role use the board as fast as it answers, and it is killed in the middle of it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Final

from agents.kafka.codecs import product_codec
from agents.kafka.reader import messages
from dashboards.board.domain.people import ROLE_NAMES
from schemas.products import AlertAction
from streams.topology.topics import ACTIONS
from tests.chaos.checks.visits import check_visits
from tests.chaos.injections.injection import Injection
from tests.chaos.site.installation import GARBAGE, Site, seconds
from tests.chaos.site.visitors import Visits, add_people, alerts_by_force, name_of

_BEFORE_SECONDS: Final = 8.0
_PATIENCE_SECONDS: Final = 60.0
_COMING_BACK_SECONDS: Final = 90.0
"""How long a board may take, on a machine with much else to do, to answer everybody again."""
_AFTER_SECONDS: Final = 8.0


def inject(site: Site, dice: Random) -> Iterator[None]:
    """Let visitors in, kill the board, and let them go on with the sessions they have."""
    alerts: dict[str, list[str]] = {}
    for _ in seconds(_PATIENCE_SECONDS):
        with suppress(sqlite3.OperationalError):
            alerts = alerts_by_force(site.board_database)
        if len(alerts) > 1:
            break
        yield
    add_people(site.board_database, sorted(alerts))
    visits = Visits(f"http://127.0.0.1:{site.board_port}", alerts, dict(site.feed.forces_by_story), dice)
    threads = visits.begin()
    try:
        yield from _stay(site, visits)
    finally:
        visits.over.set()
    while any(thread.is_alive() for thread in threads):
        yield
    check_visits(visits.made, site.visited)
    site.visited.compared["wrong passwords refused"] += visits.refused
    _check_notes(site, alerts)


def _stay(site: Site, visits: Visits) -> Iterator[None]:
    """Let time pass until everybody was signed in, the board was killed, and everybody was answered again."""
    for _ in seconds(_PATIENCE_SECONDS):
        if len(visits.signed_in) == len(ROLE_NAMES):
            break
        yield
    yield from seconds(_BEFORE_SECONDS)
    if (board := site.fleet.services["board"]).running:
        board.kill()
    visits.killed.set()
    for _ in seconds(_COMING_BACK_SECONDS):
        if {visit.role for visit in list(visits.made) if visit.after_kill and visit.status} >= visits.signed_in:
            break
        yield
    yield from seconds(_AFTER_SECONDS)


def _check_notes(site: Site, alerts: dict[str, list[str]]) -> None:
    """See that nobody's note is on an alert of another force, or of one who may write none."""
    forces = {alert: force for force, ids in alerts.items() for alert in ids}
    people = {name_of(role, force): (role, force) for role in ROLE_NAMES for force in site.feed.forces}
    codec, notes = product_codec(site.settings), Counter[str]()
    for message in messages(site.settings, ACTIONS):
        if message.key == GARBAGE or message.value is None:
            continue
        action = codec.decode_as(AlertAction, message.value)
        if action.by not in people:
            continue
        role, force = people[action.by]
        notes[action.action_id] += 1
        if role in {"AUDITOR", "OPS"} or forces.get(action.alert_id, force) != force or action.force != force:
            site.visited.find("LEAKED", f"{role}: a note on an alert of {action.force}")
    site.visited.compared["notes"] = len(notes)


INJECTION = Injection(
    "board-visited",
    "a person of every role, and somebody not signed in, ask the board for everything of their own force and of others "
    "while it is killed",
    inject,
)
