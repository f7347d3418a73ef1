"""Files that come month after month: in the order in which they came, and known again by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import NoInputError
from importer.source.expand import by_number, expand
from importer.source.original import look_at

if TYPE_CHECKING:
    from collections.abc import Sequence


def oldest_first(patterns: Sequence[str], state_dir: Path | None = None) -> list[str]:
    """Give the files that fit, by the time of their last change; of one moment by name, numbers in it as numbers.

    What lies in the state folder is no export, however wide a pattern is: rejects and results of earlier runs. Raises
    NoInputError when there is none, UsageError when a file is meant twice.
    """
    found = expand(patterns)
    exports = [file for file in found if state_dir is None or state_dir.resolve() not in Path(file).resolve().parents]
    if not exports:
        raise NoInputError(f"{found[0]}: only files of the state folder fit. Check the mapping's `source: files`.")
    return sorted(exports, key=_age)


def digest_content(path: str) -> str:
    """Give what `Sources.digest` gives of this file alone. Raises NoInputError, SourceError."""
    return hashlib.sha256(look_at(path).digest()).hexdigest()


def _age(path: str) -> tuple[int, list[tuple[int, str]]]:
    try:
        return Path(path).stat().st_mtime_ns, by_number(path)
    except OSError:
        raise NoInputError(f"{path} does not exist. Check the mapping's `source: files`.") from None
