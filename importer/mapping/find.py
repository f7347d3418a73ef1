"""Finds a mapping by what stands after `-m`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import MappingError
from importer.mapping.fault import did_you_mean, listed, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENDINGS = (".yaml", ".yml")


def find_mapping(name: str, *, cwd: Path) -> Path:
    """Give the file of a mapping: `name` is a path, else it is looked for as ./mappings/NAME.yaml, else in the package.

    A path is what holds a separator or ends with .yaml or .yml; it is relative to `cwd`. Raises MappingError that says
    where it was looked for and which names there are.
    """
    folders = (cwd / "mappings", *packaged())
    if _is_path(name):
        path = cwd / name
        if _is_there(path):
            return path
        raise MappingError(f"there is no mapping file '{plain(name)}' in {cwd}{_available(name, folders)}")
    for folder in folders:
        path = folder / f"{name}.yaml"
        if name and _is_there(path):
            return path
    looked = " and ".join(str(folder) for folder in folders)
    raise MappingError(f"there is no mapping '{plain(name)}'; looked in {looked}{_available(name, folders)}")


def _is_path(name: str) -> bool:
    separators = [separator for separator in ("/", os.sep, os.altsep) if separator]
    return name.endswith(_ENDINGS) or any(separator in name for separator in separators)


def _is_there(path: Path) -> bool:
    # A pipe (`-m <(...)`) is as good as a file.
    try:
        return path.exists() and not path.is_dir()
    except OSError:  # a name longer than the file system takes, a folder we may not look into
        return False


def packaged() -> tuple[Path, ...]:
    """Give the folder of the ready mappings that came with the program, where there is one."""
    package = Path(__file__).resolve().parents[1]
    if (package / "mappings").is_dir():
        return (package / "mappings",)
    # Beside an installed package, `mappings` would be somebody else's: only a checkout has its pyproject.toml there.
    checkout = package.parent
    return (checkout / "mappings",) if (checkout / "pyproject.toml").is_file() else ()


def _available(name: str, folders: Iterable[Path]) -> str:
    names = sorted({file.stem for folder in folders if folder.is_dir() for file in folder.glob("*.yaml")})
    if not names:
        return "; there are no mappings by name: give the path of a file"
    return did_you_mean(Path(name).stem, names) or f"; there are {listed(names)}"
