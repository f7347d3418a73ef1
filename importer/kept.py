"""What a run was made from, as its folder keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Kept:
    """What a run was made from, kept so that it can go on, be applied, and be told."""

    sources: tuple[str, ...]
    """Absolute paths."""
    names: tuple[str, ...]
    """The sources as they were typed, which is how the run's files name them."""
    mapping: str
    """Absolute path."""
    verb: str
    account: str | None
    """The account id it was made for; None for a check."""
    reasons: dict[str, int]
    dropped: dict[str, int]
    superseded: int
    moved: int
    read_as: tuple[str, ...]
    """How each source was read."""
    unused: tuple[str, ...]
    """Columns that no field uses."""
    parts: int
    base_url: str | None = None
    """Of the target, where it was a real one."""
    columns: dict[str, Any] = field(default_factory=dict)
    """What is to be known of the source's columns."""
    sums: dict[str, int] = field(default_factory=dict)
    """Of each file that sending reads, by its path in the folder: see `sum_files`."""
    namespace: dict[str, Any] | None = None
    """Whose customers: `base_url`, `account`, `name`, `key_fields`, `key_steps`, `key_columns`; None for a check."""
    change_key: bool = False
    """Whether it may know customers by another key than the ledger does."""
    force: bool = False
    """Whether its plan sends unchanged rows too."""
    fields: list[list[Any]] = field(default_factory=list)
    """How each mapped field fared, as the ledger's counts; nothing where later runs are not to be held against it."""
    dates: dict[str, str] = field(default_factory=dict)
    """The order of day and month that `date: auto` found, by its place in the mapping."""
    figures: dict[str, Any] | None = None
    """What the guard rails judge; None where they judge nothing."""
    changes: dict[str, Any] | None = None
    """What its plan changes (see `plan.tell_changes`); None for a check, and for what takes a run back."""
    undoes: str | None = None
    """The run that this one takes back; None where it imports."""
    options: dict[str, list[str]] = field(default_factory=dict)
    """What was typed besides and holds for the next command too, such as `--rate`: the words after each name."""
    purged: str | None = None
    """When `importer purge` took its rows away; its numbers stay."""
