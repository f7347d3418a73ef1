"""Tax and identity numbers, checked by their country's rule and written without separators, letters large.

Brazil's CPF and CNPJ (the alphanumeric one too), Chile's RUT, Uruguay's CI and numbers without a check digit are judged
by vectors of our own; python-stdnum judges the others, each distinct text once. It is an extra: LGPL, and not
needed by most. White space, dots, commas, dashes, slashes and _ are separators. Zeros that a spreadsheet took away are
not put back, `12345678.0` is refused, and so is a number of zeros alone. A NIT is wanted with its check digit.

Sources of the rules: python-stdnum for the numbers it knows, which the tests hold ours against; Brazil's Receita
Federal, which gives out no CPF of one digit eleven times (stdnum takes them); Uruguay's DNIC: weights 2 9 8 7 6 3 4,
modulo 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import polars as pl

from importer.errors import MappingError
from importer.mapping.steps.distinct import FLOATED, by_judge
from importer.mapping.steps.text import first_of, only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

LONGEST = 60
"""Bytes of a cell that can be one number."""
EXTRA = "python-stdnum"


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of number of one country."""

    about: str
    form: str
    """What its characters look like without separators, as a regular expression of the whole."""
    check: Callable[[pl.Series], pl.Series] | None = None
    """Whether its check digits are right, over a number of that form."""
    judge: str | None = None
    """The module of python-stdnum that judges it."""
    prefix: str = ""
    """Letters that may stand before it and are left out."""
    hides: str = ""
    """The kind whose wrong numbers look like this one, which has no check digit."""


