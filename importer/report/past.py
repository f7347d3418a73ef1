"""Earlier runs of the same mapping, by the numbers that they left in their folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import StateError
from importer.folder import list_folders, read_kept
from importer.summary import read_summary

if TYPE_CHECKING:
    from pathlib import Path

    from importer.folder import RunFolder
    from importer.kept import Kept
    from importer.summary import Summary

MOST = 12
LOOKED_AT = 200
SENT = frozenset({"run", "apply"})


@dataclass(frozen=True, slots=True)
class Past:
    """A run of the past, or the one that is told."""

    summary: Summary
    here: bool
    """Whether it is the one that is told."""


def read_past(state_dir: Path, folder: RunFolder, kept: Kept, summary: Summary) -> tuple[Past, ...]:
    """Give the last runs of the same mapping and account up to this one, oldest first, and this one.

    Checks stand beside checks and plans beside plans. A run whose files are gone or damaged is left out.
    """
    found = [Past(summary, here=True)]
    before = [one for one in list_folders(state_dir) if one.run_id < folder.run_id]
    for other in reversed(before[-LOOKED_AT:]):
        if len(found) == MOST:
            break
        try:
            if _is_alike(read_kept(other), kept) and other.summary.exists():
                found.append(Past(read_summary(other.read_json(other.summary)), here=False))
        except (StateError, KeyError, ValueError):
            continue
    return tuple(reversed(found))


def _is_alike(one: Kept, other: Kept) -> bool:
    kinds = [kept.verb if kept.verb not in SENT else "run" for kept in (one, other)]
    same = (one.mapping == other.mapping) if one.namespace is None else _whose(one) == _whose(other)
    return same and kinds[0] == kinds[1]


def _whose(kept: Kept) -> tuple[str, ...]:
    namespace = kept.namespace or {}
    return tuple(str(namespace.get(name)) for name in ("base_url", "account", "name"))
