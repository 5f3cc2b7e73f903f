"""What the doctor says of releases that meet: workers, their state and schemas, the databases, the registry, policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from agents.kafka.codecs import product_codec
from agents.kafka.reader import newest_messages
from agents.kafka.schema_registry import Registry, schema_differences
from agents.kafka.writer_release import newest_writers, program_version, release_of_client
from agents.notifier import outbox
from agents.settings.schema_registry import RegistryError
from dashboards.board.domain.settings import BoardSettings
from dashboards.board.readmodel import versions as read_model
from deploy.doctor.diagnosis import Diagnosis, wrong
from streams.engine.state_format import FORMAT
from streams.topology.topics import STATE_CHANGELOG, TOPICS

if TYPE_CHECKING:
    from agents.settings.settings import Settings
    from streams.policy import PolicyBook

_UPGRADES = "see 'Upgrades' in the operator's guide"


def programs(clients: Collection[str], group: str) -> Iterator[Diagnosis]:
    """Compare the releases of the workers that run, by the names of their consumers."""
    ours = program_version()
    found = Counter(release_of_client(client, group) for client in clients)
    said = ", ".join(f"cdi {version} ({count})" for version, count in sorted(found.items()))
    if len(found) > 1:
        yield wrong(f"workers are of different releases, {said}", f"end the upgrade or go back; {_UPGRADES}")
    elif found and ours not in found:
        yield Diagnosis("note", f"workers are {said}, this is cdi {ours}: ask the doctor of theirs")
    elif found:
        yield Diagnosis("ok", f"workers are {said}, as this is")


def state(settings: Settings, book: PolicyBook) -> Iterator[Diagnosis]:
    """Tell whose the state is, and by which policy it was judged, by the newest word on each partition."""
    newest = dict(newest_writers(settings))
    ours = program_version()
    for partition, author in newest.items():
        if author.is_newer:
            yield wrong(
                f"the state of partition {partition} is of format {author.state_format}, written by cdi "
                f"{author.program}; this is cdi {ours}, which knows format {FORMAT}",
                "run that release or a newer one; workers of this one stop before it, and nothing is lost",
            )
        if author.policy not in {None, book.version}:
            yield wrong(
                f"partition {partition} was last judged by policy {author.policy}, not by {book.version}, which the "
                "doctor was given",
                "give every process the same file in CDI_POLICY, and the doctor too (or with --policy)",
            )
    former = sorted({each.state_format for each in newest.values() if each.state_format < FORMAT})
    for number in former:
        yield Diagnosis("note", f"there is state of format {number}: it is brought to {FORMAT} as it is read")
    if newest and not any(each.is_newer for each in newest.values()):
        yield Diagnosis("ok", f"the state can be read: format {FORMAT} or older")


def schemas(settings: Settings) -> Iterator[Diagnosis]:
    """Name the topics whose newest messages are under schemas that nobody here knows."""
    codec = product_codec(settings)
    topics = [topic for topic in TOPICS if topic is not STATE_CHANGELOG]
    unknown: dict[str, set[int]] = {}
    for (topic, _), message in newest_messages(settings, topics).items():
        value = message.value
        schema_id = codec.unknown_id(value) if value else None
        if value and schema_id is not None and not codec.knows(value):
            unknown.setdefault(topic, set()).add(schema_id)
    for topic, ids in sorted(unknown.items()):
        yield wrong(
            f"{topic}: the newest messages are under schema {', '.join(f'{each:#x}' for each in sorted(ids))}, "
            "unknown here",
            "upgrade to the release that writes it, or name its registry in CDI_SCHEMA_REGISTRY; then "
            "'cdi dead-letters retry' what was set aside",
        )


def registry(settings: Settings) -> Iterator[Diagnosis]:
    """Say how the registry differs from what this release needs."""
    address = settings.registry
    if address is None:
        return
    try:
        found = list(schema_differences(Registry(address)))
    except RegistryError as failure:
        yield wrong(str(failure), "until it answers, processes go by what it said before, if they ever heard it")
        return
    for line in found:
        yield Diagnosis("WRONG", f"schema registry: {line}")
    if not found:
        yield Diagnosis("ok", f"the schema registry at {address.url} has this release's schemas")


def databases(settings: Settings) -> Iterator[Diagnosis]:
    """Tell the versions of the board's read model and the notifier's outbox, where they can be reached from here."""
    try:
        own = BoardSettings()
        if "data" not in own.model_fields_set:
            own = own.model_copy(update={"data": settings.data})
        found = read_model.version_of(own.database_url)
    except ValidationError as refusal:
        place = "_".join(str(part).upper() for part in refusal.errors()[0]["loc"])
        yield wrong(f"CDI_BOARD_{place} cannot be used", "mend it: no board starts with it")
    except SQLAlchemyError as failure:
        yield wrong(f"the board's database does not answer ({type(failure).__name__})", "see CDI_BOARD_DATABASE")
    else:
        yield from _read_model(found)
    file = settings.data / "notifier" / "outbox.sqlite"
    try:
        version = outbox.version_of(file)
    except SQLAlchemyError as failure:
        yield wrong(f"{file} cannot be read ({type(failure).__name__})", "restore it, or let the notifier make it anew")
        return
    if version is not None and version > outbox.VERSION:
        yield wrong(
            f"the notifier's outbox is of version {version}, this release knows {outbox.VERSION}",
            "run the release that wrote it, or a newer one; nothing is sent meanwhile, and nothing lost",
        )
    elif version is not None:
        yield Diagnosis("ok", _database("the notifier's outbox", version, outbox.VERSION, "migrated"))


def _read_model(found: int | None) -> Iterator[Diagnosis]:
    if found is not None and found > read_model.VERSION:
        yield wrong(
            f"the board's read model is of version {found}, this release knows {read_model.VERSION}",
            "run the release that wrote it, or a newer one, or name an empty database in CDI_BOARD_DATABASE",
        )
    elif found is not None:
        yield Diagnosis("ok", _database("the board's read model", found, read_model.VERSION, "made anew from Kafka"))


def _database(name: str, found: int, ours: int, becomes: str) -> str:
    former = "" if found == ours else f": it is {becomes} when next opened, to version {ours}"
    return f"{name} is of version {found}{former}"
