"""Documents: what each kind takes and writes, and that our own check digits are python-stdnum's."""

import subprocess
import sys

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum.ar import dni
from stdnum.br import cnpj, cpf
from stdnum.cl import rut

from importer.errors import MappingError
from importer.mapping.steps.documents import DOCUMENTS, document_text, unfit_documents


def numbers(name: str, *texts: str | None) -> list[str | None]:
    frame = pl.LazyFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(document_text(pl.col("text"), name.split(", "))).collect().to_series().to_list()


READINGS: dict[str, dict[str | None, str | None]] = {
    "BR CPF": {
        "123.456.789-09": "12345678909",
        "12345678909": "12345678909",
        "12345678908": None,
        "1234567890": None,
        "111.111.111-11": None,
        "000.000.000-00": None,
        "": None,
        None: None,
    },
    "BR CNPJ": {
        "11.222.333/0001-81": "11222333000181",
        "12.ABC.345/01DE-35": "12ABC34501DE35",
        "12abc34501de35": "12ABC34501DE35",
        "11222333000182": None,
        "12ABC34501DE3A": None,
        "00.000.000/0000-00": None,
    },
    "CL RUT": {
        "12.531.909-2": "125319092",
        "12531909-2": "125319092",
        "CL125319092": "125319092",
        "10.000.013-k": "10000013K",
        "12531909-K": None,
        "9.876.543-3": "98765433",
        "12531909": None,
    },
    "UY CI": {"1.234.567-2": "12345672", "12345672": "12345672", "1.234.567-3": None, "0.000.000-0": None},
    "CO CC": {"1.098.765.432": "1098765432", "52 345 678": "52345678", "52345678.0": None, "C.C. 52345678": None},
    "PY CI": {"3.456.789": "3456789", "0345678": None},
    "AR DNI": {"12.345.678": "12345678", "5.345.678": "5345678", "12.345.67": "1234567", "F1234567": None},
    "AR CUIT": {"20-41834482-3": "20418344823", "30-97755024-2": "30977550242", "30-97755024-3": None},
    "CO NIT": {"900.123.456-8": "9001234568", "900123456-8": "9001234568", "900123456": None, "900123456-7": None},
    "CR CPF": {"1-8742-74322": None, "0-8742-74322": "0874274322"},
    "CR CPJ": {"3-013-444967": "3013444967", "3-999-444967": None},
    "DO CEDULA": {"001-6996838-5": "00169968385", "001-6996838-6": None},
    "DO RNC": {"4-12-19588-1": "412195881", "4-12-19588-2": None},
    "EC CI": {"176133338-2": "1761333382", "1761333383": None},
    "EC RUC": {"1761333382001": "1761333382001", "1761333382000": None, "1761333382": None},
    "ES NIF": {"84.967.550-F": "84967550F", "ES84967550f": "84967550F", "84967550G": None},
    "GT NIT": {"7425390256-1": "74253902561", "7425390256-2": None, "C/F": None},
    "MX CURP": {"gopa900115hdfrrn01": "GOPA900115HDFRRN01", "GOPA900115HDFRRN02": None, "GOPA901315HDFRRN01": None},
    "MX RFC": {"XEXT-900115-AB7": "XEXT900115AB7", "ñand900115ab7": "ÑAND900115AB7", "XEXT901315AB7": None},
    "PE DNI": {"26240241": "26240241", "26240241-4": None, "2624024": None},
    "PE RUC": {"10052075993": "10052075993", "10052075994": None},
    "PT NIF": {"995 858 489": "995858489", "PT995858489": "995858489", "995858488": None},
    "PY RUC": {"37109259-0": "371092590", "37109259-1": None},
    "SV NIT": {"9803-891203-483-6": "98038912034836", "9803-891203-483-7": None},
    "UY RUT": {"21 918158 0016": "219181580016", "219181580017": None},
    "VE RIF": {"J-18307044-3": "J183070443", "j183070443": "J183070443", "183070443": None, "J183070444": None},
    "BR CPF, BR CNPJ": {"123.456.789-09": "12345678909", "11.222.333/0001-81": "11222333000181", "12345": None},
}


