"""Read the elements of an XML file that are rows, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError, tostring
from xml.parsers.expat.errors import XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN, codes

from defusedxml.common import DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden
from defusedxml.ElementTree import iterparse

from deploy.files.csv_rows import LARGEST_ROW
from deploy.files.kinds.packed import Content
from deploy.files.kinds.table_row import ListText, StatedCells, TableRow
from deploy.files.record_files import FileNotWholeError, FileRefusedError

if TYPE_CHECKING:
    from deploy.files.mapping import ColumnMapping

_CUT: Final = frozenset({codes[XML_ERROR_NO_ELEMENTS], codes[XML_ERROR_UNCLOSED_TOKEN]})
"""How XML fails that has no end."""
_DEEPEST: Final = 64
_TOO_LARGE: Final = f"an element of it is longer than {LARGEST_ROW} bytes, or more than {_DEEPEST} deep"


def xml_rows(content: Content, mapping: ColumnMapping) -> Iterator[TableRow]:
    """Yield each element that the mapping's rows names, or each just below the root, from 1.

    Raises FileRefusedError where the file is no XML, or XML that may be meant to harm.
    """
    try:
        with content.opened() as source:
            for number, element in enumerate(_elements(source, mapping.rows), 1):
                yield TableRow(number, _cells(element), _written(element))
    except (DTDForbidden, EntitiesForbidden):
        raise FileRefusedError(f"{content.name}: XML that defines entities is not read: they can be bombs") from None
    except ExternalReferenceForbidden:
        raise FileRefusedError(f"{content.name}: XML that refers to other files is not read") from None
    except ParseError as fault:
        line, column = fault.position
        refusal = FileNotWholeError if fault.code in _CUT else FileRefusedError
        raise refusal(f"{content.name}: not XML from line {line}, column {column + 1} on: is it whole?") from None
    except (ValueError, LookupError) as fault:  # an encoding that expat does not know
        raise FileRefusedError(f"{content.name}: not XML that can be read: {fault}") from None
    except _TooLargeError:
        raise FileRefusedError(f"{content.name}: {_TOO_LARGE}") from None


def _written(element: Element) -> Callable[[], str]:
    return lambda: tostring(element, encoding="unicode")


class _TooLargeError(Exception):
    pass


class _Measured:
    """Reads what has to be held in memory, and no more than a row may have."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.held = 0

    def read(self, size: int = -1) -> bytes:
        """Read a block."""
        block = self._source.read(size)
        self.held += len(block)
        if self.held > LARGEST_ROW:
            raise _TooLargeError
        return block


def _elements(source: BinaryIO, rows: str | None) -> Iterator[Element]:
    """Yield each row once it was read, and forget it when the next is asked for."""
    wanted = rows.split(".") if rows else None
    measured = _Measured(source)
    path: list[Element] = []
    names: list[str] = []
    row_depth = 0
    for event, element in iterparse(measured, events=("start", "end"), forbid_dtd=False):
        if event == "start":
            path.append(element)
            names.append(_local(element.tag))
            if len(path) > _DEEPEST:
                raise _TooLargeError
            is_row = len(path) == 2 if wanted is None else names[-len(wanted) :] == wanted
            row_depth = len(path) if is_row and not row_depth else row_depth
            continue
        if len(path) == row_depth:
            yield element
            row_depth = 0
        path.pop()
        names.pop()
        if not row_depth:
            measured.held = 0
            element.clear()
            if path:
                path[-1].remove(element)


def _local(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rpartition("}")[2]


def _cells(element: Element) -> StatedCells:
    """Return what an element states: ``child``, ``child.grandchild`` and ``@attribute``."""
    by_column: dict[str, list[str]] = {}
    for column, text in _texts("", element):
        by_column.setdefault(column, []).append(text)
    cells = StatedCells()
    for column, texts in by_column.items():
        cells[column] = texts[0] if len(texts) == 1 else ListText.of(filter(None, texts))
    return cells


def _texts(prefix: str, element: Element) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        yield f"{prefix}@{_local(name)}", value
    for child in element:
        name = f"{prefix}{_local(child.tag)}"
        if len(child) == 0:
            yield name, (child.text or "").strip()
        yield from _texts(f"{name}.", child)
