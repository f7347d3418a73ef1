"""Judges what was seen in a column by what the mapping does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.columns.finding import Finding
from importer.columns.judge_dates import judge_dates
from importer.columns.seen import NONE
from importer.columns.signs import Sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.columns.look import Look
    from importer.columns.seen import Seen
    from importer.columns.use import Use

MOSTLY = 0.9
"""The share of cells from which on a column is of one kind."""
SHORTEST_CODE = 4
LEAST_SHORT, MOST_SHORT = 0.001, 0.3
"""Of a column of one width, the share of cells that are shorter when zeros were lost: a tenth is usual."""
ONE_SHORTER = 0.75
"""Of the shorter cells, the share that lacks one digit: where zeros were lost it is nine in ten."""


def judge_column(use: Use, sampled: Look, wrong: Look, outside: Seen = NONE) -> tuple[Finding, ...]:
    """Say what is to be known of a column as a field reads it.

    `sampled` are cells taken by chance (or all), from which shares are told; `wrong` other cells, of rows in which
    something failed; `outside` the cells that the field's table does not list.
    """
    whole = sampled + wrong
    return tuple(
        finding
        for finding in (
            *judge_dates(use, whole),
            *_spoiled(use, whole),
            *_zeros(use, sampled, wrong),
            *_decimals(use, whole),
            *_guards(use, whole),
            *_letters(use, whole),
            *_blanks(use, whole),
            *_outside(use, outside),
        )
        if finding.seen.count
    )


def _spoiled(use: Use, look: Look) -> Iterator[Finding]:
    if use.reading in {"date", "number"}:
        return
    yield Finding(
        "scientific",
        look.seen(Sign.SCIENTIFIC),
        "numbers such as 1.23E+11, whose digits a spreadsheet threw away",
        "They are not in this file any more; export again with this column as text.",
    )
    if use.reading == "text":
        return
    yield Finding(
        "floated",
        look.seen(Sign.FLOATED),
        "whole numbers that end in .0, since they were kept as fractions",
        r"Export the column as text, or write match: '^([0-9]+)(?:\.0)?$'.",
    )


def _zeros(use: Use, sampled: Look, wrong: Look) -> Iterator[Finding]:
    if use.reading not in {"phone", "code", "key"} or use.padded or not sampled.digits:
        return
    counts = {length: seen.count for length, seen in sampled.digits.items()}
    digits, width = sum(counts.values()), max(counts, key=counts.__getitem__)
    short = {length: count for length, count in counts.items() if length < width}
    longer = digits - counts[width] - sum(short.values())
    if use.reading == "key" and not sampled.count(Sign.LED_BY_ZERO):
        return
    one_width = width >= SHORTEST_CODE and digits >= MOSTLY * sampled.filled and longer <= (1 - MOSTLY) * digits / 2
    lost = LEAST_SHORT * digits <= sum(short.values()) <= MOST_SHORT * digits
    if one_width and lost and counts.get(width - 1, 0) >= ONE_SHORTER * sum(short.values()):
        both = sampled + wrong
        yield Finding(
            "zeros_lost",
            sum((seen for length, seen in both.digits.items() if length < width), NONE),
            f"fewer than the usual {width} digits, as where zeros in front are lost",
            f"Export the column as text; or, if all of them have {width} digits, write pad: {width}.",
        )


def _decimals(use: Use, look: Look) -> Iterator[Finding]:
    comma, point = look.seen(Sign.DECIMAL_COMMA), look.seen(Sign.DECIMAL_POINT)
    if use.reading == "number":
        against, mark, name = (comma, ",", "comma") if use.decimal == "." else (point, ".", "point")
        other = point if use.decimal == "." else comma
        advice = f'Write number: {{decimal: "{mark}"}}.'
        if other.count:
            advice = f"{other.count:,} others have the other mark, so no one reading is right; export the column again."
        yield Finding("decimal_mark", against, f"a decimal {name}, which the field does not read", advice)
    elif use.reading == "text" and comma.count > look.filled / 2:
        yield Finding(
            "decimal_mark",
            comma,
            "numbers with a decimal comma, which go out as text",
            'If a number is meant, write number: {decimal: ","}.',
        )


def _guards(use: Use, look: Look) -> Iterator[Finding]:
    if "'" not in use.stripped:
        yield Finding(
            "guarded",
            look.seen(Sign.GUARDED),
            "an apostrophe in front, by which spreadsheets keep text",
            """Write strip: "'".""",
        )


def _letters(use: Use, look: Look) -> Iterator[Finding]:
    if use.reading == "text":
        yield Finding(
            "spoiled_letters",
            look.seen(Sign.SPOILED),
            "letters that were spoiled before this file was written, such as MuÃ±oz or Mu?oz",
            "They go out as they stand; export again as UTF-8.",
        )


def _blanks(use: Use, look: Look) -> Iterator[Finding]:
    words = {
        word: seen
        for word, seen in sorted(look.blanks.items(), key=lambda item: (-item[1].count, item[0]))
        if word not in use.known and word.strip(use.stripped)
    }
    # The words themselves are told: they are ours, whoever's cell they stand in.
    listed = ", ".join(f'"{word}"' for word in words).replace("\\", "\\\\")
    yield Finding(
        "blanks",
        sum(words.values(), NONE),
        "a word for nothing, which counts as a value",
        f"If they mean nothing, add to blank: {listed}.",
    )


def _outside(use: Use, outside: Seen) -> Iterator[Finding]:
    if use.table:
        yield Finding(
            "outside_table",
            outside,
            "cells that the field's table does not list",
            "Add to values: what is meant, and to blank: what means nothing.",
            exact=True,
        )
