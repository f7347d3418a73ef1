"""One quote too few or too many, or a record cut off, costs that record and no other.

Nothing here knows how records are told apart: a file is written by the csv module, one record of it is damaged, and
every other record must be read as it was written.
"""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.source import Declared, open_sources

quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

word = st.sampled_from(["Ana", "Peña", "7", "x", "5 1/2", 'the "best" one'])
sentence = st.lists(word, min_size=1, max_size=4).map(" ".join)
listing = st.lists(sentence, min_size=1, max_size=4).map(", ".join)
# A note neither begins nor ends with what could be a line end or a delimiter of the table itself.
note = st.lists(listing, min_size=2, max_size=5).map("\n".join)
plain = st.sampled_from(["Ana", "ana@example.com", "300", "Calle 5", "a", ""])
cell = st.one_of(plain, plain, sentence, listing, note)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], bool]:
    """Give rows whose first cell is a number of their own, and whether every cell is quoted."""
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(cell, min_size=width - 1, max_size=width - 1), min_size=2, max_size=12))
    return [[f"id{number}", *row] for number, row in enumerate(rows)], draw(st.booleans())


def write(rows: list[list[str]], *, everything: bool) -> list[str]:
    """Give the text of each record."""
    texts = []
    for row in rows:
        made = io.StringIO(newline="")
        csv.writer(made, lineterminator="\n", quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL).writerow(row)
        texts.append(made.getvalue())
    return texts


def damage(draw: st.DrawFn, text: str) -> str:
    """Drop a quote, add one, or cut the end off."""
    body = text[:-1]
    quotes = [at for at, character in enumerate(body) if character == '"']
    way = draw(st.sampled_from(["drop", "add", "cut"]))
    if way == "drop" and quotes:
        at = draw(st.sampled_from(quotes))
        return body[:at] + body[at + 1 :] + "\n"
    at = draw(st.integers(0, len(body)))
    return (body[:at] if way == "cut" else body[:at] + '"' + body[at:]) + "\n"


def read(folder: Path, text: str, rows: int = 50_000) -> list[tuple[str | None, ...]]:
    path = folder / "given.csv"
    path.write_bytes(text.encode())
    sources = open_sources([str(path)], Declared(delimiter=",", skip_lines=0), batch_rows=rows)
    return [
        tuple(text or None for text in cells)
        for batch in sources.batches()
        for shape, cells in zip(batch.meta["shape"], batch.cells.iter_rows(), strict=True)
        if shape is None
    ]


def expected(row: list[str]) -> tuple[str | None, ...]:
    return tuple(text or None for text in row)


@quick
@given(tables(), st.sampled_from([2, 50_000]))
def test_notes_of_several_lines_with_commas_are_read_whole(
    tmp_path: Path, made: tuple[list[list[str]], bool], size: int
) -> None:
    rows, everything = made
    header = ",".join(f"column{number}" for number in range(len(rows[0]))) + "\n"
    assert read(tmp_path, header + "".join(write(rows, everything=everything)), size) == [*map(expected, rows)]


@quick
@given(tables(), st.data())
def test_a_damaged_record_costs_no_other(
    tmp_path: Path, made: tuple[list[list[str]], bool], data: st.DataObject
) -> None:
    rows, everything = made
    texts = write(rows, everything=everything)
    victim = data.draw(st.integers(0, len(rows) - 1))
    texts[victim] = damage(data.draw, texts[victim])  # type: ignore[arg-type]  # DataObject.draw is the same
    header = ",".join(f"column{number}" for number in range(len(rows[0]))) + "\n"
    found = read(tmp_path, header + "".join(texts))
    others = [expected(row) for number, row in enumerate(rows) if number != victim]
    assert [row for row in others if row not in found] == []


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        # Two damaged records, and a whole one between them.
        ('a,b\n1,"x\n2,p\n3,q"\n4,r\n', ["2", "4"]),
        ('a,b\n1,"x\n' + "".join(f"{n},p\n" for n in range(2, 40)) + '40,q"\n', [str(n) for n in range(2, 40)]),
        ('a,b,c\n1,"x,y\n2,p,q\n3,r",s\n', ["2"]),
        ('a\nana@example.com\n"eva@example.com\nx@example.com\ny@example.com"\nz\n',
         ["ana@example.com", "x@example.com", "z"]),
        ('a\n"1 x\n' + "2 x\n" * 20 + '3 x"\n', ["2 x"] * 20),
        # One damaged record, then a cell that begins with a line break.
        ('a,b\n1,"x\n2,p\n7,"\nnote"\n8,z\n', ["2", "7", "8"]),
        ('a,b\n1,"x\n7,"\nnote"\n8,z\n', ["7", "8"]),
        ('a,b,c\n1,"x\n2,p,q\n7,",y\nz",w\n', ["2", "7"]),
        # Notes, whose lines have commas.
        ('a,b\n1,"Hola, soy Ana\nvivo en Lima, Perú\ngracias"\n2,x\n', ["1", "2"]),
        ('a,b\n1,"Hola\nvivo en Lima,Perú\ngracias"\n2,x\n', ["1", "2"]),
        ('a,b,c\n1,"Ana, Eva\nEva, Luis, Juan\n,,\nLuis, Eva, Ana, fin",x\n2,y,z\n', ["1", "2"]),
        ('a\n"Ana Peña\nCalle 5\nLima"\nz\n', ["Ana Peña\nCalle 5\nLima", "z"]),
    ],
)  # fmt: skip
def test_what_a_quote_holds_together_is_a_note_or_records(tmp_path: Path, content: str, kept: list[str]) -> None:
    for size in (1, 3, 50_000):
        assert [row[0] for row in read(tmp_path, content, size)] == kept
