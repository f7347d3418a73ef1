"""The steps of docs/mapping.md, done slowly and plainly for one cell; nothing of importer is used."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from slow_local import local_text
from slow_slots import (
    SQL,
    WHITE,
    BrokenError,
    Slot,
    Yaml,
    as_list,
    is_yes,
)

SMALL = {"da", "das", "de", "del", "den", "der", "di", "do", "dos", "e", "la", "las", "los", "van", "von", "y"}


def is_meant(slot: Slot, cells: dict[str, str | None], blanks: set[str]) -> bool:
    assert slot.when is not None
    text = (cells[slot.when["column"].replace("{n}", str(slot.number))] or "").strip(WHITE)
    if text in blanks:
        return False
    return text in as_list(slot.when["one_of"]) if "one_of" in slot.when else True


def origin_text(slot: Slot, cells: dict[str, str | None], blanks: set[str]) -> str | None:
    said = slot.said
    if "value" in said:
        return str(said["value"])
    blanks = blanks | set(as_list(said.get("blank", [])))

    def clean(text: str | None) -> str | None:
        text = text.strip(WHITE) if text is not None and is_yes(said, "trim", "true") else text
        return None if text is None or text in blanks else text

    if "sql" in said:
        text = clean(SQL[said["sql"]](cells))
    else:
        texts = [text for column in slot.columns if (text := clean(cells[column])) is not None]
        text = clean(said["join"].join(texts)) if "join" in said else (texts[0] if texts else None)
    return worked_text(said, text)


def worked_text(said: dict[str, Any], text: str | None) -> str | None:
    ends = WHITE if is_yes(said, "trim", "true") else ""
    if text and "strip" in said:
        text = text.strip(said["strip"]).strip(ends)
    if text and is_yes(said, "fold"):
        text = re.sub(f"[{WHITE}]+", " ", text)
    if text and "replace" in said:
        olds = "|".join(re.escape(old) for old in said["replace"])
        text = re.sub(olds, lambda found: said["replace"][found.group()], text).strip(ends)
    if text and "match" in said:
        found = re.search(said["match"], text)
        if found is None or found.group(1) is None:
            raise BrokenError("match")
        text = found.group(1).strip(ends)
    if text and "case" in said:
        text = {"lower": str.lower, "upper": str.upper, "title": titled}[said["case"]](text)
    if text and "pad" in said and re.fullmatch("[0-9]+", text):
        text = text.rjust(int(said["pad"]), "0")
    return text or None


def titled(text: str) -> str:
    words = re.split("( )", re.sub(r"[^\W_]+", lambda word: word.group().capitalize(), text))
    return "".join(
        word.lower() if word.lower() in SMALL and 0 < at < len(words) - 1 else word for at, word in enumerate(words)
    )


def typed(slot: Slot, text: str | None, mapping: dict[str, Any], cells: dict[str, str | None]) -> Yaml:
    said = slot.said
    if text is not None and "values" in said:
        if text not in said["values"]:
            raise BrokenError("enum" if slot.kind == "enum" else "values")
        text = said["values"][text] or None
    if text is None:
        return None
    if "value" in said:
        return constant(slot, text)
    local = local_text(slot, text, mapping, cells)
    return local if local is not None else of_kind(slot, text, mapping)


def of_kind(slot: Slot, text: str, mapping: dict[str, Any]) -> Yaml:
    said = slot.said
    made: Yaml = text
    if slot.kind == "enum":
        if text not in {"MALE", "FEMALE"}:
            raise BrokenError("enum")
    elif slot.kind in {"month", "year"} or "number" in said:
        made = number(text, said.get("number", "true"), whole=slot.kind in {"month", "year"})
    elif slot.kind == "boolean" or "boolean" in said:
        made = truth(text, said.get("boolean", {"yes": "true", "no": "false"}))
    elif "split" in said:
        made = [entry for part in text.split(said["split"]) if (entry := part.strip(WHITE))] or None
    elif "parse" in said:
        made = parsed(text, as_tags=slot.name == "*")
    else:
        made = text.lower() if slot.kind == "uuid" else moment(slot, text, mapping)
    return made


def truth(text: str, words: dict[str, Any]) -> bool:
    for answer, key in ((True, "yes"), (False, "no")):
        if text.lower() in [word.lower() for word in as_list(words[key])]:
            return answer
    raise BrokenError("boolean")


def constant(slot: Slot, text: str) -> Yaml:
    if slot.kind == "boolean" or (slot.is_tag and "boolean" in slot.said):
        return text == "true"
    if slot.kind in {"month", "year"}:
        return int(text)
    return Decimal(text) if slot.is_tag and "number" in slot.said else text


def number(text: str, form: Yaml, *, whole: bool) -> Decimal | int:
    form = {} if form == "true" else {"add": form[:-1]} if isinstance(form, str) else form
    mark, group = (".", ",") if form.get("decimal", ".") == "." else (",", ".")
    shape = rf"[+-]?([0-9]{{1,18}}|[1-9][0-9]{{0,2}}({re.escape(group)}[0-9]{{3}}){{1,5}})"
    fraction = rf"({re.escape(mark)}{'0' if whole else '[0-9]'}{{1,10}})?"
    whole_part, _, rest = text.lstrip("+-").replace(",", ".").partition(".")
    either = "decimal" not in form and len(rest) == 3 and 0 < len(whole_part) <= 3 and whole_part[0] != "0"
    if either or not re.fullmatch(shape + fraction, text):
        raise BrokenError("number")
    value = Decimal(text.replace(group, "").replace(mark, ".")) + int(form.get("add", "0"))
    return int(value) if whole else value


def parsed(text: str, *, as_tags: bool) -> Yaml:
    if not re.match(r"\s*[\[{]", text) or re.search(r"(?i)\\u00(0[0-8bcef]|1[0-9a-f]|3[0-9]|7f)", text):
        raise BrokenError("json")
    try:
        made = json.loads(text, parse_float=Decimal, parse_constant=refuse)
        pairs = json.loads(text, object_pairs_hook=list)
    except ValueError:
        raise BrokenError("json") from None
    if made and as_tags and (not isinstance(made, dict) or len(made) < len(pairs)):
        raise BrokenError("json")
    return made or None


def refuse(_word: str) -> None:
    raise ValueError


def moment(slot: Slot, text: str, mapping: dict[str, Any]) -> str:
    said = slot.said
    if "datetime" in said:
        fits = [read for form in as_list(said["datetime"]) if (read := read_time(text, form, said)) is not None]
        if not fits:
            raise BrokenError("datetime")
        zone = said.get("zone") or mapping.get("zone") or "UTC"
        made = in_utc(fits[0], zone)
        if made is None:
            raise BrokenError("zone")
        return made.strftime("%Y-%m-%dT%H:%M:%SZ")
    if slot.kind == "date" or "date" in said:
        for form in as_list(said.get("date", "%Y-%m-%d")):
            if (read := read_time(text, form, said)) is not None:
                return f"{read:%Y-%m-%d}" + ("T00:00:00Z" if slot.kind == "datetime" else "")
        raise BrokenError("datetime" if slot.kind == "datetime" else "date")
    if slot.kind == "datetime":
        if not re.fullmatch(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([Zz]|[+-][0-9]{2}:[0-9]{2})", text
        ):
            raise BrokenError("datetime")
        try:
            datetime.fromisoformat(text.upper())
        except ValueError:
            raise BrokenError("datetime") from None
        return text.upper()
    return text


def read_time(text: str, form: str, said: dict[str, Any]) -> datetime | None:
    """Read the formats that the tests use: %d %m %Y %y %H %M with marks between them."""
    digits = {
        "%d": "[0-9]{1,2}",
        "%m": "[0-9]{1,2}",
        "%Y": "[0-9]{4}",
        "%y": "[0-9]{2}",
        "%H": "[0-9]{1,2}",
        "%M": "[0-9]{1,2}",
    }
    parts = re.findall("%[a-zA-Z]", form)
    found = re.fullmatch(
        "".join(f"({digits[one]})" if one in digits else re.escape(one) for one in re.split("(%[a-zA-Z])", form)), text
    )
    if found is None:
        return None
    read = {part: int(digits) for part, digits in zip(parts, found.groups(), strict=True)}
    year = read["%Y"] if "%Y" in read else two_digits(read["%y"], int(said["pivot"]))
    try:
        made = datetime(year, read["%m"], read["%d"], read.get("%H", 0), read.get("%M", 0))  # noqa: DTZ001  # a clock on a wall
    except ValueError:
        return None
    return made if year >= 1000 else None


def two_digits(year: int, pivot: int) -> int:
    return next(full for full in range(pivot, pivot + 100) if full % 100 == year)


def in_utc(local: datetime, zone: str) -> datetime | None:
    """Give the one moment at which the clocks of a zone showed a time; None for none and for two."""
    moments = {
        utc
        for hours in range(-60, 61)
        if (utc := local + timedelta(minutes=15 * hours))
        .replace(tzinfo=ZoneInfo("UTC"))
        .astimezone(ZoneInfo(zone))
        .replace(tzinfo=None)
        == local
    }
    return next(iter(moments)) if len(moments) == 1 else None