@pytest.mark.parametrize("name", READINGS)
def test_what_a_text_becomes(name: str) -> None:
    assert dict(zip(READINGS[name], numbers(name, *READINGS[name]), strict=True)) == READINGS[name]


def test_every_kind_has_its_line_above() -> None:
    assert set(DOCUMENTS) <= set(READINGS)


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=8, deadline=None)
@given(texts=st.lists(st.text() | st.text("0123456789KA-. /", min_size=6, max_size=15), max_size=20))
def test_no_text_raises_and_what_is_taken_is_bare(name: str, texts: list[str]) -> None:
    for number in numbers(name, *texts, "9" * 1_000):
        assert number is None or (number.isalnum() and number == number.upper() and number.strip("0"))


def exact(module: object, text: str) -> str | None:
    try:
        return module.validate(text)  # type: ignore[attr-defined, no-any-return]  # each module of stdnum has it
    except ValueError:
        return None


DIGITS = st.text("0123456789", min_size=6, max_size=15)
BASES = st.tuples(st.sampled_from([7, 8, 9, 12]), st.text("0123456789", min_size=12, max_size=12))
WRITTEN = {
    "BR CPF": (cpf, BASES.map(lambda base: base[1][:9] + cpf._calc_check_digits(base[1]))),  # noqa: SLF001  # no public one
    "BR CNPJ": (
        cnpj,
        st.text("0123456789ABCXYZ", min_size=12, max_size=12).map(lambda base: base + cnpj.calc_check_digits(base)),
    ),
    "CL RUT": (rut, BASES.map(lambda base: base[1][: base[0]] + rut.calc_check_digit(base[1][: base[0]]))),
    "AR DNI": (dni, DIGITS.map(lambda digits: digits[:8])),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_our_own_check_digits_are_those_of_stdnum(name: str) -> None:
    module, right = WRITTEN[name]

    @settings(max_examples=50, deadline=None)
    @given(st.lists(right | DIGITS | right.map(lambda text: f"{text[:-1]}{text[0]}"), min_size=1, max_size=20))
    @example(["0" * length for length in range(5, 15)])
    def agree(texts: list[str]) -> None:
        wanted = [exact(module, text) for text in texts]
        wanted = [None if one is None or not one.strip("0") else one for one in wanted]
        if name == "BR CPF":
            wanted = [None if one is not None and len(set(one)) == 1 else one for one in wanted]
        assert numbers(name, *texts) == wanted

    agree()


def test_an_unknown_kind_is_refused_and_the_known_are_named() -> None:
    assert unfit_documents(["CO NIT", "BR CPF"]) is None
    with pytest.raises(MappingError, match="known are AR CUIT, AR DNI"):
        document_text(pl.col("text"), ["CO RUT"])


def test_a_kind_without_check_digit_does_not_stand_beside_one_that_it_would_hide() -> None:
    assert unfit_documents(["AR DNI", "AR CUIT"]) is None
    assert "a wrong CO NIT would pass for one" in str(unfit_documents(["CO NIT", "CO CC"]))
    assert "a wrong PY RUC would pass for one" in str(unfit_documents(["PY CI", "PY RUC"]))


def test_without_the_extra_our_own_kinds_work_and_the_others_say_what_to_install() -> None:
    script = (
        "import sys, importlib.machinery\n"
        "class Hidden(importlib.machinery.PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        return None if name.split('.')[0] == 'stdnum' else super().find_spec(name, path, target)\n"
        "sys.meta_path = [Hidden if one is importlib.machinery.PathFinder else one for one in sys.meta_path]\n"
        "from importer.mapping.steps.documents import unfit_documents\n"
        "print(unfit_documents(['BR CPF', 'BR CNPJ', 'CL RUT', 'UY CI', 'CO CC']))\n"
        "print(unfit_documents(['BR CPF', 'CO NIT']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    ours, theirs = done.stdout.splitlines()
    assert ours == "None"
    assert theirs.startswith("CO NIT is judged by python-stdnum, which is not installed")
    assert "masivo-importer[documents]" in theirs
