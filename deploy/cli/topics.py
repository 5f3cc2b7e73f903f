"""``cdi topics``: the topics on the broker."""

from __future__ import annotations

import typer

from agents.admin import check_topics, create_topics
from deploy.cli.installation import connected
from deploy.cli.outcomes import CommandFailed, tell
from streams.topology import TOPICS

topics = typer.Typer(no_args_is_help=True, help="The topics on the broker.")


@topics.command()
def create() -> None:
    """Make every topic that is not there yet; those that are stay as they are."""
    settings = connected()
    made = create_topics(settings)
    for name in made:
        tell(f"made {name}")
    tell(f"{len(made)} topics made, {len(TOPICS) - len(made)} were there")
    _check()


@topics.command()
def check() -> None:
    """Say how the topics differ from what they must be; exits 1 if they do."""
    _check()
    tell(f"{len(TOPICS)} topics are as they must be")


def _check() -> None:
    differences = check_topics(connected())
    for difference in differences:
        tell(difference)
    if differences:
        raise CommandFailed(f"{len(differences)} differences between the topics and what they must be")
