"""Faults of a field's source, each named before a row is read."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Final

from deploy.files.mapping.field_source import FieldSource
from deploy.files.mapping.patterns import compiled
from deploy.files.mapping.row_places import RowOrder, RowTimes
from deploy.files.mapping.times import check_format, check_zone

_LONGEST_PAD: Final = 64


def check_field(name: str, field: FieldSource, *, is_time: bool, is_list: bool) -> None:
    """Raise ValueError for the first fault of a field's source."""
    for fault in _faults(field):
        raise ValueError(f"fields.{name}: {fault}")
    if field.order is not None:
        _check_order(name, field, is_time=is_time)
    _check_person(name, field)
    if field.list_of is not None and not (is_list and field.list_of):
        raise ValueError(f"fields.{name}: list_of names the columns of a list, one or more")
    if field.formats and (is_list or field.split is not None):
        raise ValueError(f"fields.{name}: a list has no time")
    if field.extract is not None:
        compiled(f"fields.{name}.extract", field.extract)
    if field.codes is not None:
        field.codes.check(f"fields.{name}")
    for condition in field.when:
        condition.check(f"fields.{name}.when")
    _check_times(name, field)


def _check_person(name: str, field: FieldSource) -> None:
    if name.endswith("_token") and field.digest is not None:
        raise ValueError(f"fields.{name}: a bare hash tells who it is; use column or template with pseudonym")
    if field.pseudonym is None:
        return
    try:
        _ = field.pseudonym.secret
    except ValueError as refusal:
        raise ValueError(f"fields.{name}: pseudonym: {refusal}") from None


def _check_times(name: str, field: FieldSource) -> None:
    if field.zone is not None:
        check_zone(f"fields.{name}", field.zone)
    if field.time is not None and not field.formats:
        raise ValueError(f"fields.{name}: time: no format")
    for form in field.formats:
        check_format(f"fields.{name}", form, field.zone)


def _faults(field: FieldSource) -> Iterator[str]:
    sources = [field.column, field.list_of, field.template, field.constant, field.digest, field.order]
    if sum(source is not None for source in sources) != 1:
        yield "exactly one of column, template, constant and digest"
    try:
        template = list(Formatter().parse(field.template or ""))
    except ValueError as refusal:
        yield f"not a template: {refusal}"
        return
    if any(spec or conversion for _, _, spec, conversion in template):
        yield "a template has columns in braces, and no format of them"
    if field.split == "":
        yield "split by nothing"
    if field.split is not None and field.extract is not None:
        yield "one of split and extract"
    yield from _code_faults(field)
    if field.part is not None and 0 in field.part:
        yield "part: characters are counted from 1, or from -1 at the end"
    if "" in (field.replace or {}):
        yield "replace: nothing cannot be replaced"
    if field.pad is not None and not 1 <= field.pad <= _LONGEST_PAD:
        yield f"pad: 1 to {_LONGEST_PAD} characters"


def _code_faults(field: FieldSource) -> Iterator[str]:
    has_table = field.codes is not None or field.values_file is not None
    if field.otherwise is not None and not has_table:
        yield "otherwise without values; values = {} makes it of every value that is stated"
    if field.keep and (field.otherwise is not None or not has_table):
        yield "keep goes with values and without otherwise: it says what becomes of a value that is not among them"


def _check_order(name: str, field: FieldSource, *, is_time: bool) -> None:
    in_place = name == "revision" or (is_time and field.order in RowTimes._fields)
    if not in_place or sum(getattr(field, order) for order in RowOrder._fields) > 1:
        times = " and ".join(RowTimes._fields)
        raise ValueError(
            f"fields.{name}: one of {', '.join(RowOrder._fields)}, and in revision alone; {times} may be a time, too"
        )
