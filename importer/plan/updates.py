"""Decides of a part's updates what the ledger has a say in: what they carry, and whether there is anything to carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.bodies import NOTHING
from importer.folder import read_frame
from importer.ledger import Ledger, Namespace, last_landed
from importer.mapping.places import places
from importer.outcome import Action
from importer.plan.compose import Policies, compose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.earlier import Earlier
    from importer.mapping.model import Mapping
    from importer.value import Value


AT_ONCE = 10_000
"""Rows whose bodies are taken apart at a time: each becomes some thirty rows."""
CARRIED = {"composed": pl.String, "fills": pl.Boolean, "bare": pl.Boolean}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where it is looked up what is known of contacts."""

    ledger: Ledger
    namespace: Namespace
    earlier: Earlier


def policies_of(mapping: Mapping) -> Policies:
    """Give what a mapping says of its updates."""
    mapped = places(mapping)
    return Policies(
        full=mapping.update == "full",
        if_blank=any(place.map.write == "if_blank" for place in mapped),
        named=frozenset(str(place.path[1]) for place in mapped),
    )


def spared_places(values: Sequence[Value]) -> tuple[str, ...]:
    """Give the places that an update does not always carry, as bodies name them."""
    return tuple(_place_of(value) for value in values if value.write != "always")


def tag_places(values: Sequence[Value]) -> tuple[str, ...]:
    """Give the places of the tags that a mapping names, as bodies name them."""
    return tuple(place for place in map(_place_of, values) if place.startswith("tags."))


def _place_of(value: Value) -> str:
    return f"tags.{value.field.name}" if value.place.startswith("tags.") else value.place


def carry(
    decided: pl.DataFrame, part: pl.DataFrame, bodies: Path, known: Knowledge, policies: Policies
) -> pl.DataFrame:
    """Give the plan part with `composed` String (what an update carries where it is not what prepare made).

    Also `bare` Boolean: an update that should carry all that is known, of a contact of which nothing is. An update that
    carries nothing is none: its row is unchanged. An unchanged row for which the target is now known to have a blank
    that it can fill is an update.
    """
    nothing = part.select(pl.coalesce("carried", "fingerprint") == NOTHING).to_series()
    if not policies.ask:
        return _settle(decided, nothing, pl.lit(None, pl.String), pl.lit(value=False), pl.lit(value=False))
    made = read_frame(bodies)
    rows = pl.concat([decided.select("action", "contact_id"), made], how="horizontal").with_row_index("position")
    if "if_blank" not in rows.columns:
        rows = rows.with_columns(if_blank=pl.lit(None, pl.String))
    spare = (pl.col("action") == Action.UNCHANGED) & pl.col("if_blank").is_not_null()
    asked = rows.filter((pl.col("action") == Action.UPDATE) | spare)
    carried = [pl.DataFrame(schema=CARRIED), *(_ask(some, known, policies) for some in asked.iter_slices(AT_ONCE))]
    found = rows.select("position").join(
        pl.concat([asked.select("position"), pl.concat(carried)], how="horizontal"),
        on="position",
        how="left",
        maintain_order="left",
    )
    flags = (pl.lit(found[name].fill_null(value=False)) for name in ("fills", "bare"))
    return _settle(decided, nothing, pl.lit(found["composed"]), *flags)


def _ask(asked: pl.DataFrame, known: Knowledge, policies: Policies) -> pl.DataFrame:
    last = last_landed(known.ledger, known.namespace.id, asked["contact_id"])
    landed = known.earlier.read(last)["landed"]
    update = pl.coalesce("update_body", "body").alias("update")
    return compose(asked.select(update, "if_blank", last["answer"], landed), policies)


def _settle(
    decided: pl.DataFrame, nothing: pl.Series, composed: pl.Expr, fills: pl.Expr, bare: pl.Expr
) -> pl.DataFrame:
    update, unchanged = pl.col("action") == Action.UPDATE, pl.col("action") == Action.UNCHANGED
    idle = update & pl.lit(nothing).fill_null(value=False) & pl.col("composed").is_null()
    return (
        decided.with_columns(composed=composed, fills=fills, bare=bare)
        .with_columns(
            action=pl.when(idle)
            .then(pl.lit(Action.UNCHANGED.value))
            .when(unchanged & pl.col("fills"))
            .then(pl.lit(Action.UPDATE.value))
            .otherwise("action")
        )
        .with_columns(
            composed=pl.when(update).then("composed"),
            bare=update & pl.col("bare"),
            adopts=pl.col("adopts") & unchanged,
        )
        .drop("fills")
    )
