"""``cdi topics``: create and check the topics on the broker, and the rights to them."""

from __future__ import annotations

from typing import Annotated

import typer

from agents.kafka.acls import grant
from agents.kafka.topic_differences import check_topics, describe
from agents.kafka.topics import create_topics, set_periods
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import connected_settings, read_settings
from deploy.cli.framework.output import tell
from schemas.quantities import counted
from streams.topology.acls import Role, accesses
from streams.topology.topics import TOPICS

topics = typer.Typer(no_args_is_help=True)


@topics.command()
def create(
    periods: Annotated[
        bool, typer.Option("--periods", help="have those that are there keep messages as long as is set: older ones go")
    ] = False,
) -> None:
    """Make every topic that is not there yet; those that are stay as they are, but for --periods."""
    settings = connected_settings()
    created = create_topics(settings)
    for name in created:
        tell(f"made {name}")
    tell(f"{counted(len(created), 'topic')} made, {counted(len(TOPICS) - len(created), 'was', 'were')} there")
    for name in set_periods(settings) if periods else ():
        tell(f"{name} now keeps messages as long as is set")
    _check()


@topics.command()
def check() -> None:
    """Say how the topics differ from what they must be; exits 1 if they do."""
    _check()
    tell(f"{len(TOPICS)} topics are as they must be")


@topics.command()
def acls(
    role: Annotated[Role, typer.Option(help="whose task it is")] = Role.MONITOR,
    principal: Annotated[str | None, typer.Option(help="who is meant, as Kafka names it: User:cdi")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="make the rules on the broker")] = False,
) -> None:
    """Print the least a role must be allowed on the broker, tab-separated; with --apply, allow it."""
    if apply and principal is None:
        raise UsageError("--apply needs --principal")
    settings = connected_settings() if apply else read_settings()
    rules = list(accesses(role, settings.prefix))
    for rule in rules:
        typer.echo("\t".join((principal or "-", "ALLOW", rule.operation, rule.kind, rule.pattern, rule.name)))
    if principal is not None and apply:
        grant(settings, principal, rules)
        tell(f"{counted(len(rules), 'rule is', 'rules are')} in force for {principal}")


def _check() -> None:
    differences = check_topics(connected_settings())
    for difference in differences:
        tell(describe(difference))
    if differences:
        raise CommandError(f"{counted(len(differences), 'difference')} between the topics and what they must be")
