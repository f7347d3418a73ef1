"""Every rule that can reject a row or drop a field, with its cause and its cure. A name never changes once released."""

from __future__ import annotations

import polars as pl

from importer.rules.fields import FIELD_RULES
from importer.rules.limits import LIMIT_RULES
from importer.rules.pairs import PAIRS
from importer.rules.rule import Rule

_STEPS = {
    "required": Rule(
        "It is blank but required.",
        "Fill the cell, or take required out of the mapping; a row without a key needs an id.",
    ),
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
    "zone": Rule(
        "The clocks of its time zone never showed that time, or showed it twice, when they were put forward or back.",
        "Write the time with its offset, or say on_bad: drop.",
    ),
    "boolean": Rule("It means neither yes nor no.", "Write true or false, or add the word to boolean."),
    "number": Rule(
        "It is no number as the mapping says numbers are written, or no whole one where one is needed.",
        "Write digits only, or say the decimal mark in number.",
    ),
    "phone": Rule(
        "It is no valid phone number of its country, or of the mapping's region where it names none.",
        "Write the number with + and its country, without extension or words, and only one in a cell.",
    ),
    "document": Rule(
        "It is no number of the mapping's kinds of document: another length, or check digits that don't fit.",
        "Correct the cell, with its check digit and the zeros that a spreadsheet took away, or name its kind too.",
    ),
    "country": Rule(
        "It is no country's name in Spanish, Portuguese or English, and no ISO 3166 code.",
        "Write the name in full or its two-letter code, or say in values what it means.",
    ),
    "json": Rule("It is no JSON object or list.", "Correct the cell, or take parse out of the mapping."),
}
_ROWS = {
    "card_number": Rule(
        "A full card number stands, or stood, in a cell it is taken from, or its steps put one together; it was masked "
        "and never sent.",
        "Put the last four digits in its place, and take full card numbers out of the export.",
    ),
    "control": Rule(
        "It holds a character that can't be seen, such as NUL or a zero-width space, or one that turns text around.",
        "Type the cell again, or take the character out with the mapping's replace; many mean a wrong encoding.",
    ),
    "shape": Rule(
        "The record has too few or too many cells, or a quote that is not closed.",
        "Correct the record from its text in _raw, so that it has as many cells as the header.",
    ),
    "unique": Rule(
        "Another row has the same value, and the mapping says that no two may.",
        "Keep it in one of the rows, or take unique out of the mapping.",
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
REGISTRY = {
    **_STEPS,
    **{rule.name: rule.rule for rule in (*FIELD_RULES, *LIMIT_RULES)},
    **{pair.name: pair.rule for pair in PAIRS},
    **_ROWS,
}
"""By the part of a code after the last `|`."""

UNDO = {
    "undo|partly": Rule(
        "It is put back, but for fields of which nobody knows what stood there; they stay as the run left them.",
        "Look at the fields that `importer undo` lists, or give it an export from before the run with --export.",
    ),
    "undo|deleted": Rule(
        "The run created the contact, and it is marked deleted.",
        "Nothing needs to be done; a later run that brings the customer again updates the same contact.",
    ),
    "undo|created": Rule(
        "The run created the contact, and it is kept.", "Undo with --delete-created, if it is to be marked deleted."
    ),
    "undo|later": Rule(
        "A later run sent something to the contact, so it is kept as it is.",
        "Take the later runs back first, which `importer undo` lists; or leave it.",
    ),
    "undo|not_known": Rule(
        "Nobody knows what stood there before: the earlier run's files are gone, and the target told nothing.",
        "Give `importer undo` an export from before the run with --export, or correct the contact by hand.",
    ),
    "undo|in_doubt": Rule(
        "Nobody knows whether the run created the contact.", "Settle it with `importer resolve`, then undo again."
    ),
}
"""By the whole code: what becomes of a row of a plan that takes a run back."""

_OTHER = Rule("It was refused.", "Look the code up in the docs.")


def is_told(code: str) -> bool:
    """Whether there is a cause and a cure for a code."""
    return code in UNDO or code.rpartition("|")[2] in REGISTRY


def hint(code: str) -> str:
    """Give place, cause and cure of a code `place|rule` in one line."""
    place, _, name = code.rpartition("|")
    rule = UNDO.get(code) or REGISTRY.get(name, _OTHER)
    return f"{place}: {rule.cause} {rule.cure}" if place else f"{rule.cause} {rule.cure}"


def hints(reasons: pl.Series) -> pl.Series:
    """Give the hints of each text of codes parted by blanks, in one text (String); null stays null."""
    distinct = reasons.drop_nulls().unique().to_list()
    texts = [" / ".join(hint(code) for code in text.split(" ")) for text in distinct]
    return reasons.replace_strict(distinct, texts, default=None, return_dtype=pl.String).alias("hints")
