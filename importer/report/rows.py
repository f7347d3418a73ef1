"""What the rows of a run say: codes by state with examples, and the server's words, masked."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import StateError
from importer.folder import read_frame
from importer.outcome import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.folder import RunFolder
    from importer.kept import Kept

EXAMPLES = 5
BLOCK = 1_000
"""Rows in which a code is looked for at once."""
MOST_WORDS = 3
"""Wordings told of one code."""
MOST_CODES = 60
WITHHELD = "(its words stand in results.csv)"
EMAIL = re.compile(r"""[^\s@"'<>(),;:]+@[^\s@"'<>(),;:]+""")
ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DIGIT = re.compile(r"\d")
SHORTEST = 2
"""Characters of a value that is looked for in the server's words."""
BY_CODE = ("state", "code")


@dataclass(frozen=True, slots=True)
class Words:
    """Something that the server said, and of how many rows."""

    text: str
    rows: int


@dataclass(frozen=True, slots=True)
class CodeRows:
    """The rows of one state that bear a code."""

    state: State
    code: str
    rows: int
    examples: tuple[str, ...]
    """`n`, or `SOURCE:n` where there are several sources."""
    words: tuple[Words, ...] = ()
    wordings: int = 0
    """How many different ones there are before masking."""


def read_codes(folder: RunFolder, kept: Kept, *, unmasked: bool = False) -> tuple[CodeRows, ...]:
    """Give every code of a run's rows, most rows first, with the first rows that bear it.

    Unless `unmasked`, the server's words show digits as #, addresses and ids by their name, and what they repeat of the
    row by the name of its field. Raises StateError when a file of the run can't be read.
    """
    try:
        coded = _rows(folder, kept).with_row_index("number").filter(pl.col("code").is_not_null())
        each = coded.with_columns(pl.col("code").str.split(" ")).explode("code")
        found = _find_codes(each)
        named = _name_rows(coded, found["first"].explode().unique(), several=len(kept.names) > 1)
        words = _words(coded, folder, kept, unmasked=unmasked) if kept.verb != "check" else {}
    except (OSError, pl.exceptions.PolarsError):
        # Their texts may hold cells.
        raise StateError(
            f"{folder.path}: files of this run are missing or damaged, so its page can't be made"
        ) from None
    return tuple(
        CodeRows(
            State(row["state"]),
            row["code"],
            row["rows"],
            tuple(named[number] for number in row["first"]),
            *words.get((row["state"], row["code"]), ((), 0)),
        )
        for row in found.iter_rows(named=True)
    )


def _rows(folder: RunFolder, kept: Kept) -> pl.LazyFrame:
    """Give source, row, state, code and message (String), by source and row."""
    if kept.verb != "check":
        return pl.scan_csv(folder.results, infer_schema=False).select("source", "row", *BY_CODE, "message")
    parts = [folder.part(number) for number in range(kept.parts)]
    return pl.scan_parquet(parts).select(
        pl.col("source").replace_strict(dict(enumerate(kept.names)), return_dtype=pl.String),
        pl.col("row").cast(pl.String),
        state=pl.lit(State.REJECTED.value),
        code="reasons",
        message=pl.lit(None, pl.String),
    )


def _find_codes(each: pl.LazyFrame) -> pl.DataFrame:
    """Give state, code, rows and the numbers of the `first` few of them, the most frequent first.

    Of a group Polars' streaming engine counts rows, but to list some of them it falls back and holds all. The first
    few of a code lie in the first few blocks of rows that have it, so only these are looked through.
    """
    block = pl.col("number") // BLOCK
    counted = each.group_by(*BY_CODE, block.alias("block")).agg(pl.len().alias("rows")).collect()
    found = counted.group_by(*BY_CODE).agg(pl.col("rows").sum(), pl.col("block").bottom_k(EXAMPLES))
    near = each.filter(block.is_in(found["block"].explode().unique().implode())).select(*BY_CODE, "number").collect()
    first = near.group_by(*BY_CODE).agg(pl.col("number").bottom_k(EXAMPLES).sort().alias("first"))
    told = found.drop("block").join(first, on=BY_CODE, how="left", maintain_order="left")
    return told.sort("rows", *BY_CODE, descending=[True, False, False])


def _name_rows(coded: pl.LazyFrame, numbers: pl.Series, *, several: bool) -> dict[int, str]:
    told = pl.concat_str("source", "row", separator=":") if several else pl.col("row")
    wanted = coded.filter(pl.col("number").is_in(numbers.implode()))
    return dict(wanted.select("number", told).collect().iter_rows())


def _words(
    coded: pl.LazyFrame, folder: RunFolder, kept: Kept, *, unmasked: bool
) -> dict[tuple[str, str], tuple[tuple[Words, ...], int]]:
    masked = (
        pl.col("message")
        .str.replace_all(ID.pattern, "[id]")
        .str.replace_all(EMAIL.pattern, "[email]")
        .str.replace_all(DIGIT.pattern, "#")
    )
    said = (
        coded.filter(pl.col("message").is_not_null())
        .group_by(*BY_CODE, masked.alias("masked"))
        .agg(pl.len().alias("rows"), pl.col("number").min())
        .collect()
    )
    numbers = {(state, code): rows for state, code, rows in said.group_by(*BY_CODE).len().iter_rows()}
    told = (
        said.sort("rows", "number", descending=[True, False]).group_by(*BY_CODE, maintain_order=True).head(MOST_WORDS)
    )
    told = told.head(MOST_CODES * MOST_WORDS)
    whose = coded.filter(pl.col("number").is_in(told["number"].implode())).select("number", "source", "row", "message")
    told = told.join(whose.collect(), on="number", how="left", maintain_order="left")
    bodies = {} if unmasked else _bodies(folder, kept, told)
    texts: dict[tuple[str, str], Counter[str]] = {}
    for row in told.iter_rows(named=True):
        body = bodies.get((row["source"], row["row"]))
        text = row["message"] if unmasked else WITHHELD if body is None else mask_words(row["message"], body)
        texts.setdefault((row["state"], row["code"]), Counter())[text] += row["rows"]
    return {
        key: (tuple(Words(text, rows) for text, rows in found.most_common()), numbers[key])
        for key, found in texts.items()
    }


def _bodies(folder: RunFolder, kept: Kept, told: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Give what was sent for some rows (JSON), by source and row; rows whose files are gone are not in it."""
    numbers = {name: index for index, name in enumerate(kept.names)}
    wanted = told.select(
        pl.col("source").replace_strict(numbers, return_dtype=pl.Int32), pl.col("row").cast(pl.Int64)
    ).unique()
    found: dict[tuple[str, str], str] = {}
    for number in range(kept.parts if wanted.height else 0):
        try:
            part = read_frame(folder.part(number), ["source", "row"]).with_row_index("position")
            here = part.join(wanted, on=["source", "row"], how="semi", maintain_order="left")
            if here.is_empty():
                continue
            bodies = read_frame(folder.bodies(number), ["body"])["body"].gather(here["position"])
        except StateError:
            continue
        for source, row, body in zip(here["source"], here["row"], bodies, strict=True):
            if body is not None:
                found[kept.names[source], str(row)] = body
    return found


def mask_words(text: str, body: str) -> str:
    """Give the server's words without what they repeat of a row (`body`, JSON) and without digits and addresses."""
    found_in = dict(_texts(json.loads(body), ""))
    places = {value.casefold(): place for value, place in found_in.items()}
    values = "|".join(re.escape(value) for value in sorted(found_in, key=len, reverse=True))
    # In one pass: what stands in for a value is no text to be masked again.
    pattern = rf"({ID.pattern})|({EMAIL.pattern})|(?<!\w)({values or '(?!)'})(?!\w)|{DIGIT.pattern}"

    def masked(found: re.Match[str]) -> str:
        if value := found[3]:
            return f"[{places.get(value.casefold(), 'value')}]"
        return "[id]" if found[1] else "[email]" if found[2] else "#"

    return re.sub(pattern, masked, text, flags=re.IGNORECASE)


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # any JSON value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _texts(member, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member, place)
    elif isinstance(value, str):
        # The server may repeat a part of it only.
        for piece in {value, *value.split()}:
            if len(piece) >= SHORTEST:
                yield piece, place


def by_state(codes: Sequence[CodeRows], state: State) -> tuple[CodeRows, ...]:
    """Give the codes of one state."""
    return tuple(one for one in codes if one.state is state)
