"""``cdi dead-letters``: list, show, retry and delete messages that cannot be read or judged."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.kafka.correlation_headers import new_request
from agents.topics import dead_letters as dead_letter_topic
from agents.topics.dead_letters import is_name, name_of, truncation
from agents.topics.feeds import FeedProducer
from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import connected_settings
from deploy.cli.framework.output import print_table, tell
from schemas.products import DeadLetter
from schemas.quantities import counted
from schemas.refusals import REASONS
from schemas.rows import write_json
from schemas.times import to_rfc3339

if TYPE_CHECKING:
    from agents.settings.settings import Settings

dead_letters = typer.Typer(no_args_is_help=True)


@dead_letters.command("list")
def list_(
    topic: Annotated[str | None, typer.Option(help="only from this topic")] = None,
    reason: Annotated[str | None, typer.Option(help="only with this reason, such as NOT_AVRO")] = None,
    most: Annotated[int, typer.Option(help="the newest so many", min=1)] = 100,
) -> None:
    """List dead letters, oldest first: their names, when they came, and why they cannot be read."""
    if reason is not None and reason not in REASONS:
        raise UsageError(f"--reason: one of {', '.join(sorted(REASONS))}")
    selected = [
        letter
        for letter in dead_letter_topic.dead_letters(connected_settings())
        if (topic is None or letter.topic == topic) and (reason is None or letter.reason == reason)
    ]
    selected.sort(key=lambda letter: (letter.ingest_time, name_of(letter)))
    print_table(("name", "came", "reason", "detail"), map(_line, selected[-most:]))
    tell(counted(len(selected), "dead letter") + (f", the newest {most} shown" if len(selected) > most else ""))


@dead_letters.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="TOPIC/PARTITION/OFFSET, as the list has it")],
) -> None:
    """Show one dead letter whole, as JSON; key and value are base64.

    It may hold anything, personal data too.
    """
    if not is_name(name):
        raise UsageError(f"{name}: not TOPIC/PARTITION/OFFSET, as 'cdi dead-letters list' has it")
    letter = dead_letter_topic.dead_letter(connected_settings(), name)
    if letter is None:
        raise CommandError(f"there is no dead letter {name}")
    sys.stdout.write(write_json(letter).decode() + "\n")
    if (cut := truncation(letter)) is not None:
        tell(f"{cut}: the message itself stays where it came from for as long as its topic keeps it")


@dead_letters.command()
def retry(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="TOPIC/PARTITION/OFFSET, as the list has it")],
) -> None:
    """Put messages back on their topics once the reason for their refusal is mended.

    What is refused again becomes a new dead letter; what was there already changes nothing.
    """
    settings, selected = _letters_named(names)
    if cut := list(filter(None, map(truncation, selected))):
        raise CommandError(f"{'; '.join(cut)}: have the source send that again; nothing was done")
    producer = FeedProducer(settings)
    with new_request() as request_id:
        for letter in selected:
            dead_letter_topic.retry(settings, letter, producer)
        producer.flush()
    tell(f"{counted(len(selected), 'put back on its topic', 'put back on their topics')} (request {request_id})")


@dead_letters.command("delete")
def delete_(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="TOPIC/PARTITION/OFFSET, as the list has it")],
) -> None:
    """Delete dead letters for good: the messages they hold stay where they came from."""
    settings, selected = _letters_named(names)
    dead_letter_topic.delete(settings, selected)
    tell(f"{counted(len(selected), 'dead letter')} deleted")


def _letters_named(names: list[str]) -> tuple[Settings, list[DeadLetter]]:
    """Return the dead letters of these names, each once.  Raises CommandError where one is missing."""
    for name in names:
        if not is_name(name):
            raise UsageError(f"{name}: not TOPIC/PARTITION/OFFSET, as 'cdi dead-letters list' has it")
    settings = connected_settings()
    by_name = {name_of(letter): letter for letter in dead_letter_topic.dead_letters(settings)}
    if missing := [name for name in names if name not in by_name]:
        raise CommandError(f"there is no dead letter {', '.join(missing)}; nothing was done")
    return settings, [by_name[name] for name in dict.fromkeys(names)]


def _line(letter: DeadLetter) -> tuple[str, ...]:
    return (name_of(letter), to_rfc3339(letter.ingest_time), letter.reason, letter.detail)
