"""Say what kind of file it is by how it begins; its name says nothing."""

from __future__ import annotations

import re
from typing import BinaryIO, Final, Literal, TypeAlias

FileKind: TypeAlias = Literal["table", "json", "json lines", "xml", "workbook", "zip", "gzip"]

HEAD_BYTES: Final = 4096
"""How much of a file tells what it is."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_BLOCK_BYTES: Final = 1 << 20
_FOREIGN: Final = {
    b"%PDF": "a PDF: ask its source for the table that it was printed from",
    b"{\\rtf": "a document in Rich Text Format",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it, or pack it as ZIP",
    b"Rar!": "a RAR archive: unpack it, or pack it as ZIP",
    b"BZh": "a file packed by bzip2: unpack it, or pack it by gzip",
    b"\xfd7zXZ\0": "a file packed by xz: unpack it, or pack it by gzip",
    b"\x28\xb5\x2f\xfd": "a file packed by zstd: unpack it, or pack it by gzip",
    b"SQLite format 3\0": "an SQLite database: export the table as CSV",
    b"PAR1": "a Parquet file: export it as CSV or JSON Lines",
    b"Obj\x01": "an Avro file: export it as CSV or JSON Lines",
}
"""What is no table, by its first bytes."""
_HTML: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE | re.DOTALL
)
_XML: Final = re.compile(rb"\s*<(?:\?xml\s|!--|!DOCTYPE\s|[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=|\s*/?>(?!\s*[,;|\t])))")
_XML_UTF_16: Final = re.compile(rb"(?:\xff\xfe<\0|\xfe\xff\0<)")
_JSON_LIST: Final = re.compile(rb"\s*\[\s*(?:[{\[]|\]\s*$)")
_JSON_OBJECT: Final = re.compile(rb"\s*\{\s*[\"}]")
_JSON_UTF_16: Final = re.compile(rb"(?:\xff\xfe)?[{\[]\0|(?:\xfe\xff)?\0[{\[]")


class ForeignFileError(Exception):
    """A file of a kind that holds no rows; the message says of which."""


def kind_of(head: bytes) -> FileKind:
    """Return the kind of a file that begins so.  Raises ForeignFileError."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(_OLE):
        return "workbook"
    for beginning, what in _FOREIGN.items():
        if head.startswith(beginning):
            raise ForeignFileError(what)
    text = head.removeprefix(BYTE_ORDER_MARK)
    if _HTML.match(text):
        raise ForeignFileError("an HTML page, as a server sends one in the place of a file")
    if _XML.match(text) or _XML_UTF_16.match(text):
        return "xml"
    if _JSON_UTF_16.match(text):
        raise ForeignFileError("UTF-16 text, where JSON Lines are UTF-8, and other JSON is too")
    if _JSON_LIST.match(text):
        return "json"
    return "json lines" if _JSON_OBJECT.match(text) else "table"


def is_encrypted(content: BinaryIO) -> bool:
    """Return whether an old Office file names what Excel puts an encrypted workbook into."""
    tail = content.read(len(_OLE))
    if tail != _OLE:
        return False
    while block := content.read(_BLOCK_BYTES):
        if _PACKAGE in tail + block:
            return True
        tail = block[-len(_PACKAGE) :]
    return False
