"""``cdi schemas``: check the Avro schemas, and register them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.cli.framework.errors import CommandError, UsageError
from deploy.cli.framework.installation import read_settings
from deploy.cli.framework.output import tell
from schemas.avro import FILE_BY_ID, OURS, OURS_LOGICAL, SCHEMA_TEXT_BY_ID, Schema, logical, subject_of
from schemas.quantities import counted
from schemas.resolution import Resolution, resolve
from schemas.shapes import RECORDS, Record

schemas = typer.Typer(no_args_is_help=True)


@schemas.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="a feed's own Avro schemas")] = None,
) -> None:
    """Say whether the schemas fit the records, and former and foreign ones can be read; exits 1 if not.

    With CDI_SCHEMA_REGISTRY set, whether the registry has them and keeps them compatible as well.
    """
    wrong = [line for record in RECORDS for line in _unlike(record)]
    for number, text in SCHEMA_TEXT_BY_ID.items():
        wrong += [f"{FILE_BY_ID[number]}: {fault}" for fault in _resolution(text).faults]
    for path in files or []:
        resolution = _of_file(path)
        wrong += [f"{path}: {fault}" for fault in resolution.faults]
        for assumption in resolution.assumptions:
            tell(f"{path}: {assumption}")
    address = read_settings().registry
    if address is not None:
        from agents.kafka.schema_registry import Registry, schema_differences  # noqa: PLC0415 - only where there is one

        wrong += schema_differences(Registry(address))
    for line in wrong:
        tell(line)
    if wrong:
        raise CommandError(f"{counted(len(wrong), 'fault')} in the schemas")
    tell(f"{len(OURS)} schemas fit their records; {len(FILE_BY_ID) + len(files or [])} can be read")
    if address is not None:
        tell(f"all are registered at {address.url}, and kept compatible")


@schemas.command()
def register() -> None:
    """Register the schemas in the registry that CDI_SCHEMA_REGISTRY names.

    An incompatible one is refused.
    """
    from agents.kafka.schema_registry import Registry, register_ours  # noqa: PLC0415 - not needed by others

    address = read_settings().registry
    if address is None:
        raise UsageError("CDI_SCHEMA_REGISTRY names no registry")
    for subject, schema_id in register_ours(Registry(address)):
        typer.echo(f"{subject}\t{schema_id}")
    tell(f"all are registered at {address.url}, and kept compatible")


def _unlike(record: type[Record]) -> Iterator[str]:
    """Name how a record and its schema differ in their fields."""
    fields = [field.name for field in msgspec.structs.fields(record)]
    described = [field["name"] for field in OURS[record]["fields"]]
    if fields != described:
        yield f"{subject_of(record)}: the schema's fields are not the record's, in its order"


def _of_file(path: Path) -> Resolution:
    """Return how messages written with a file's schema are read."""
    try:
        return _resolution(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as failure:
        return Resolution((getattr(failure, "strerror", None) or "not UTF-8 text",), (), ())


def _resolution(text: str) -> Resolution:
    """Return how messages written with a schema are read as our record of its name."""
    try:
        written = logical(text)
    except ValueError as refusal:
        return Resolution((str(refusal),), (), ())
    ours = _our_schema(str(written["name"]).rpartition(".")[2])
    return Resolution(("no record has this name",), (), ()) if ours is None else resolve(written, ours)


def _our_schema(name: str) -> Schema | None:
    return next((schema for record, schema in OURS_LOGICAL.items() if record.__name__ == name), None)
