"""Every rule that can reject a row or drop a field, with its cause and its cure. A name never changes once released."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a rule speaks and what to do about it, a sentence each."""

    cause: str
    cure: str


REGISTRY = {
    "required": Rule("It is blank but required.", "Fill the cell, or take required out of the mapping."),
    "match": Rule("It does not have the form that the mapping's match describes.", "Correct the cell or the match."),
    "values": Rule("It is not in the mapping's table of values.", "Correct the cell, or add it to the table."),
    "enum": Rule(
        "It is none of the few values that the field may have.", "Correct the cell, or say in values what it means."
    ),
    "date": Rule(
        "It is no date in the form the mapping says (YYYY-MM-DD unless it says one).",
        "Correct the cell, or add its format to date.",
    ),
    "datetime": Rule(
        "It is no date with time in the form the mapping says (2026-01-31T10:00:00Z unless it says one).",
        "Correct the cell, or add its format to datetime.",
    ),
    "date_range": Rule(
        "The date is real but not sensible: a birth before 1900 or in the future, a moment outside 1970 to 2100.",
        "Correct the cell; if many rows say this, the order of day and month or the two-digit year is misread.",
    ),
    "boolean": Rule("It means neither yes nor no.", "Write true or false, or add the word to boolean."),
    "number": Rule(
        "It is no number as the mapping says numbers are written, or no whole one where one is needed.",
        "Write digits only, or say the decimal mark in number.",
    ),
    "month": Rule("A month is 1 to 12.", "Correct the cell."),
    "year": Rule(
        "A year of expiry has four digits, 1990 to 2100.", "Correct the cell, or add 2000 with number: 2000+."
    ),
    "email": Rule("It is no email address that could receive mail.", "Correct the address, or leave the cell blank."),
    "uuid": Rule(
        "It is no id of the target: 32 hexadecimal digits in groups of 8-4-4-4-12.",
        "Copy the id from the target, or leave the cell blank.",
    ),
    "last_four": Rule(
        "It is not exactly four digits.", "Write the card's last four digits, with zeros that a spreadsheet took away."
    ),
    "card_number": Rule(
        "A full card number stands, or stood, in a cell it is taken from; it was masked and never sent.",
        "Put the last four digits in its place, and take full card numbers out of the export.",
    ),
    "control": Rule("It holds a character that can't be seen, such as NUL.", "Type the cell again."),
    "shape": Rule(
        "The record has too few or too many cells, or a quote that is not closed.",
        "Correct the record from its text in _raw, so that it has as many cells as the header.",
    ),
    "duplicate": Rule(
        "Another row has the same key or id, and it can't be known which of them counts.",
        "Keep one of the rows, or say duplicates: first or last in the mapping.",
    ),
    "superseded": Rule("Another row of the same key counts instead, as the mapping says.", "Nothing needs to be done."),
    "pending": Rule(
        "An earlier run sent its create and got no answer, so a second one could make a double.",
        "Settle it with `importer resolve`, or give the row the contact's id.",
    ),
}
"""By the part of a code after the last `|`."""

_OTHER = Rule("It was refused.", "Look the code up in the docs.")


def hint(code: str) -> str:
    """Give place, cause and cure of a code `place|rule` in one line."""
    place, _, name = code.rpartition("|")
    rule = REGISTRY.get(name, _OTHER)
    return f"{place}: {rule.cause} {rule.cure}" if place else f"{rule.cause} {rule.cure}"


def hints(reasons: pl.Series) -> pl.Series:
    """Give the hints of each text of codes parted by blanks, in one text (String); null stays null."""
    distinct = reasons.drop_nulls().unique().to_list()
    texts = [" / ".join(hint(code) for code in text.split(" ")) for text in distinct]
    return reasons.replace_strict(distinct, texts, default=None, return_dtype=pl.String).alias("hints")
