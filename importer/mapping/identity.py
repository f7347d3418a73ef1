"""By what a mapping knows a customer: kept with the ledger, so that a change of it can't create everybody again."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.mapping.places import places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.mapping.model import FieldMap, Mapping

APART = frozenset({"column", "required"})
"""What is no step. The column is kept apart (`key_columns`), since it can be renamed in the next export. Of several
`columns` the order and number decide what is joined, or which is filled first: they are steps.
"""
QUOTE = '"'
"""Of a file whose mapping says nothing else."""


def key_steps(mapping: Mapping) -> str:
    """Give a digest of the steps that the key's fields take: the same steps give the same keys for the same cells."""
    wanted = mapping.key or ()
    steps = {place.place: _steps(place.map, mapping) for place in places(mapping) if place.place in wanted}
    said = [steps, mapping.source.blank]
    if mapping.source.quote != QUOTE:
        said.append(mapping.source.quote)
    text = json.dumps(said, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def key_columns(mapping: Mapping) -> tuple[str | None, ...]:
    """Give for each of the key's fields the one column it is taken from; None where its steps say whence."""
    columns = {place.place: place.map.column for place in places(mapping)}
    return tuple(columns[name] for name in mapping.key or ())


def _steps(said: FieldMap, mapping: Mapping) -> dict[str, Any]:
    steps = said.model_dump(exclude=set(APART), exclude_defaults=True)
    if said.replace:
        # The first listed that fits counts, so their order does too.
        steps["replace"] = list(said.replace.items())
    if said.datetime and said.zone is None and mapping.zone is not None:
        steps["zone"] = mapping.zone
    return steps


def key_expression(fields: Sequence[str]) -> pl.Expr:
    """Give the text by which a customer is known: one field, or several as a JSON array; null where one is blank.

    It is in Unicode's composed form (NFC): an accent typed as a sign of its own makes no other customer.
    """
    texts = [pl.col(place).cast(pl.String).map_batches(compose, return_dtype=pl.String) for place in fields]
    if len(texts) == 1:
        return texts[0]
    escaped = [text.str.replace_many(["\\", '"'], ["\\\\", '\\"']) for text in texts]
    return pl.concat_str(pl.lit('["'), pl.concat_str(escaped, separator='","'), pl.lit('"]'))


def compose(texts: pl.Series) -> pl.Series:
    """Give texts (String) as NFC; null stays. Only what is not ASCII is looked at closely, for its cost."""
    foreign = (texts.str.len_bytes() != texts.str.len_chars()).fill_null(value=False)
    if not foreign.any():
        return texts
    return texts.zip_with(~foreign, _spread(texts.filter(foreign).str.normalize("NFC"), foreign))


def _spread(found: pl.Series, where: pl.Series) -> pl.Series:
    """Give what was found its place among all rows; null elsewhere."""
    place = pl.select(pl.when(where).then(where.cum_sum().cast(pl.Int64) - 1)).to_series()
    return found.gather(place)
