"""Columns of many rows read at once: SQLite joins the cells of a column, so that no cell becomes a Python object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    Cut = tuple[int, str, str | bytes]

PAGE = 20_000
"""Rows joined at a time: SQLite joins at most a gigabyte, which keys of 50,000 bytes each would come to."""
BETWEEN, NULL = "CAST(x'FF' AS TEXT)", "CAST(x'FE' AS TEXT)"
"""No text in UTF-8 has these bytes, whatever stands in a key."""
AFTER_ALL = b""
"""Sorts after every text in SQLite, so that the last page needs no statement of its own."""

NEXT_NAMESPACE = "SELECT min(namespace) FROM identity WHERE namespace > ?"
PAGE_END = "SELECT key FROM identity WHERE namespace = ? AND key >= ? ORDER BY key LIMIT 1 OFFSET ?"
OF_PAGE = "identity.namespace = ? AND key >= ? AND key < ?"
"""The condition to which what `key_pages` gives belongs."""

CONTACTS_END = (
    "SELECT contact_id FROM contact WHERE namespace = ? AND contact_id >= ? ORDER BY contact_id LIMIT 1 OFFSET ?"
)
OF_CONTACTS = "contact WHERE namespace = ? AND contact_id >= ? AND contact_id < ?"


def key_pages(database: sqlite3.Connection, page: int = PAGE, *, but: int | None = None) -> Iterator[Cut]:
    """Give the cells of `OF_PAGE` for each page of all identities, of every namespace that any of them bears.

    Those of the namespace `but` are left out.
    """
    ((namespace,),) = database.execute("SELECT min(namespace) FROM identity").fetchall()
    while namespace is not None:
        if namespace != but:
            yield from pages_of(database, namespace, page)
        ((namespace,),) = database.execute(NEXT_NAMESPACE, (namespace,)).fetchall()


def pages_of(database: sqlite3.Connection, namespace: int, page: int = PAGE) -> Iterator[Cut]:
    """Give the cells of `OF_PAGE` for each page of one namespace."""
    start: str | bytes = ""
    while isinstance(start, str):
        found = database.execute(PAGE_END, (namespace, start, page)).fetchone()
        end: str | bytes = found[0] if found else AFTER_ALL
        yield namespace, start, end
        start = end


def read_contacts(database: sqlite3.Connection, namespace: int) -> Iterator[pl.Series]:
    """Give the ids of all contacts of a namespace, a page at a time; those of a page in no order."""
    start: str | bytes = ""
    while isinstance(start, str):
        found = database.execute(CONTACTS_END, (namespace, start, PAGE)).fetchone()
        end: str | bytes = found[0] if found else AFTER_ALL
        yield read_columns(database, OF_CONTACTS, (namespace, start, end), {"contact_id": pl.String})["contact_id"]
        start = end


def read_columns(
    database: sqlite3.Connection, source: str, cells: Sequence[Any], schema: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    """Give the columns of the rows of `source` (what follows FROM), in no order that is promised, but of one another.

    `schema`: columns, or other expressions of SQL, each Int64, String or Binary. Every character of a text is kept,
    NUL too. Raises UnicodeDecodeError where a text is none in UTF-8, and whatever SQLite reports.
    """
    wanted = ", ".join(_joined(name, dtype) for name, dtype in schema.items())
    (found,) = database.execute(f"SELECT {wanted} FROM {source}", cells).fetchall()  # noqa: S608  # our own text
    joined = iter(found)
    columns = [_column(dtype, joined).alias(name) for name, dtype in schema.items()]
    if len({column.len() for column in columns}) > 1:
        raise _no_text()
    return pl.DataFrame(columns)


def _joined(name: str, dtype: type[pl.DataType]) -> str:
    if dtype == pl.Int64:
        return f"group_concat(ifnull({name}, 'null'))"
    if dtype == pl.String:
        return f"CAST(group_concat(ifnull({name}, {NULL}), {BETWEEN}) AS BLOB)"
    return f"CAST(group_concat({name}, '') AS BLOB), group_concat(ifnull(length({name}), 'null'))"


def _column(dtype: type[pl.DataType], joined: Iterator[Any]) -> pl.Series:
    if dtype == pl.Int64:
        return _numbers(next(joined))
    if dtype == pl.String:
        return _texts(next(joined))
    whole, lengths = pl.lit(next(joined) or b""), _lengths(next(joined))
    if lengths.null_count() == lengths.len():
        return pl.repeat(None, lengths.len(), dtype=pl.Binary, eager=True)
    taken = lengths.fill_null(0)
    cut = whole.bin.slice(pl.lit(taken.cum_sum() - taken), pl.lit(taken))
    return pl.select(pl.when(pl.lit(lengths.is_not_null())).then(cut) if lengths.null_count() else cut).to_series()


def _lengths(joined: str | None) -> pl.Series:
    """Hashes are all of one length mostly, or there is none at all, which need not be read one by one."""
    first, rows = (joined or "").partition(",")[0], (joined or "").count(",") + 1
    if first and joined == f"{first},{f'{first},' * (rows - 1)}"[:-1]:
        return pl.repeat(None if first == "null" else int(first), rows, dtype=pl.Int64, eager=True)
    return _numbers(joined)


def _numbers(joined: str | None) -> pl.Series:
    if not joined:
        return pl.Series(dtype=pl.Int64)
    # `null` is no number, so it becomes null; all else is what SQLite wrote of its own numbers.
    return pl.Series([joined]).str.split(",").explode().cast(pl.Int64, strict=False)


def _texts(joined: bytes | None) -> pl.Series:
    if joined is None:
        return pl.Series(dtype=pl.String)
    cells = pl.Series(joined.split(b"\xff"), dtype=pl.Binary)
    there = cells != pl.Series([b"\xfe"], dtype=pl.Binary) if b"\xfe" in joined else None
    if there is not None:
        # A cell that is null is read as a text all the same.
        cells = cells.zip_with(there, pl.Series([b""], dtype=pl.Binary))
    try:
        texts = cells.cast(pl.String)
    except pl.exceptions.PolarsError:
        raise _no_text() from None
    return texts if there is None else texts.zip_with(there, pl.Series([None], dtype=pl.String))


def _no_text() -> UnicodeDecodeError:
    return UnicodeDecodeError("utf-8", b"", 0, 0, "a text of the ledger is none")
