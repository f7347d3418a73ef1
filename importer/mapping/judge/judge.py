"""Whether a mapping of the right shape makes sense as a whole: its source, its key, its items, its tags."""

from __future__ import annotations

import codecs
import re
import string
from typing import TYPE_CHECKING

from importer.contact import fields_of
from importer.field import Kind
from importer.mapping.fault import Complaint, Steps, did_you_mean, listed, plain
from importer.mapping.judge.constants import judge_cards
from importer.mapping.judge.dates import zone_fault
from importer.mapping.judge.field import judge_field
from importer.mapping.model import FieldMap
from importer.mapping.places import NUMBER, columns_of, mapping_columns, places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from importer.mapping.forms import Condition, Section
    from importer.mapping.model import Mapping, SourceOptions

MOST_ITEMS = 200
"""Items of one kind a contact may be given, repetitions counted."""

_STATEFUL = ("utf-7", "hz", "iso2022", "idna", "punycode", "unicode", "raw", "undefined")
"""What the reading of files refuses (importer/source/encoding.py)."""
_QUOTES = frozenset(string.punctuation)
_KEY_KINDS = {Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.COUNTRY, Kind.DOCUMENT, Kind.DATE}
_TOP = {field.name: field for field in fields_of()}


def judge(mapping: Mapping, mentioned: Collection[str]) -> Iterator[Complaint]:
    """Give all that makes no sense; `mentioned` are the contact fields the file names, readable or not."""
    yield from _source(mapping.source)
    if mapping.zone is not None and (why := zone_fault(mapping.zone)):
        yield ("zone",), why
    yield from _key(mapping, mentioned)
    if not any(getattr(mapping.contact, name) is not None for name in _TOP):
        yield ("contact",), "no field of the contact is mapped; name at least one besides id"
    countable = True
    for field in fields_of():
        said = getattr(mapping.contact, field.name)
        steps: Steps = ("contact", field.name)
        if said is not None and field.kind is Kind.OBJECT:
            yield from _tags(said, steps)
        elif said is not None and field.kind is Kind.ITEMS:
            yield from _items(said, steps)
            countable &= _count(said) <= MOST_ITEMS
    if countable:
        for place in {place.path: place for place in places(mapping)}.values():
            yield from judge_field(place)
            yield from judge_cards(place, mapping.key or ())
        yield from _tests(mapping)


def _tests(mapping: Mapping) -> Iterator[Complaint]:
    """Refuse a cell of a column that no field reads: the example would show nothing."""
    known = mapping_columns(mapping)
    for position, example in enumerate(mapping.tests):
        for column in example.cells:
            if column not in known:
                what = f"no field reads the column '{plain(column)}'{did_you_mean(column, known) or '; take it out'}"
                yield ("tests", position, "cells", column), what


def _source(source: SourceOptions) -> Iterator[Complaint]:
    if source.encoding is not None and not _is_encoding(source.encoding):
        what = "no such encoding of files; name one such as utf-8, cp1252 or latin-1, or leave it out"
        yield ("source", "encoding"), what
    if source.quote not in _QUOTES:
        yield ("source", "quote"), "a quote is one sign such as \" ' or |; no letter, digit, blank, line end or accent"
    for position, name in enumerate(source.files):
        if not name or "\0" in name:
            yield ("source", "files", position), "no file can have this name; write it as it is in its folder"
    if source.delimiter is not None and source.delimiter != "tab" and len(source.delimiter) != 1:
        yield ("source", "delimiter"), "one character is meant here, or `tab`"
    elif source.delimiter is not None and not source.delimiter.isascii():
        yield ("source", "delimiter"), "one ASCII character is meant here, or `tab`"
    elif source.delimiter in {"\n", "\r", source.quote}:
        yield ("source", "delimiter"), "the delimiter can be neither the quote nor a line break"


def _is_encoding(name: str) -> bool:
    """Tell whether it is an encoding of text in which a byte means the same wherever it stands."""
    try:
        known = codecs.lookup(name).name
        "\n".encode(known)  # tells encodings of text from other codecs
    except (LookupError, ValueError):
        return False
    return not known.startswith(_STATEFUL)


