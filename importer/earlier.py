"""Bodies that landed in earlier runs, read back by where they lie: run, part and position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.contact import fields_of
from importer.errors import StateError
from importer.folder import RunFolder, check_file, read_frame, read_kept
from importer.outcome import Action

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUMS = ("mapped_cells", "all_cells")
"""Of a row's cells, by which it is seen whether it is the same row as then; see `prepare/cell_sums.py`."""
HASHES = ("fingerprint", "carried")
UPDATE_ONLY = "|".join(f'[{{,]"{field.name}":"' for field in fields_of() if field.update_only)
"""What no create can carry, as a pattern."""
LANDED: Mapping[str, type[pl.DataType]] = {
    "landed": pl.String,
    "own": pl.String,
    "fills": pl.String,
    **dict.fromkeys(SUMS, pl.UInt32),
    **dict.fromkeys(HASHES, pl.Binary),
}


class Earlier:
    """The files of the runs in one state folder. Each is checked once, when it is first needed."""

    def __init__(self, runs: Path) -> None:
        """Read from `runs`, which holds the runs' folders by their ids."""
        self._runs = runs
        self._sums: dict[str, Mapping[str, int] | None] = {}
        self._sound: dict[Path, bool] = {}
        self.unread: set[str] = set()
        """Runs of which a file is missing or not what was written: what they sent is not known."""

    def read(self, places: pl.DataFrame) -> pl.DataFrame:
        """Give what landed at each place, aligned with `places` (`run` String, `part` Int32, `position` UInt32).

        Columns: `landed` String (the body as it was sent); where the plan added to it what is known of the contact,
        `own` String (what the row itself had an update carry) and `fills` String (what it had one carry where the
        target has none, an object or null), else both null; `mapped_cells` and `all_cells` UInt32 (of its row),
        `fingerprint` and `carried` Binary (as the row had them; of a create only where it carried all there was). All
        are null where a place is null or its files are gone; `unread` then names the run.
        """
        asked = places.select("run", "part", "position").with_row_index("asked")
        found = [pl.DataFrame(schema={"asked": pl.UInt32, **LANDED})]
        for (run, part), rows in asked.drop_nulls().partition_by("run", "part", as_dict=True).items():
            found.append(self._read_part(str(run), int(part), rows))
        return asked.select("asked").join(
            pl.concat(found), on="asked", how="left", maintain_order="left"
        ).drop("asked")  # fmt: skip  # one frame

    def _read_part(self, run: str, part: int, rows: pl.DataFrame) -> pl.DataFrame:
        folder = RunFolder(self._runs / run)
        paths = (folder.part(part), folder.bodies(part), folder.plan_part(part))
        if not all(self._is_sound(folder, path) for path in paths):
            self.unread.add(run)
            return pl.DataFrame(schema={"asked": pl.UInt32, **LANDED})
        start = int(rows["position"].min())  # type: ignore[arg-type]  # a group has a row
        height = int(rows["position"].max()) - start + 1  # type: ignore[arg-type]  # a group has a row
        # Only bodies of a mapping that fills blanks have a column of what would.
        columns = ([*SUMS, *HASHES], None, ["action", "composed"])
        slices = [read_frame(path, names, start, height) for path, names in zip(paths, columns, strict=True)]
        fills = pl.col("if_blank") if "if_blank" in slices[1].columns else pl.lit(None, pl.String)
        created = pl.col("action") == Action.CREATE
        added = ~created & pl.col("composed").is_not_null()
        part_of_it = created & pl.col("update_body").str.contains(UPDATE_ONLY).fill_null(value=False)
        return (
            pl.concat(slices, how="horizontal")
            .select(pl.all().gather(rows["position"] - start))
            .select(
                rows["asked"],
                pl.when(created).then("body").otherwise(pl.coalesce("composed", "update_body", "body")).alias("landed"),
                pl.when(added).then(pl.coalesce("update_body", "body")).alias("own"),
                pl.when(added).then(fills).alias("fills"),
                *SUMS,
                *(pl.when(~part_of_it).then(name).alias(name) for name in HASHES),
            )
        )

    def _is_sound(self, folder: RunFolder, path: Path) -> bool:
        if folder.run_id not in self._sums:
            self._sums[folder.run_id] = _sums_of(folder)
        sums = self._sums[folder.run_id]
        if sums is None:
            return False
        if path not in self._sound:
            self._sound[path] = _passes(path, sums)
        return self._sound[path]


def _sums_of(folder: RunFolder) -> Mapping[str, int] | None:
    try:
        return read_kept(folder).sums
    except StateError:
        # An old run that is gone is no fault of this one; `unread` names it.
        return None


def _passes(path: Path, sums: Mapping[str, int]) -> bool:
    try:
        check_file(path, sums)
    except StateError:
        return False
    return True
