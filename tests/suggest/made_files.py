"""Strange files and what a person would make of them: a third was written once the program was done, and not tuned to.

A file is `name; language; country; rows; delimiter; encoding; lines above; key`, then a line for each column:
`header | maker | truth`. The truth is the places it may go to; after `?` a person might as well leave it out; `-` is
nowhere. `key` is `-` where none can be proven. `steps` of a line, after a second bar, must be part of the mapping's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cells import Cells

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Truth:
    """Where a column may go."""

    places: tuple[str, ...]
    needed: bool
    steps: str | None


@dataclass(frozen=True)
class MadeFile:
    """One made-up file."""

    name: str
    key: str
    text: str
    encoding: str
    truth: dict[str, Truth]

    def write(self, folder: Path) -> Path:
        """Write it into a folder."""
        path = folder / self.name
        path.write_bytes(self.text.encode(self.encoding))
        return path


def made_files(listing: str, shift: int = 0) -> list[MadeFile]:
    """Make all files of a listing; another `shift` gives them other people."""
    blocks = (HERE / listing).read_text("utf-8").strip().split("\n\n")
    return [_make(block.splitlines(), seed) for seed, block in enumerate(blocks, 1 + shift)]


def _make(lines: list[str], seed: int) -> MadeFile:
    name, language, country, rows, delimiter, encoding, above, key = (part.strip() for part in lines[0].split(";;"))
    columns = [[part.strip() for part in line.split(" | ")] for line in lines[1:]]
    cells = Cells(seed, language, country)
    mark = {"tab": "\t"}.get(delimiter, delimiter)
    out = [f"Listado {number}" for number in range(int(above))]
    out.append(mark.join(_quoted(column[0], mark) for column in columns))
    for _ in range(int(rows)):
        out.append(mark.join(_quoted(cells.make(column[1]), mark) for column in columns))
        cells.next()
    truth = {
        header: Truth(
            tuple(place.strip() for place in places.removeprefix("?").split(",") if place.strip() not in {"", "-"}),
            not places.startswith(("?", "-")),
            more[0] if more else None,
        )
        for header, _maker, places, *more in columns
    }
    return MadeFile(name, key, "\n".join(out) + "\n", encoding, truth)


def _quoted(cell: str, mark: str) -> str:
    return f'"{cell}"' if mark in cell or '"' in cell else cell