def _places(numbers: pl.Series, length: int, base: int = 10) -> list[pl.Series]:
    """Give the value of each of the first characters, left to right. `length` of them fit into 64 bits."""
    whole = numbers.str.slice(0, length).str.to_integer(base=base, strict=False)
    return [whole // base**power % base for power in reversed(range(length))]


def _weighed(values: Sequence[pl.Series], weights: Iterable[int]) -> pl.Series:
    first, *rest = (value * weight for value, weight in zip(values, weights, strict=True))
    return sum(rest, start=first)


def _is_cpf(numbers: pl.Series) -> pl.Series:
    digits = _places(numbers, 11)
    first = _weighed(digits[:9], range(10, 1, -1)) * 10 % 11 % 10 == digits[9]
    second = _weighed(digits[:10], range(11, 1, -1)) * 10 % 11 % 10 == digits[10]
    return first & second & ~numbers.is_in([digit * 11 for digit in "0123456789"])


def _is_cnpj(numbers: pl.Series) -> pl.Series:
    # A sign counts as its place in ASCII after the digit 0, where 7 others part 9 and A.
    signs = [value + (value > 9).cast(pl.Int64) * 7 for value in _places(numbers, 12, base=36)]  # noqa: PLR2004  # 9, the last digit
    first, second = _places(numbers.str.slice(12), 2)
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    fits = _weighed(signs, weights[1:]) * 10 % 11 % 10 == first
    fits &= _weighed([*signs, first], weights) * 10 % 11 % 10 == second
    return fits & ~numbers.str.starts_with("0" * 12)


def _is_rut(numbers: pl.Series) -> pl.Series:
    digits = _places(numbers.str.zfill(9), 8)
    check = _weighed(digits, (8, 9, 4, 5, 6, 7, 8, 9)) % 11
    return numbers.str.slice(-1) == check.cast(pl.String).replace("10", "K")


def _is_uruguayan(numbers: pl.Series) -> pl.Series:
    digits = _places(numbers.str.zfill(8), 8)
    return _weighed(digits[:7], (8, 1, 2, 3, 4, 7, 6)) % 10 == digits[7]


DOCUMENTS: Final = {
    "AR CUIT": Document("Argentina: CUIT and CUIL", "[0-9]{11}", judge="ar.cuit"),
    "AR DNI": Document("Argentina: identity, no check digit", "[0-9]{7,8}"),
    "BR CNPJ": Document("Brazil: companies, digits or letters", "[0-9A-Z]{12}[0-9]{2}", check=_is_cnpj),
    "BR CPF": Document("Brazil: persons", "[0-9]{11}", check=_is_cpf),
    "CL RUT": Document("Chile: RUT and RUN, K large", "[0-9]{7,8}[0-9K]", check=_is_rut, prefix="CL"),
    "CO CC": Document("Colombia: cédula, no check digit", "[1-9][0-9]{3,9}", hides="CO NIT"),
    "CO NIT": Document("Colombia: NIT with its check digit", "[0-9]{8,16}", judge="co.nit"),
    "CR CPF": Document("Costa Rica: cédula física", "[0-9]{9,10}", judge="cr.cpf"),
    "CR CPJ": Document("Costa Rica: cédula jurídica", "[0-9]{10}", judge="cr.cpj"),
    "DO CEDULA": Document("Dominican Republic: cédula", "[0-9]{10,11}", judge="do.cedula"),
    "DO RNC": Document("Dominican Republic: RNC", "[0-9]{9}", judge="do.rnc"),
    "EC CI": Document("Ecuador: cédula", "[0-9]{10}", judge="ec.ci"),
    "EC RUC": Document("Ecuador: RUC", "[0-9]{13}", judge="ec.ruc"),
    "ES NIF": Document("Spain: NIF, with DNI, NIE and CIF", "[0-9A-Z]{9}", judge="es.nif", prefix="ES"),
    "GT NIT": Document("Guatemala: NIT", "[0-9]{1,11}[0-9K]", judge="gt.nit"),
    "MX CURP": Document("Mexico: persons", "[0-9A-Z]{18}", judge="mx.curp"),
    "MX RFC": Document("Mexico: taxpayers, 10, 12 or 13 signs", "[0-9A-ZÑ&]{10,13}", judge="mx.rfc"),
    "PE DNI": Document("Peru: identity, 8 digits, a ninth sign is checked", "[0-9]{8}[0-9A-K]?", judge="pe.cui"),
    "PE RUC": Document("Peru: taxpayers", "[0-9]{11}", judge="pe.ruc"),
    "PT NIF": Document("Portugal: taxpayers", "[0-9]{9}", judge="pt.nif", prefix="PT"),
    "PY CI": Document("Paraguay: cédula, no check digit", "[1-9][0-9]{3,7}", hides="PY RUC"),
    "PY RUC": Document("Paraguay: RUC with its check digit", "[0-9]{5,9}", judge="py.ruc"),
    "SV NIT": Document("El Salvador: NIT", "[0-9]{14}", judge="sv.nit"),
    "UY CI": Document("Uruguay: cédula with its check digit", "[1-9][0-9]{6,7}", check=_is_uruguayan),
    "UY RUT": Document("Uruguay: taxpayers", "[0-9]{12}", judge="uy.rut", prefix="UY"),
    "VE RIF": Document("Venezuela: RIF, letter first", "[VEJPG][0-9]{9}", judge="ve.rif"),
}
"""By the name that a mapping says: country and type."""


def unfit_documents(names: Sequence[str]) -> str | None:
    """Say why a mapping can't have its documents judged as it names them; None when it can."""
    for name in names:
        if name not in DOCUMENTS:
            return f"a country and its document are meant here; known are {', '.join(DOCUMENTS)}"
        if DOCUMENTS[name].judge is not None and find_spec("stdnum") is None:
            return f"{name} is judged by {EXTRA}, which is not installed: pip install 'masivo-importer[documents]'"
        if (hidden := DOCUMENTS[name].hides) in names:
            return f"{name} has no check digit, so that a wrong {hidden} would pass for one; name one of them"
    return None


def document_text(text: pl.Expr, names: Sequence[str]) -> pl.Expr:
    """Give the number without separators (String) by the first of the named kinds that it fits; null where none does.

    Raises MappingError for a name that is not known, and where python-stdnum is needed and missing.
    """
    if (why := unfit_documents(names)) is not None:
        raise MappingError(why)
    bare = _bare(text)
    return first_of([_judged(bare, DOCUMENTS[name]) for name in names])


def _bare(text: pl.Expr) -> pl.Expr:
    short = only((text.str.len_bytes() <= LONGEST) & ~text.str.contains(FLOATED), text)
    bare = short.str.replace_all(r"[\s.,_/\-\u{2010}-\u{2015}\u{2212}]", "").str.to_uppercase()
    return only(bare.str.contains("[1-9A-Z]"), bare)


def _judged(bare: pl.Expr, document: Document) -> pl.Expr:
    number = bare.str.strip_prefix(document.prefix) if document.prefix else bare
    number = only(number.str.contains(f"^{document.form}$"), number)
    if document.judge is not None:
        return by_judge(number, _judge(document.judge))
    if document.check is None:
        return number
    return only(number.map_batches(document.check, return_dtype=pl.Boolean, is_elementwise=True), number)


def _judge(name: str) -> Callable[[str], str | None]:
    module = import_module(f"stdnum.{name}")

    def judge(number: str) -> str | None:
        try:
            return str(module.validate(number))
        except ValueError:  # what all of its refusals are
            return None

    return judge
