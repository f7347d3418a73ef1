"""The seeded pairs again, against what was sent: the judge knows what landed and what did not."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from target import Target
from test_reconcile_oracle import COLUMNS, FIELDS, Row, World, body, live_on, ordered, people, reject, write
from test_reconcile_story import importer


def expected_by_ledger(world: World, here: list[Row]) -> list[tuple[Any, ...]]:
    """Give class, cause, row here, key and field of each line against what was sent."""
    wrong = reject(here, twice=True)
    lines: list[tuple[Any, ...]] = []
    for number, (row, bad) in enumerate(zip(here, wrong, strict=True), 1):
        state, known = world.fact(row["no"], None)
        if bad:
            lines.append(("rejected", "rejected", number, row["no"], ""))
        elif state == "landed":
            said, before = body(row), known[1]
            fields = [name for name in FIELDS if said.get(name) != before.get(name)]
            lines += [("different", "changed_here", number, row["no"], name) for name in fields]
        else:
            lines.append(("cant_tell" if state == "unknown" else "only_here", state, number, row["no"], ""))
    came = {row["no"] for row in here}
    for key in {*world.landed, *world.unknown} - came:
        lines.append(
            (*(("cant_tell", "unknown") if key in world.unknown else ("only_there", "gone_here")), None, key, "")
        )
    return lines


@pytest.mark.parametrize("seed", [11, 12])
def test_against_what_was_sent_a_slow_judge_says_the_same(seed: int, tmp_path: Path, target: Target) -> None:
    world = World(seed, tmp_path, target)
    here = live_on([*world.first, *people(world.chance, 45)[40:]], world.chance)
    write(tmp_path / "here.csv", here, COLUMNS)
    done = importer("reconcile", "here.csv", "-m", "./crm.yaml", "--json", cwd=tmp_path)
    text = Path(done.document["files"]["differences"]).read_text(encoding="utf-8-sig")
    lines = [
        (line["class"], line["cause"], int(line["here_row"]) if line["here_row"] else None, line["key"], line["field"])
        for line in csv.DictReader(io.StringIO(text))
    ]
    assert ordered(lines) == ordered(expected_by_ledger(world, here))
    for side, count in (("here", len(here)), ("there", len(world.landed) + len(world.unknown))):
        told = {name: number for name, number in done.document[side].items() if name != "sources"}
        assert told.pop("read") == sum(told.values()) == count
