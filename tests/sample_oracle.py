"""An independent, row-by-row opinion of what the samples must become: plain Python, nothing of importer."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import polars as pl
from sample_bodies import JUDGES
from sample_rules import Row

FOLDER = Path(__file__).parents[1] / "sample_data"
MAPPINGS = {
    "crm_es.csv": "sample_crm.yaml",
    "shop_en.csv": "sample_shop.yaml",
    "loyalty.parquet": "sample_loyalty.yaml",
}
BLANK = {"crm_es.csv": frozenset({"NULL", "N/D", "-"})}

Cells = dict[str, str | None]


@dataclass(frozen=True)
class Expected:
    """What must come out of one sample. Rows are records from 1; each is in `bodies` or in `reasons`, never in both."""

    bodies: dict[int, dict[str, object]]
    reasons: dict[int, frozenset[str]]
    ids: dict[int, str]
    """Ids of the valid rows that have one: these go by PUT."""
    keys: dict[int, str]
    """Keys of the valid rows that have one; several key fields as one JSON array text."""
    dropped: dict[int, frozenset[str]]
    """Fields left out of valid rows, with the code of each."""


@cache
def expected(sample: str) -> Expected:
    """Judge every row of `crm_es.csv`, `shop_en.csv` or `loyalty.parquet`."""
    bodies: dict[int, dict[str, object]] = {}
    reasons: dict[int, set[str]] = {}
    dropped: dict[int, frozenset[str]] = {}
    identities: dict[int, tuple[str | None, str | None]] = {}
    for number, cells in enumerate(_records(sample), 1):
        if cells is None:
            reasons[number] = {"row|shape"}
            continue
        row = Row(cells, BLANK.get(sample, frozenset()))
        uid, key = JUDGES[sample](row)
        identities[number] = uid, key and unicodedata.normalize("NFC", key)
        if identities[number] == (None, None):
            row.reasons.add("key|required")
        bodies[number], reasons[number], dropped[number] = row.body, row.reasons, frozenset(row.dropped)
    for number in _repeated(identities):
        reasons[number].add("key|duplicate")
    valid = [number for number, found in reasons.items() if not found]
    return Expected(
        bodies={number: bodies[number] for number in valid},
        reasons={number: frozenset(found) for number, found in reasons.items() if found},
        ids={number: uid for number in valid if (uid := identities[number][0])},
        keys={number: key for number in valid if (key := identities[number][1])},
        dropped={number: dropped[number] for number in valid if dropped[number]},
    )


def _repeated(identities: dict[int, tuple[str | None, str | None]]) -> Iterator[int]:
    """Give the rows whose key or whose id stands in another row too."""
    ids = Counter(uid for uid, _ in identities.values() if uid)
    keys = Counter(key for _, key in identities.values() if key)
    for number, (uid, key) in identities.items():
        if ids[uid or ""] > 1 or keys[key or ""] > 1:
            yield number


def _records(sample: str) -> Iterator[Cells | None]:
    if sample == "loyalty.parquet":
        return _typed(FOLDER / sample)
    encoding, delimiter, skip = {"crm_es.csv": ("cp1252", ";", 2), "shop_en.csv": ("utf-8-sig", ",", 0)}[sample]
    text = (FOLDER / sample).read_bytes().decode(encoding)
    return _delimited("".join(text.splitlines(keepends=True)[skip:]), delimiter)


def _delimited(text: str, delimiter: str) -> Iterator[Cells | None]:
    """Give each record's cells, None for a wrong shape; an odd number of quotes goes on in the next line."""
    header: list[str] = []
    pending = ""
    for line in io.StringIO(text, newline=""):
        pending += line
        if pending.count('"') % 2:
            continue
        record, pending = pending.rstrip("\r\n"), ""
        if not record:
            continue
        try:
            (cells,) = csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True)
        except csv.Error:
            yield None
            continue
        if not header:
            header = cells
        else:
            yield dict(zip(header, cells, strict=True)) if len(cells) == len(header) else None


def _typed(path: Path) -> Iterator[Cells]:
    for row in pl.read_parquet(path).iter_rows(named=True):
        yield {name: _as_text(value) for name, value in row.items()}


def _as_text(value: object) -> str | None:
    """Write a typed value as ISO text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S%z}"
    return str(value)
