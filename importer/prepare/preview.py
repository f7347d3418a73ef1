"""The first rows of a check as they would be sent, each field beside the cells it is taken from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.prepare.batch import judge_batch, make_bodies
from importer.rules import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from importer.folder import RunFolder
    from importer.mapping.compile import Compiled
    from importer.source import BatchRef, Sources
    from importer.value import Value


@dataclass(frozen=True, slots=True)
class ShownField:
    """One mapped field of a row that has a cell, a value or a fault."""

    place: str
    cells: tuple[tuple[str, str], ...]
    """Column and cell, as it came; none for a constant."""
    sent: str | None
    """As it stands in the body, lists and objects as JSON; None when it is left out."""
    fixed: bool
    """Whether what is sent is the mapping's own word (a constant, a null that clears) and no customer's."""
    reasons: tuple[str, ...]
    """The codes for which it rejects the row."""
    dropped: tuple[str, ...]
    """The codes for which it is left out of it."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row: what is sent of it, or why nothing is. Full card numbers are masked already."""

    source: str
    row: int
    line: int
    is_update: bool
    """Whether it brings an id; of the others only the ledger knows."""
    fields: tuple[ShownField, ...]
    reasons: tuple[str, ...]
    raw: str | None
    """The text of a record whose shape is wrong."""


@dataclass(frozen=True, slots=True)
class Show:
    """How many rows are to be shown, and to whom."""

    rows: int
    receive: Callable[[tuple[ShownRow, ...]], None]


def preview(
    sources: Sources, compiled: Compiled, folder: RunFolder, refs: Sequence[BatchRef], *, rows: int, today: date
) -> tuple[ShownRow, ...]:
    """Give the first rows in the order of the sources, fewer where there are fewer.

    The parts of `refs` are prepared and the reject file is not yet written: so reasons are told which only the whole
    file shows. `today` is the date the rows were judged by. Raises SourceError when a file changed meanwhile.
    """
    shown: list[ShownRow] = []
    for ref in refs:
        if len(shown) < rows:
            shown += _first(sources, compiled, folder, ref, rows - len(shown), today)
    return tuple(shown)


def _first(
    sources: Sources, compiled: Compiled, folder: RunFolder, ref: BatchRef, rows: int, today: date
) -> Iterator[ShownRow]:
    """Give the first rows of one batch."""
    batch = sources.read(ref)
    judged = judge_batch(replace(batch, cells=batch.cells.head(rows), meta=batch.meta.head(rows)), compiled, today)
    settled = pl.read_parquet(folder.part(ref.part), columns=["reasons"]).head(rows)["reasons"]
    judged = replace(judged, rows=judged.rows.with_columns(settled))
    _, bodies = make_bodies(judged, compiled)
    kept = _kept(folder, ref, sources.columns)
    for position, (came, values, row, body, raw) in enumerate(
        zip(
            batch.cells.head(rows).iter_rows(named=True),
            judged.values.iter_rows(named=True),
            judged.rows.iter_rows(named=True),
            bodies.iter_rows(named=True),
            judged.batch.meta["raw"],
            strict=True,
        )
    ):
        cells = {column: mask_text(cell or "") for column, cell in kept.get(position, came).items()}
        reasons, dropped = ((row[name] or "").split() for name in ("reasons", "dropped"))
        sent = _sent(compiled.values, values, body, row["id"])
        fields = (_field(value, cells, sent, reasons, dropped) for value in compiled.values)
        yield ShownRow(
            source=sources.names[ref.source],
            row=row["row"],
            line=row["line"],
            is_update=row["id"] is not None,
            fields=tuple(field for field in fields if _says_something(field)),
            reasons=tuple(reasons),
            raw=None if raw is None else mask_text(raw),
        )


def _kept(folder: RunFolder, ref: BatchRef, columns: Sequence[str]) -> dict[int, dict[str, str | None]]:
    """Give the cells of rejected rows by position, masked as the reject file will have them."""
    path = folder.kept_cells(ref.part)
    if not path.exists():
        return {}
    names = {f"c{number}": column for number, column in enumerate(columns)}
    rows = pl.read_parquet(path).iter_rows(named=True)
    return {row["position"]: {column: row[name] for name, column in names.items()} for row in rows}


def _says_something(field: ShownField) -> bool:
    filled = any(cell for _, cell in field.cells)
    return filled or field.sent is not None or bool(field.reasons or field.dropped)


def _field(
    value: Value, cells: dict[str, str], sent: dict[str, Any], reasons: Sequence[str], dropped: Sequence[str]
) -> ShownField:
    there = value.place in sent
    return ShownField(
        place=value.place,
        cells=tuple((column, cells[column]) for column in value.cells),
        sent=mask_text(_as_text(sent[value.place])) if there else None,
        fixed=there and (value.constant or sent[value.place] is None),
        reasons=_about(value, reasons),
        dropped=_about(value, dropped),
    )


def _about(value: Value, codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(code for code in codes if code.rpartition("|")[0] == value.place)


def _as_text(value: Any) -> str:  # noqa: ANN401  # JSON can be anything
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sent(
    values: Sequence[Value], mapped: dict[str, Any], body: dict[str, Any], contact_id: str | None
) -> dict[str, Any]:
    """Give what is sent by place, read from the very body: an update's where the row brings an id, else a create's."""
    if body["body"] is None:
        return {}
    text = (body["update_body"] if contact_id is not None else None) or body["body"]
    contact: dict[str, Any] = json.loads(text, parse_int=str, parse_float=str)
    sent: dict[str, Any] = {} if contact_id is None else {"id": contact_id}
    tags = dict(contact.get("tags") or {})
    items = _items_sent(values, mapped, contact)
    for value in values:
        item = _item(value)
        around = tags if value.place.startswith("tags.") else items.get(item, {}) if item else contact
        if value.form != "members" and value.field.name in around:
            sent[value.place] = around[value.field.name]
    # What a cell names itself is what remains when the tags that have names are taken.
    named = {value.field.name for value in values if value.place.startswith("tags.") and value.form != "members"}
    free = {name: told for name, told in tags.items() if name not in named}
    sent.update({value.place: free for value in values if value.form == "members" and free})
    return sent


def _items_sent(values: Sequence[Value], mapped: dict[str, Any], contact: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give each item of the body by its place in the mapping, `addresses[2`; one that is not sent has none.

    Items stand in the body in the mapping's order, some left out, and are told by what they hold.
    """
    found: dict[str, dict[str, Any]] = {}
    waiting = {name: list(told) for name, told in contact.items() if isinstance(told, list)}
    for item in dict.fromkeys(filter(None, map(_item, values))):
        made = {value.field.name: mapped[value.place] for value in values if _item(value) == item}
        rest = waiting.get(item.partition("[")[0])
        if rest and all(_alike(made.get(name), told) for name, told in rest[0].items()):
            found[item] = rest.pop(0)
    return found


def _alike(mapped: Any, told: Any) -> bool:  # noqa: ANN401  # a mapped value can be of any type
    return mapped == told if isinstance(mapped, str) else mapped is not None


def _item(value: Value) -> str:
    """Give the item that a place belongs to, `addresses[2` of `addresses[2].city`; empty where it is in none."""
    head, bracket, _ = value.place.partition("].")
    return head if bracket and not value.place.startswith("tags.") else ""
