"""Runs the long seeds and writes their figures into docs/torture.md: `python tests/torture/table.py [SEED ...]`.

Nothing in the table depends on the day; how many rows were in doubt depends on the machine.
"""

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from seeded import Figures, torture
from test_torture_kills import LONG, LONG_GENTLE

PAGE = Path(__file__).parents[2] / "docs" / "torture.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
HEAD = (
    "| seed | kills | in flight | in doubt: median | most | requests | creates | updates | unknown | twice | lost |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)


def run(number: int) -> Figures:
    """Run one program."""
    with tempfile.TemporaryDirectory() as folder:
        return torture([*LONG, *LONG_GENTLE][number], Path(folder))


def line(name: str, several: list[Figures]) -> str:
    """Give a line of the table."""
    doubts = [doubt for figures in several for doubt in figures.doubts] or [0]
    sums = [
        sum(getattr(figures, name) for figures in several)
        for name in ("kills", "in_flight", "requests", "creates", "updates", "unknown", "twice", "lost")
    ]
    cells = [name, *sums[:2], f"{median(doubts):g}", max(doubts), *sums[2:]]
    return "| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |"


def main() -> None:
    """Run them two at a time and write the page."""
    wanted = {int(word) for word in sys.argv[1:]}
    numbers = [number for number, one in enumerate([*LONG, *LONG_GENTLE]) if not wanted or one.seed in wanted]
    with ProcessPoolExecutor(2) as pool:
        done = list(pool.map(run, numbers))
    lines = [*HEAD, *(line(str(figures.seed), [figures]) for figures in done), line("**all**", done)]
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("\n".join([before + BEGIN, *lines, END + after]), "utf-8")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
