"""Runs the torture and writes its figures into docs/torture.md: `make torture`.

    python tests/torture/table.py [WORDS FOR PYTEST]     for example: -k seed104

The page is written only where every program of the table ran and passed. Nothing in the table depends on the day; how
many rows were in doubt depends on the machine.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from figures import PLACE, Figures, Weathered, read
from test_torture_kills import LONG, LONG_GENTLE
from test_torture_outages import LONG_OUTAGES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "torture.md"
SEEDS = (
    "| seed | kills | in flight | in doubt: median | most | requests | creates | updates | unknown | twice | lost |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)
OUTAGES = (
    "| fault | seconds | rows | landed | unknown | requests beyond one a row |",
    "|---|---|---|---|---|---|",
)


def line(name: str, several: list[Figures]) -> str:
    """Give a line of the table of seeds."""
    doubts = [doubt for figures in several for doubt in figures.doubts] or [0]
    sums = [
        sum(getattr(figures, name) for figures in several)
        for name in ("kills", "in_flight", "requests", "creates", "updates", "unknown", "twice", "lost")
    ]
    cells = [name, *sums[:2], f"{median(doubts):g}", max(doubts), *sums[2:]]
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |"


def outage_line(one: Weathered) -> str:
    """Give a line of the table of outages."""
    more = one.requests - one.rows
    return (
        f"| {one.fault} | {one.seconds:g} | {one.rows:,} | {one.landed:,} | {one.unknown} | "
        f"{more} ({more / one.rows:.1%}) |"
    )


def between(text: str, name: str, lines: list[str]) -> str:
    """Put lines between the marks of a name."""
    before, _, rest = text.partition(f"<!-- {name} -->")
    _, _, after = rest.partition(f"<!-- end of {name} -->")
    return "\n".join([f"{before}<!-- {name} -->", *lines, f"<!-- end of {name} -->{after}"])


def main() -> int:
    """Run them two at a time and write the page; give pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "figures"
        place.touch()
        words = ["-m", "pytest", "-m", "torture", "-n", "2", "--dist", "load", "--durations", "10", *sys.argv[1:]]
        environment = {**os.environ, PLACE: str(place)}
        code = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, check=False).returncode
        seeds, outages = read(place)
    kills = [*SEEDS, *(line(str(figures.seed), [figures]) for figures in seeds), line("**all**", seeds)]
    waits = [*OUTAGES, *map(outage_line, outages)]
    sys.stdout.write("\n".join([*kills, "", *waits]) + "\n")
    whole = {one.seed for one in [*LONG, *LONG_GENTLE]} == {one.seed for one in seeds} and len(outages) == LONG_OUTAGES
    if code == 0 and whole:
        PAGE.write_text(between(between(PAGE.read_text("utf-8"), "figures", kills), "outages", waits), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
