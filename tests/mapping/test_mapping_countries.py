"""Countries: names in three languages and codes; what is shared or unknown is refused."""

import csv
from importlib.resources import files

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.mapping.steps.countries import code_of, country_text, fold_name

ROWS = list(csv.DictReader(files("importer.mapping.steps").joinpath("countries.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("CO", ["Colombia", "COLOMBIA", " colombia ", "co", "COL", "República de Colombia"]),
        ("MX", ["México", "MEXICO", "Méjico", "Me\u0301xico", "mx", "MEX", "Estados Unidos Mexicanos"]),
        ("BR", ["Brasil", "Brazil", "BRA"]),
        ("PE", ["Perú", "Peru"]),
        ("US", ["Estados Unidos", "EE.UU.", "EE. UU.", "EEUU", "EUA", "U.S.A.", "USA", "United States of America"]),
        ("GB", ["Reino Unido", "Inglaterra", "UK", "Grã-Bretanha", "United Kingdom"]),
        ("DO", ["Rep. Dominicana", "República Dominicana", "Dominican Republic"]),
        ("ES", ["España", "Espanha", "Spain", "ESPAÑA"]),
        ("DE", ["Alemania", "Alemanha", "Germany"]),
        ("TT", ["Trinidad y Tobago", "Trinidad & Tobago", "Trinidad and Tobago"]),
        ("KR", ["Corea del Sur", "Coreia do Sul", "South Korea"]),
        ("NL", ["Países Bajos", "Holanda", "The Netherlands"]),
        ("CW", ["Curaçao", "Curazao"]),
        ("CI", ["Costa de Marfil", "Côte d'Ivoire", "Côte d\u2019Ivoire"]),
    ],
)
def test_names_and_codes_of_a_country(code: str, texts: list[str]) -> None:
    assert [code_of(text) for text in texts] == [code] * len(texts)


@pytest.mark.parametrize(
    "text",
    ["Congo", "Corea", "Bogotá", "XX", "170", "Europa", "EU", "XK", "?", "", "Colombi", "Colombia, Bogotá", "c" * 999],
)
def test_what_is_shared_or_no_country_is_refused(text: str) -> None:
    assert code_of(text) is None


def test_the_table_has_every_country_of_the_standard_and_each_name_once() -> None:
    assert len(ROWS) == 249
    assert len({row["code3"] for row in ROWS}) == 249
    names = [(name, row["code"]) for row in ROWS for name in row["names"].split("|")]
    assert len(names) == len({name for name, _ in names})
    assert all(fold_name(name) == name for name, _ in names)
    assert [name for name, code in names if code_of(name) != code] == []


def test_a_column_of_countries_becomes_one_of_codes() -> None:
    frame = pl.LazyFrame({"text": ["México", None, "nada", "México", "co"]})
    assert frame.select(country_text(pl.col("text"))).collect().to_series().to_list() == ["MX", None, None, "MX", "CO"]


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert (code_of(text) or "CO") in {row["code"] for row in ROWS}