def _key(mapping: Mapping, mentioned: Collection[str]) -> Iterator[Complaint]:
    if mapping.key is None:
        if "id" not in mentioned:
            what = (
                "the key is missing; write `key:` and the mapped field by which a customer is known, or map contact.id"
            )
            yield ("key",), what
        return
    usable = [name for name in mentioned if name in _TOP and _TOP[name].kind in _KEY_KINDS]
    for position, name in enumerate(mapping.key):
        if name in mapping.key[:position]:
            yield ("key", position), f"{plain(name)} stands twice in the key; keep one"
        elif why := _key_field(name, usable):
            yield ("key", position), why
    said = {name: getattr(mapping.contact, name, None) for name in mapping.key if name in usable}
    for name, steps in said.items():
        if steps is not None and steps.default is not None:
            what = "a key field takes no default: all customers without one would become the same customer"
            yield ("contact", name, "default"), what
        if steps is not None and steps.on_bad == "drop":
            what = "a customer whose bad key is dropped would be nobody; leave it at reject, which a key always is"
            yield ("contact", name, "on_bad"), what
    if said and all(steps is not None and not _written(steps) for steps in said.values()):
        yield ("key",), "a constant is the same for every customer; choose a field that comes from a column"


def _key_field(name: str, usable: Collection[str]) -> str | None:
    """Say why customers can't be known by this field; None when they can."""
    if name in usable:
        return None
    if name == "id":
        return "id is no key; leave it out, a filled id is always used"
    choice = f"mapped fields that can be: {listed(usable) or 'none'}"
    if name not in _TOP:
        return f"'{plain(name)}' is no field of the contact{did_you_mean(name, usable) or f'; {choice}'}"
    if _TOP[name].kind not in _KEY_KINDS:
        return f"{name} can't be a key, since it can't tell customers apart; {choice}"
    return f"{name} is not mapped; map it under contact, or choose another: {choice}"


def _tags(said: dict[str, FieldMap], steps: Steps) -> Iterator[Complaint]:
    if not said:
        yield steps, "no tag is named; name one, or take the key out"
    by_code: dict[str, str] = {}
    for tag in said:
        if not tag.isprintable():
            yield (*steps, tag), "a tag's name holds a character that can't be seen; take it out"
        # In codes, which blanks separate and | divides, these letters are written _.
        if by_code.setdefault(re.sub(r"[\s|]", "_", tag), tag) != tag:
            yield (*steps, tag), "two tags differ only in blanks, | and _; rename one"


def _items(said: tuple[Section, ...], steps: Steps) -> Iterator[Complaint]:
    if not said:
        yield steps, "no item is given; give one, or take the key out"
    if _count(said) > MOST_ITEMS:
        yield steps, f"more than {MOST_ITEMS} items a contact, repetitions counted; use fewer"
    for position, item in enumerate(said):
        yield from _item(item, (*steps, position))


def _item(item: Section, steps: Steps) -> Iterator[Complaint]:
    mapped = {name: said for name, said in item if isinstance(said, FieldMap)}
    repeat = getattr(item, "repeat", None)
    columns = {name: _written(said) for name, said in mapped.items()}
    when: Condition | None = getattr(item, "when", None)
    deciding = {"when": (when.column,)} if when else {}
    numbered = [name for name, names in {**columns, **deciding}.items() if any(NUMBER in column for column in names)]
    if not mapped:
        yield steps, "the item maps no field; map one, or take the item out"
    elif not any(columns.values()):
        yield steps, "an item of constants alone is never sent; map a column, or take the item out"
    if repeat is None:
        for name in numbered:
            yield (*steps, name), f"{NUMBER} has a meaning in repeated items only; add `repeat:` to the item"
    elif any(columns.values()) and not numbered:
        what = f"each repetition would be the same; write {NUMBER} where its columns have their number"
        yield (*steps, "repeat"), what
    for name, said in mapped.items():
        for key in ("value", "default"):
            if repeat is not None and NUMBER in (getattr(said, key) or ""):
                yield (*steps, name, key), f"{NUMBER} is filled into columns only; take it out"
    yield from _halves(mapped, steps)


def _halves(mapped: dict[str, FieldMap], steps: Steps) -> Iterator[Complaint]:
    halves = [name for name in ("expiry_month", "expiry_year") if name in mapped]
    if len(halves) == 1:
        what = "month and year of expiry go together: half of it says nothing; map the other too, or take it out"
        yield (*steps, halves[0]), what


def _written(said: FieldMap) -> tuple[str, ...]:
    """Give the texts in which a field names its columns."""
    return (said.sql,) if said.sql is not None else columns_of(said)


def _count(said: tuple[Section, ...]) -> int:
    return sum(getattr(item, "repeat", None) or 1 for item in said)
