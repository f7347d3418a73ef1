"""Judges a batch: every row gets its values, all its reasons, and the fields that were dropped from it.

Failures are Boolean columns. Most never hold, so what costs is asked once for a whole batch, and reasons are written
only for the few rows that have any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.field import CONTROL
from importer.rules.asked import Known, ask
from importer.rules.assembled import find_assembled
from importer.rules.cards import MASKED, SUSPECT, find_cards, is_payment, is_spared, spared_columns
from importer.rules.distinct import find_distinct
from importer.rules.fields import control_failure, field_failures, required_failures
from importer.rules.pairs import pair_failures
from importer.rules.work import ROW, work_out

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from importer.rules.asked import Answer
    from importer.rules.distinct import Distinct
    from importer.rules.work import Worked
    from importer.value import Failure, Value

# One pass over the cells answers both rare questions; of columns that may hold long digits, the first and our own mark.
_MARKED = rf"{CONTROL}|\[card \*"
_SUSPICIOUS = rf"{_MARKED}|{SUSPECT}"
_BETWEEN = "x"
"""Put between the cells of a column to ask them all at once: no match of those patterns has this letter in it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch as the rules see it; all are as high as its cells."""

    values: pl.DataFrame
    """A column for each value, or for those wanted and some more, named by its place: canonical, null where blank,
    wrong or dropped."""
    reasons: pl.Series
    """String: the codes for which a row is rejected, in model order, parted by one blank; null when there are none."""
    dropped: pl.Series
    """String: the codes for which fields were left out of a row; null when there are none."""
    parts: dict[str, pl.Series]
    """By source column, String: what is written instead of a cell that is a part of a full card number; else null."""
    filled: dict[str, int]
    """By place, for the values that are not among `values`: the rows whose own cell gave one."""


def judge(
    cells: pl.DataFrame,
    values: Sequence[Value],
    *,
    today: date,
    key: Collection[str] = (),
    known: Known | None = None,
    wanted: Collection[str] | None = None,
) -> Judged:
    """Judge the rows of a batch.

    `cells` holds the source's columns (String); `key` names the places of the identity, whose cells are not searched
    for card numbers; `known` is kept from batch to batch of one source, by the same values and `today`; `wanted` names
    the places whose values are wanted, all if None. A full card number, in a cell or in what the steps make of it, or
    its masked form, rejects a row even where the field would be dropped.
    """
    known = Known() if known is None else known
    used = list(dict.fromkeys(cell for value in values for cell in value.cells))
    few = find_distinct(cells, used, known.kinds)
    rules = {value.place: field_failures(value, today) for value in values}
    asked = ask(few, values, rules, known)
    spared = spared_columns(values, key)
    suspicious = _suspicious(cells, used, few, spared)
    worked = work_out(cells, values, asked, wanted)
    found = _failures(worked, values, rules, suspicious, today)
    assembled = find_assembled(cells, worked, values, spared, key)
    cards = _cards(cells, values, suspicious, spared, key)
    for place, hit in assembled.found.items():
        code = f"{place}|card_number"
        cards[code] = (cards[code] | hit if code in cards else hit).alias(code)
    failed = _with_cards(found, cards).select(_in_order(values, [*found.columns, *cards]))
    reject, drop = _by_fate(failed.columns, values)
    return Judged(
        _without_failed(worked.values.drop(ROW), failed),
        _codes(failed.select(reject), cells.height).alias("reasons"),
        _codes(failed.select(drop), cells.height).alias("dropped"),
        assembled.parts,
        _count_filled(cells, worked, failed),
    )


def _suspicious(
    cells: pl.DataFrame, used: Sequence[str], few: Mapping[str, Distinct], spared: Collection[str]
) -> frozenset[str]:
    """Give the columns that hold, somewhere, a control character or what could be a card number."""
    asked = [
        # As one text: to begin a search anew in every cell costs more than the search.
        pl.lit(few[name].cells if name in few else cells.get_column(name))
        .str.join(_BETWEEN)
        .str.contains(_MARKED if name in spared else _SUSPICIOUS)
        .alias(str(number))
        for number, name in enumerate(used)
    ]
    return (
        frozenset(name for name, yes in zip(used, pl.select(asked).row(0), strict=True) if yes) if used else frozenset()
    )


def _failures(
    worked: Worked,
    values: Sequence[Value],
    rules: Mapping[str, Sequence[Failure]],
    suspicious: frozenset[str],
    today: date,
) -> pl.DataFrame:
    """Give a Boolean column for each failure that holds in some row, and perhaps for some that hold in none."""
    doubted = {
        value.place: control_failure(value)
        for value in values
        if suspicious.intersection(value.cells) and worked.dtype(value.place) == pl.String
    }
    about_one = [rule for value in values for rule in rules[value.place]] + list(doubted.values())
    across = (*required_failures(values, about_one), *pair_failures(values, today))
    by_row = [rule for rule in about_one if _place(rule.code) not in worked.asked]
    looked_at = {name for rule in across for name in rule.when.meta.root_names()}
    steps = [failure.code for value in values for failure in value.failures]
    never = [pl.lit(value=False).alias(code) for code in steps if code not in worked.failed and code in looked_at]
    whole = worked.values.hstack(worked.spread(looked_at)).lazy().with_columns(*worked.failed.values(), *never)
    named = [rule.when.fill_null(value=False).alias(rule.code) for rule in (*by_row, *across)]
    found = whole.select(ROW, *named).collect(engine="in-memory")
    of_few = [
        answer.spread(flag)
        for place, answer in worked.asked.items()
        for flag in (*answer.broken, *((answer.control,) if place in doubted and answer.control is not None else ()))
    ]
    return found.select(ROW, *worked.failed.values(), *of_few, *_holding(found.drop(ROW)))


def _count_filled(cells: pl.DataFrame, worked: Worked, failed: pl.DataFrame) -> dict[str, int]:
    """Count the rows whose own cell gave a value, for each value that is not given by row."""
    rest = {place: answer for place, answer in worked.asked.items() if place not in worked.values.columns}
    late: dict[str, list[pl.Series]] = {}
    for code in failed.columns:
        late.setdefault(_place(code), []).append(failed.get_column(code))
    return {place: _filled(answer, late.get(place, ()), cells.height) for place, answer in rest.items()}


def _filled(answer: Answer, failed: Sequence[pl.Series], height: int) -> int:
    blanks = answer.column.blanks
    if not failed and answer.filled.sum() == len(answer.filled) - 1:
        return height - blanks  # of all that it can be, only null is none
    rows = answer.spread(answer.filled)
    for flag in failed:
        rows &= ~flag
    return int(rows.sum())


def _holding(found: pl.DataFrame) -> list[str]:
    held = found.select(pl.all().any())
    return [name for name, yes in zip(held.columns, held.row(0), strict=True) if yes] if held.width else []


def _cards(
    cells: pl.DataFrame,
    values: Sequence[Value],
    suspicious: frozenset[str],
    spared: Collection[str],
    key: Collection[str],
) -> dict[str, pl.Series]:
    """Give a Boolean column for each value with a full card number, or our masked form of one, in its raw cells."""
    wrong = {}
    for column in suspicious:
        # By another name: a series called `*` would be taken for all columns.
        texts = cells[column].alias("cell")
        masked = texts.str.contains(MASKED).fill_null(value=False)
        full = masked | find_cards(texts) if column not in spared else masked
        wrong[column] = (masked, full)
    found: dict[str, pl.Series] = {}
    for value in values:
        for column in suspicious.intersection(value.cells):
            masked, full = wrong[column]
            hit = masked if is_spared(value, key) and not is_payment(value) else full
            code = f"{value.place}|card_number"
            if hit.any():
                found[code] = (found[code] | hit if code in found else hit).alias(code)
    return found


def _with_cards(found: pl.DataFrame, cards: dict[str, pl.Series]) -> pl.DataFrame:
    """Add card numbers, which are the one reason of their place: what else is wrong with it only follows."""
    followed = [
        (pl.col(code) & ~cards[card]).alias(code)
        for code in found.columns
        if (card := f"{_place(code)}|card_number") in cards and code != ROW
    ]
    return found.with_columns(followed).with_columns(cards.values())


def _in_order(values: Sequence[Value], codes: Sequence[str]) -> list[str]:
    # Sorting is stable: within a place steps come first, then rules, then a card number.
    order = {value.place: position for position, value in enumerate(values)}
    return sorted((code for code in codes if code != ROW), key=lambda code: order[_place(code)])


def _place(code: str) -> str:
    return code.rpartition("|")[0]


def _by_fate(codes: Sequence[str], values: Sequence[Value]) -> tuple[list[str], list[str]]:
    """Part the codes into those that reject a row and those that drop a field."""
    droppable = {value.place for value in values if value.on_bad == "drop"}
    drop = [code for code in codes if _place(code) in droppable and not code.endswith("|card_number")]
    return [code for code in codes if code not in drop], drop


def _without_failed(worked: pl.DataFrame, failed: pl.DataFrame) -> pl.DataFrame:
    """Make null what a rule refuses; what a step refuses is null already."""
    by_place: dict[str, list[str]] = {}
    for code in failed.columns:
        if _place(code) in worked.columns:
            by_place.setdefault(_place(code), []).append(code)
    return worked.with_columns(
        pl.when(~failed.select(pl.any_horizontal(codes)).to_series()).then(pl.col(place)).alias(place)
        for place, codes in by_place.items()
    )


def _codes(failed: pl.DataFrame, height: int) -> pl.Series:
    """Write the codes that hold in a row, parted by blanks; null where none does."""
    none = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    if not failed.width:
        return none
    wrong = failed.select(pl.any_horizontal(pl.all())).to_series()
    texts = failed.filter(wrong).select(
        pl.concat_str([pl.when(name).then(pl.lit(name)) for name in failed.columns], separator=" ", ignore_nulls=True)
    )
    return none.scatter(wrong.arg_true(), texts.to_series())
