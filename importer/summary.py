"""The numbers of a run, as `--json` prints them and `run.json` keeps them: one document, stable keys."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.errors import Exit
from importer.outcome import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to. The seven states of `states` add up to `read`."""

    run_id: str
    exit_code: Exit
    read: int
    states: Mapping[State, int]
    requests: int = 0
    retries: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall seconds by step: prepare, plan, send, total."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Rows by code, most first; a row with two codes counts under both."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, str | None] = field(default_factory=dict)
    """Absolute paths of rejects, results, report and run; None where there is none."""
    superseded: int = 0
    """Of the rejected rows, those that only gave way to another row of their key."""
    note: str | None = None
    """Something to know about this run besides its numbers."""
    stopped: str | None = None
    """Why it ended before its end, in a sentence."""
    moved: int = 0
    """Keys whose contact id changed because a row brought another one."""
    read_as: Sequence[str] = ()
    """How each source was read: kind, encoding, delimiter."""
    unused: Sequence[str] = ()
    """Columns of the sources that no field uses."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """What is to be known of the columns: `looked` (rows), whether `all`, and `verdicts`. Only run.json has it."""
    timeline: Mapping[str, Any] = field(default_factory=dict)
    """How sending went over time (see `ledger.run_timeline`). Only run.json has it."""
    unknown_updates: int = 0
    """Of the unknown rows, those that were to update: the next run sends them again, nothing is to be settled."""
    continued: bool = False
    """Whether this went on with a run begun earlier."""
    changes: Mapping[str, Any] | None = None
    """What the plan of a run would do (see `plan.tell_changes`); None for a check, and for what takes a run back."""
    guards: Sequence[Mapping[str, str]] = ()
    """The guard rails that hold it: `rail`, `told` (the figures in words), `option` (what lets it pass)."""
    absent: int | None = None
    """Contacts known before whom no row stands for, and which are left alone; None where that is not asked."""

    def document(self) -> dict[str, Any]:
        """Give the JSON document of the contract; keys are only ever added."""
        return {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run_id,
            "exit_code": int(self.exit_code),
            "read": self.read,
            **{state.value: self.states.get(state, 0) for state in State},
            "requests": self.requests,
            "retries": self.retries,
            "seconds": {step: round(value, 3) for step, value in self.seconds.items()},
            "reasons": dict(self.reasons),
            "dropped": dict(self.dropped),
            "files": {name: self.files.get(name) for name in ("rejects", "results", "report", "run")},
            "superseded": self.superseded,
            "moved": self.moved,
            "continued": self.continued,
            "stopped": self.stopped,
            "note": self.note,
            "read_as": list(self.read_as),
            "unused": list(self.unused),
            "changes": None if self.changes is None else dict(self.changes),
            "guards": [dict(guard) for guard in self.guards],
            "absent": self.absent,
            "unknown_updates": self.unknown_updates,
        }

    def record(self) -> dict[str, Any]:
        """Give what run.json keeps: the document, what is to be known of the columns, and how sending went."""
        return {**self.document(), "columns": dict(self.columns), "timeline": dict(self.timeline)}

    def text(self) -> str:
        """Give the document as JSON text with a line end."""
        return json.dumps(self.document(), ensure_ascii=False, indent=2) + "\n"


def read_summary(document: Mapping[str, Any]) -> Summary:
    """Give the summary that a document of this schema tells; seconds are rounded there."""
    named = ("run_id", "read", "requests", "retries", "seconds", "reasons", "dropped", "files")
    later = ("superseded", "moved", "continued", "stopped", "note", "read_as", "unused")
    return Summary(
        exit_code=Exit(document["exit_code"]),
        states={state: document[state.value] for state in State},
        columns=document.get("columns", {}),
        timeline=document.get("timeline", {}),
        changes=document.get("changes"),
        guards=document.get("guards", ()),
        absent=document.get("absent"),
        unknown_updates=document.get("unknown_updates", 0),
        **{name: document[name] for name in (*named, *later)},
    )
