"""Read mapping files, and the code tables beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from deploy.files.mapping.code_tables import CodeTable
from deploy.files.mapping.column_mapping import ColumnMapping
from deploy.files.mapping.field_source import FieldSource
from deploy.files.mapping.row_records import FieldSources
from deploy.files.record_files import FileRefusedError
from deploy.files.toml_faults import in_words


def read_mapping(named: str, defaults: Mapping[str, str] = MappingProxyType({})) -> ColumnMapping:
    """Read a mapping file, or the packaged mapping of this name.

    ``defaults`` has the columns of fields that it need not state.  Raises FileRefusedError.
    """
    path = Path(named)
    try:
        is_file = path.suffix == ".toml" or path.exists()
        file: Traversable = path if is_file else files("deploy").joinpath("mappings", f"{named}.toml")
        folder: Traversable = path.parent if is_file else files("deploy").joinpath("mappings")
        return with_code_tables(_mapping(file.read_text(encoding="utf-8"), folder, defaults), folder)
    except FileNotFoundError:
        raise FileRefusedError(f"{named}: there is no such mapping file{_near(named)}") from None
    except OSError as failure:
        raise FileRefusedError(f"{named}: {failure.strerror or failure}") from None
    except (msgspec.DecodeError, ValueError, LookupError, re.error) as refusal:
        raise FileRefusedError(f"{named}: not a mapping: {' '.join(str(refusal).split())}") from None


def shipped() -> list[str]:
    """Return the names of the mappings that come with the package."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in files("deploy").joinpath("mappings").iterdir()
        if file.name.endswith(".toml") and "\ntopic = " in f"\n{file.read_text(encoding='utf-8')}"
    )


def _near(named: str) -> str:
    """Return the shipped names that are like one that there is not, for a refusal."""
    near = get_close_matches(named, shipped(), cutoff=0.5)
    return f"; these come with the package: {', '.join(near)}" if near else ""


def _mapping(text: str, folder: Traversable, defaults: Mapping[str, str]) -> ColumnMapping:
    """Read a mapping; a fault within a field's table is named with the field, which msgspec leaves out."""
    written = _with_paths(msgspec.toml.decode(text), folder)
    fields = written.get("fields")
    for name, field in fields.items() if isinstance(fields, dict) else ():
        try:
            msgspec.convert(field, FieldSources)
        except msgspec.ValidationError as fault:
            line = in_words(str(fault).replace(" - at `$`", ""), FieldSource.__struct_fields__)
            raise ValueError(f"fields.{name}: {line}") from None
    if isinstance(fields, dict):
        written["fields"] = {**defaults, **fields}
    try:
        return msgspec.convert(written, ColumnMapping)
    except msgspec.ValidationError as fault:
        raise ValueError(in_words(str(fault), ColumnMapping.__struct_fields__)) from None


def _with_paths(stated: Any, folder: Traversable) -> Any:  # noqa: ANN401 - any TOML
    """Return what a mapping states, with the files of its keys by their paths from its folder."""
    if isinstance(stated, list):
        return [_with_paths(item, folder) for item in stated]
    if not isinstance(stated, dict):
        return stated
    read = {key: _with_paths(value, folder) for key, value in stated.items()}
    key = read.get("pseudonym")
    if isinstance(key, dict) and isinstance(key.get("file"), str):
        read["pseudonym"] = key | {"file": str(folder.joinpath(key["file"]))}
    return read


def with_code_tables(mapping: ColumnMapping, folder: Traversable) -> ColumnMapping:
    """Return a mapping whose fields hold the code tables that lie in a folder.  Raises ValueError."""

    def filled(fields: dict[str, FieldSources]) -> dict[str, FieldSources]:
        return {name: _filled(name, field, folder) for name, field in fields.items()}

    records = tuple(msgspec.structs.replace(record, fields=filled(record.fields)) for record in mapping.record)
    return msgspec.structs.replace(mapping, fields=filled(mapping.fields), record=records)


def _filled(name: str, field: FieldSources, folder: Traversable) -> FieldSources:
    if isinstance(field, tuple):
        return tuple(
            _with_table(name, source, folder) if isinstance(source, FieldSource) else source for source in field
        )
    return _with_table(name, field, folder) if isinstance(field, FieldSource) else field


def _code_table(name: str, folder: Traversable) -> Traversable:
    """Return the code table in a folder, or the packaged one of its name where the folder has none."""
    beside, packaged = folder.joinpath(name), files("deploy").joinpath("mappings", name)
    return packaged if packaged.is_file() and not beside.is_file() else beside


def _with_table(name: str, source: FieldSource, folder: Traversable) -> FieldSource:
    if source.values_file is None:
        return source
    place = f"fields.{name}.values_file"
    if Path(source.values_file).name != source.values_file:
        raise ValueError(f"{place}: a file beside the mapping, by its name")
    try:
        text = _code_table(source.values_file, folder).read_text(encoding="utf-8-sig")
        is_csv = source.values_file.endswith(".csv")
        table = CodeTable.from_csv(text) if is_csv else msgspec.toml.decode(text, type=CodeTable)
        table.check(place)
    except OSError as failure:
        raise ValueError(f"{place}: {source.values_file}: {failure.strerror or failure}") from None
    except ValueError as refusal:
        raise ValueError(f"{place}: {source.values_file}: {refusal}") from None
    codes = CodeTable() if source.codes is None else source.codes
    both = codes.over(table)
    return msgspec.structs.replace(source, values=both.values, prefixes=both.prefixes, patterns=both.patterns)
