"""The examples of libphonenumber's metadata and the doctests of python-stdnum, against our steps."""

import ast
import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from fetch_package import fetch_pypi
from published_case import Case, Suite

from importer.mapping.steps.documents import DOCUMENTS, document_text
from importer.mapping.steps.phones import phone_text

PHONENUMBERS, STDNUM = "9.0.42", "2.2"
REFUSED = "refused"
MODULES = {
    "br.cpf": "BR CPF",
    "br.cnpj": "BR CNPJ",
    "cl.rut": "CL RUT",
    **{document.judge: name for name, document in DOCUMENTS.items() if document.judge is not None},
}
"""The modules of python-stdnum that know one of our documents."""


def run_phones(folder: Path) -> Suite:
    """Read every region's example numbers, as they are dialled from abroad and without the country's code."""
    data = fetch_pypi("phonenumbers", PHONENUMBERS, folder) / "phonenumbers" / "data"
    found: list[Case] = []
    for path in sorted(data.glob("region_[A-Z][A-Z].py")):
        region, text = path.stem.removeprefix("region_"), path.read_text("utf-8")
        (code,) = re.findall(r"\bcountry_code=([0-9]+)", text)[:1]
        examples = sorted(set(re.findall(r"example_number='([0-9]+)'", text)))
        expected = [f"+{code}{number}" for number in examples]
        for how, given in (("abroad", expected), ("at home", examples)):
            cells = pl.DataFrame({"text": given}, schema={"text": pl.String})
            ours = cells.select(phone_text(pl.col("text"), region)).to_series()
            found += [
                Case(f"{region} {how} {number}", cell, "taken", _taken(mine, wanted))
                for number, (cell, wanted, mine) in enumerate(zip(given, expected, ours, strict=True), 1)
            ]
    return Suite("libphonenumber's example numbers", f"phonenumbers {PHONENUMBERS}", tuple(found))


def _taken(mine: str | None, wanted: str) -> str:
    if mine is None:
        return REFUSED
    return "taken" if mine == wanted else "taken as another number"


def run_documents(folder: Path) -> Suite:
    """Check the numbers of the doctests that validate one of our documents."""
    root = fetch_pypi("python-stdnum", STDNUM, folder)
    found: list[Case] = []
    for module, name in sorted(MODULES.items()):
        short = module.replace(".", "_")
        pages = [root / "stdnum" / f"{module.replace('.', '/')}.py", root / "tests" / f"test_{short}.doctest"]
        examples = [one for page in pages if page.exists() for one in _examples(page, module.rpartition(".")[2])]
        numbers = [number for number, _ in examples]
        cells = pl.DataFrame({"text": numbers}, schema={"text": pl.String})
        ours = cells.select(document_text(pl.col("text"), (name,))).to_series()
        found += [
            Case(f"{name} {number}", cell, "taken" if valid else REFUSED, REFUSED if mine is None else "taken")
            for number, ((cell, valid), mine) in enumerate(zip(examples, ours, strict=True), 1)
        ]
    return Suite("python-stdnum's doctests", f"python-stdnum {STDNUM}", tuple(found))


def _examples(page: Path, module: str) -> Iterator[tuple[str, bool]]:
    """Give the numbers that a page validates, and whether it holds them valid."""
    listed: list[str] = []
    for example in doctest.DocTestParser().get_examples(page.read_text("utf-8")):
        source = example.source.strip()
        call = re.fullmatch(rf"(?:{module}\.)?(validate|is_valid)\((u?(?:'[^']*'|\"[^\"]*\"))\)", source)
        if call is not None:
            given, want = str(ast.literal_eval(call[2])), example.want.strip()
            yield given, want == "True" if call[1] == "is_valid" else example.exc_msg is None
        elif source.startswith("numbers = '''"):
            listed = str(ast.literal_eval(source.removeprefix("numbers = "))).split("\n")
        elif f"{module}.is_valid(" in source and example.want.strip() == "[]":
            yield from ((number.strip(), f"not {module}." in source) for number in listed if number.strip())
            listed = []
