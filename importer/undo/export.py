"""Contacts as an export of the target has them, kept beside a plan while it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from importer.bodies import build_bodies
from importer.errors import MappingError
from importer.folder import read_frame, write_frame
from importer.mapping.compile import compile_mapping
from importer.prepare.batch import judge_batch

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from importer.progress import Progress
    from importer.session import Given
    from importer.value import Value

KEPT = {"contact_id": pl.String, "body": pl.String}


@dataclass(frozen=True, slots=True)
class Exported:
    """The contacts of an export that were asked for."""

    path: Path
    records: int
    unreadable: int
    """Records that are no contact: of wrong shape, or with a value that its field can't have."""

    def read(self, ids: pl.Series) -> pl.Series:
        """Give the body of each contact, blanks as null, aligned with `ids`; null where it is not there."""
        wanted = ids.to_frame("contact_id")
        found = read_frame(self.path).join(wanted.drop_nulls(), on="contact_id", how="semi")
        found = found.unique("contact_id", keep="last", maintain_order=True)
        return wanted.join(found, on="contact_id", how="left", maintain_order="left")["body"]


def read_exported(given: Given, ids: pl.Series, path: Path, *, today: date, progress: Progress) -> Exported:
    """Write the contacts `ids` of an export to `path`. Raises MappingError when its mapping gives no contact id."""
    compiled = compile_mapping(given.loaded.mapping.model_copy(update={"key": None}))
    compiled = replace(compiled, values=tuple(map(_whole, compiled.values)))
    if all(value.place != "id" for value in compiled.values):
        raise MappingError(f"{given.loaded.path}: contact.id is not mapped: an export is matched by the contact's id")
    wanted, found = ids.drop_nulls().unique().to_frame("contact_id"), [pl.DataFrame(schema=KEPT)]
    records = unreadable = 0
    progress.start("reading", given.sources.size, "B")
    for batch in given.sources.batches():
        judged = judge_batch(batch, compiled, today)
        right = judged.rows["reasons"].is_null()
        made = build_bodies(judged.values.filter(right), compiled.values)
        body = made.select(pl.coalesce("update_body", "body").alias("body")).to_series()
        named = pl.DataFrame([judged.rows["id"].filter(right).alias("contact_id"), body])
        found.append(named.join(wanted, on="contact_id", how="semi", maintain_order="left"))
        records += judged.rows.height
        unreadable += int((~right).sum())
        progress.advance(batch.stored)
    progress.finish()
    write_frame(pl.concat(found), path)
    return Exported(path, records, unreadable)


def _whole(value: Value) -> Value:
    """Give all of it, blanks as null where the field may be null: an export says what is, not what is to be sent."""
    top = not value.place.endswith("]") and "]." not in value.place
    clears = top and value.field.nullable and value.place != "id"
    return replace(value, write="always", required=False, on_blank="clear" if clears else "keep")
