"""Whose phones and which documents a column holds: tried on some of its cells, told only where they prove it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from importer.mapping.steps.countries import code_of
from importer.mapping.steps.documents import DOCUMENTS, document_text, unfit_documents
from importer.mapping.steps.phones import phone_text, phone_text_by
from importer.suggest.draft import percent
from importer.suggest.headers import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.suggest.draft import Column, Steps

CODES: Final = {
    "CO": "57", "MX": "52", "AR": "54", "CL": "56", "PE": "51", "EC": "593", "UY": "598", "PY": "595", "BO": "591",
    "VE": "58", "CR": "506", "PA": "507", "GT": "502", "SV": "503", "HN": "504", "NI": "505", "DO": "1", "BR": "55",
    "ES": "34", "PT": "351", "US": "1",
}  # fmt: skip
"""Regions that are tried, and how their numbers begin after +."""
TRIED = 200
"""Distinct cells that are tried."""
FIRST = 30
"""Of them, those by which most regions are already out."""
HALF = 0.5
GOOD = 0.9
CLOSE = 0.05
"""Two regions whose shares lie no further apart can't be told apart by the numbers."""
BY_ROW = 0.8
_NAMED = re.compile("[a-z]+")


def find_region(
    columns: Sequence[Column], country: pl.Series | None, told: str | None, cells: pl.DataFrame
) -> tuple[Steps, str]:
    """Give the `phone` step of some columns of phones, empty where their country is not proven, and why.

    `country` are the cells of the country column, `told` is the country that other columns speak for (ISO 3166).
    """
    names = [column.name for column in columns]
    texts = pl.concat([cells[name].str.strip_chars("' ").alias("text") for name in names])
    rows = pl.DataFrame({"text": texts}).with_columns(
        country=pl.lit(None, pl.String) if country is None else pl.concat([country.alias("c")] * len(names))
    )
    some = rows.filter(pl.col("text").str.contains("[0-9]{3}")).unique(maintain_order=True).head(TRIED)
    if not some.height:
        return {}, "no cell of the sample is filled, so their country is not known"
    if country is not None:
        codes = pl.Series([(code_of(text) if text else None) or "ZZ" for text in some["country"]], dtype=pl.String)
        share = some.with_columns(codes.alias("code")).select(_valid(phone_text_by(pl.col("text"), pl.col("code"))))
        if share.item() >= BY_ROW:
            return {
                "phone": {"country": str(country.name)}
            }, f"{percent(share.item())} are numbers of their row's country"
    likely = [
        region for region, share in _shares(some.gather_every(-(-some.height // FIRST)), CODES).items() if share > HALF
    ]
    if not likely:
        return {}, "sent as it is written, since no one country's numbers are enough of them"
    shares = _shares(some, likely)
    best = max(shares, key=lambda region: shares[region])
    close = [region for region in likely if shares[region] >= shares[best] - CLOSE]
    said = _said(some["text"])
    chosen = said if said in close else told if told in close else best if len(close) == 1 else None
    if shares[best] < GOOD:
        return {}, "sent as it is written, since no one country's numbers are enough of them"
    if chosen is None:
        listed = ", ".join(close[:4])
        return {}, f"sent as it is written; for one form say phone: and the country, which could be {listed}"
    return {"phone": chosen}, f"{percent(shares[chosen])} are valid numbers of {chosen}"


def find_document(column: Column) -> Steps:
    """Give the `document` step where the header names a kind with check digits and the cells are of it."""
    words = set(_NAMED.findall(normal_form(column.name)))
    kinds = [name for name, kind in DOCUMENTS.items() if name.split()[1].lower() in words and not _unchecked(kind.form)]
    texts = column.evidence.distinct_cells.head(TRIED).with_columns(pl.col("text").str.strip_chars("'"))
    for kind in kinds:
        if (
            unfit_documents([kind]) is None
            and texts.select(_valid(document_text(pl.col("text"), [kind]))).item() >= GOOD
        ):
            return {"document": kind}
    return {}


def _unchecked(form: str) -> bool:
    return form in {"[0-9]{7,8}", "[1-9][0-9]{3,9}", "[1-9][0-9]{3,7}", "[0-9]{8}[0-9A-K]?"}


def _valid(value: pl.Expr) -> pl.Expr:
    return value.is_not_null().mean()


def _shares(some: pl.DataFrame, regions: Iterable[str]) -> dict[str, float]:
    """Give the share of valid numbers by region."""
    return some.select(_valid(phone_text(pl.col("text"), region)).alias(region) for region in regions).row(
        0, named=True
    )


def _said(texts: pl.Series) -> str | None:
    """Give the region of the numbers that say it with +, where that is one."""
    plus = texts.filter(texts.str.contains(r"^(?:\+|00)")).str.replace_all(r"[^0-9]", "").str.strip_prefix("00")
    counts = {region: int(plus.str.starts_with(code).sum()) for region, code in CODES.items() if len(plus)}
    best = max(counts, key=counts.__getitem__, default=None)
    return best if best is not None and counts[best] >= GOOD * len(plus) and CODES[best] != "1" else None
