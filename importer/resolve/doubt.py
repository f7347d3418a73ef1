"""Which unknown creates an export may hold under another name; such a row is never taken for absent.

Their key may be written otherwise, or another record may bear their email, document or phone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import StateError
from importer.folder import RunFolder, check_file, read_frame, read_kept
from importer.resolve.fold import fold, round_forms, round_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KEY = "key"
DETAILS = ("email", "document_number", "phone")
"""Fields that tell a person, if not for sure."""


def read_details(runs: Path, names: Mapping[int, str], unknown: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Give what each unknown create is looked for by, and the keys of those whose body can't be read any more.

    `runs` holds the runs' folders, `names` their ids by number, `unknown` has `run`, `part`, `position`, `key`. The
    frame: `key`, `kind` (`key` or a word of DETAILS), `text`, all String.
    """
    found = [unknown.select("key", kind=pl.lit(KEY), text="key")]
    unread = [pl.Series("key", [], pl.String)]
    for (run, part), rows in unknown.partition_by("run", "part", as_dict=True).items():
        body = _read_bodies(RunFolder(runs / names[int(run)]), int(part), rows["position"])
        if body is None:
            unread.append(rows["key"])
            continue
        found += [
            rows.select("key", kind=pl.lit(name), text=body.str.json_path_match(f"$.{name}")).drop_nulls("text")
            for name in DETAILS
        ]
    return pl.concat(found).unique(), pl.concat(unread)


def _read_bodies(folder: RunFolder, part: int, positions: pl.Series) -> pl.Series | None:
    try:
        sums = read_kept(folder).sums if folder.job.exists() else {}
        check_file(folder.bodies(part), sums)
        return read_frame(folder.bodies(part), ["body"])["body"].gather(positions)
    except (StateError, pl.exceptions.OutOfBoundsError):
        # Its row is not taken for absent then.
        return None


class Doubts:
    """Finds unknown creates in an export, a batch of it at a time."""

    def __init__(self, sought: pl.DataFrame, known: pl.DataFrame) -> None:
        """`sought` as `read_details` gives it; `known` has `key` and `contact_id` of all that the ledger knows."""
        self._sought = sought.with_columns(folded=fold(pl.col("text")))
        self._known = known.select("key", "contact_id")
        self._rounded: dict[int, dict[tuple[str, str], list[str]]] = {}
        """By digits kept: the keys, by kind and rounded number."""

    def find(self, named: pl.DataFrame) -> pl.Series:
        """Give the keys (String) of those whom records may be, under another name or by email, document or phone.

        `named` has `key`, `contact_id` and any of DETAILS, all String. A record that is exactly a customer whom the
        ledger knows is nobody else.
        """
        others = named.join(self._known, on=["key", "contact_id"], how="anti")
        seen = pl.concat(
            [others.select(kind=pl.lit(name), seen=name) for name in (KEY, *DETAILS) if name in others.columns]
        )
        folded = seen.drop_nulls("seen").unique().with_columns(folded=fold(pl.col("seen")))
        alike = folded.join(self._sought, on=["kind", "folded"])
        alike = alike.filter((pl.col("kind") != KEY) | (pl.col("seen") != pl.col("text")))
        return pl.concat([alike["key"], pl.Series("key", list(self._find_rounded(folded)), pl.String)]).unique()

    def _find_rounded(self, folded: pl.DataFrame) -> Iterator[str]:
        long = folded.filter(pl.col("folded").str.contains("^[0-9](e|[.,][0-9]+e|[0-9]{14}0+$)"))
        for kind, text in long.select("kind", "folded").iter_rows():
            if number := round_number(text):
                form, kept = number
                yield from self._forms(kept).get((kind, form), ())

    def _forms(self, kept: int) -> dict[tuple[str, str], list[str]]:
        if kept not in self._rounded:
            found = defaultdict(list)
            for key, kind, text in self._sought.select("key", "kind", "folded").iter_rows():
                for form in round_forms(text, kept):
                    found[kind, form].append(key)
            self._rounded[kept] = dict(found)
        return self._rounded[kept]
