"""Files of other kinds, known by their first bytes, so that none is taken for a table of strange letters."""

from __future__ import annotations

import re

from importer.errors import SourceError

PACKED = {
    b"\x1f\x8b": "gzip twice over",
    b"\x28\xb5\x2f\xfd": "Zstandard twice over",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "compress (.Z)",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"PK\x03\x04": "zip",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}
OTHER = {
    b"%PDF-": "a PDF document",
    b"SQLite format 3\0": "an SQLite database",
    b"{\\rtf": "a document of a word processor",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"Obj\x01": "an Avro file",
    b"ARROW1": "an Arrow file",
    b"ORC\x12": "an ORC file",
}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|\?xml|\w+:Workbook)\b", re.IGNORECASE)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*(?:\"[^\"]*\"\s*:|\})")
_TAR = slice(257, 262)


def refuse_foreign(name: str, head: bytes) -> None:
    """Raise SourceError where a file's first 512 bytes show that it is no table of text, and say what it is."""
    for mark, kind in PACKED.items():
        if head.startswith(mark):
            raise SourceError(f"{name} is packed as {kind}. Unpack it, or save it as .xlsx or CSV, and give that.")
    other = next((kind for mark, kind in OTHER.items() if head.startswith(mark)), None)
    if head[_TAR] == b"ustar":
        other = "a tar archive"
    elif _MARKUP.match(head):
        other = "a web page or XML, whatever its name says (some systems call that Excel)"
    elif _JSON.match(head):
        other = "JSON"
    if other is not None:
        raise SourceError(f"{name} is {other}. Give what is in it as CSV, .xlsx or Parquet.")
