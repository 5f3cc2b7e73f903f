"""The page of who decided without the training for it.  It names people."""

from __future__ import annotations

import uuid

from starlette.responses import Response

from dashboards.board.http.csv import csv_file, csv_name
from dashboards.board.pages.handler import Visit, today_of
from dashboards.board.readmodel import policy_comparisons
from dashboards.board.readmodel.counts import force_counts
from streams.reports.deciders.decider_fields import needs_as_csv


def show(visit: Visit) -> Response:
    """Show the list, whoever decided most first."""
    with visit.board.model.reading() as connection:
        needs = force_counts.training(connection, visit.person)
        ages = force_counts.ages(connection, visit.person)
        forces = policy_comparisons.forces(connection, visit.person)
    people = len({(need.force, need.person) for need in needs if need.person})
    return visit.page(
        "training.html", needs=needs, people=people, ages=ages, forces=forces, action_id=str(uuid.uuid4())
    )


def export(visit: Visit) -> Response:
    """Give the list as a file."""
    with visit.board.model.reading() as connection:
        needs = force_counts.training(connection, visit.person)
    return csv_file(csv_name("training-needs", visit.person.forces, today_of(visit)), needs_as_csv(needs))
