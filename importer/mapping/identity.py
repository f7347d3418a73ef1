"""By what a mapping knows a customer: kept with the ledger, so that a change of it can't create everybody again."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

from importer.mapping.places import places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.mapping.model import Mapping

ORIGIN = frozenset({"column", "required"})
"""What may change without changing a key: a column can be renamed in the next export. Several `columns` are another
matter: their order and number decide what is joined, or which is filled first.
"""


def key_steps(mapping: Mapping) -> str:
    """Give a digest of the steps that the key's fields take: the same steps give the same keys for the same cells."""
    wanted = mapping.key or ()
    steps = {
        place.place: place.map.model_dump(exclude=set(ORIGIN), exclude_defaults=True)
        for place in places(mapping)
        if place.place in wanted
    }
    text = json.dumps([steps, mapping.source.blank], sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def key_expression(fields: Sequence[str]) -> pl.Expr:
    """Give the text by which a customer is known: one field, or several as a JSON array; null where one is blank."""
    texts = [pl.col(place).cast(pl.String) for place in fields]
    if len(texts) == 1:
        return texts[0]
    escaped = [text.str.replace_many(["\\", '"'], ["\\\\", '\\"']) for text in texts]
    return pl.concat_str(pl.lit('["'), pl.concat_str(escaped, separator='","'), pl.lit('"]'))
