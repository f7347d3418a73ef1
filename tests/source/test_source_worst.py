"""One file of the worst of all, written byte by byte: each broken record costs itself, each good one is whole."""

import gzip
from pathlib import Path

import pytest
from backports import zstd

from importer.errors import SourceError
from importer.source import Declared, open_sources

LINES = [
    b"Informe de clientes",
    b"Generado: 31/01/2024;;;",
    b"",
    b"codigo;nombre;nota;ciudad",  # line 4
    b"007;Pe\xf1a;\x93hola\x94;Bogot\xe1",  # 5: curly quotes of Windows
    b'008;"Mu\xf1oz; Jos\xe9";"dijo ""s\xed""";Lima',  # 6: quoted delimiter, doubled quote
    b'009;Ana;"uno\r\ndos\r\n\r\ntres";Cali',  # 7 to 10: a quoted blank line
    b"",  # 11: no record
    b"010;corta",  # 12
    b"011;una;fila;muy;larga",  # 13
    b'012;Eva;5" de alto;Quito',  # 14: stray
    b'013;"Rut;nunca se cierra;Lima',  # 15: unclosed
    b"014;Leo;bien;Lima",  # 16
    b"015;Paz;nul\x00;Lima",  # 17
    b"016;Sol;=1+1;M\xe9xico",  # 18
    b'017;"Luz"x;nota;Lima',  # 19: text after a quoted cell
    b"   ",  # 20: not blank, but one field
    b";;;",  # 21: a record of blanks
    b"018;Zo\xeb;\x80 5;S\xe3o Paulo",  # 22
    b"codigo;nombre;nota;ciudad",  # 23: the header again, as where files were put together
    b"020;Uno;x;Lima\r021;Dos;y;Cali",  # 24: two records parted by the rarer line end
    b'022;Tres;"n\r\nm";Lima\r023;Seis;"a\rb";Cali',  # 25 and 26: such ones behind a quoted line break
    b'"024;todo entre comillas;x;Lima"',  # 27: a spreadsheet took the line for one cell
    b"'0251;\tguarda ;1.23E+11;NULL",  # 28: what a cell looks like is judged later
    b'026;Dos;"x";"Lima";',  # 29: a delimiter too many at the end
    b'027;Ra\xfal;"una nota, larga\r\n1;2;3;4\r\nfin";Cali',  # 30 to 32: a note with a line as wide as the table
    b'028;Ver\xf3nica;"dos\r\n029;Mar\xeda;tres;Lima',  # 33 and 34: a quote that is never closed, then a whole record
    b'019;Fin;"cortada a mitad',  # 35: the file was cut
]
BROKEN = {
    12: ("2 fields instead of 4", "010;corta"),
    13: ("5 fields instead of 4", "011;una;fila;muy;larga"),
    14: ("stray quote", '012;Eva;5" de alto;Quito'),
    15: ("unclosed quote", '013;"Rut;nunca se cierra;Lima'),
    17: ("NUL character", "015;Paz;nul\0;Lima"),
    19: ("stray quote", '017;"Luz"x;nota;Lima'),
    20: ("1 fields instead of 4", "   "),
    23: ("the header again", "codigo;nombre;nota;ciudad"),
    27: ("1 fields instead of 4", '"024;todo entre comillas;x;Lima"'),
    29: ("5 fields instead of 4", '026;Dos;"x";"Lima";'),
    33: ("unclosed quote", '028;Verónica;"dos'),
    35: ("unclosed quote", '019;Fin;"cortada a mitad'),
}
WHOLE = [
    (5, ("007", "Peña", "“hola”", "Bogotá")),
    (6, ("008", "Muñoz; José", 'dijo "sí"', "Lima")),
    (7, ("009", "Ana", "uno\r\ndos\r\n\r\ntres", "Cali")),
    (16, ("014", "Leo", "bien", "Lima")),
    (18, ("016", "Sol", "=1+1", "México")),
    (21, (None, None, None, None)),
    (22, ("018", "Zoë", "€ 5", "São Paulo")),
    (24, ("020", "Uno", "x", "Lima")),
    (24, ("021", "Dos", "y", "Cali")),
    (25, ("022", "Tres", "n\r\nm", "Lima")),
    (25, ("023", "Seis", "a\rb", "Cali")),
    (28, ("'0251", "\tguarda ", "1.23E+11", "NULL")),
    (30, ("027", "Raúl", "una nota, larga\r\n1;2;3;4\r\nfin", "Cali")),
    (34, ("029", "María", "tres", "Lima")),
]


@pytest.mark.parametrize("size", [1 << 20, 64, 7])
@pytest.mark.parametrize("form", ["cp1252", "gzip", "zstd", "utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_the_worst_file_reads_record_by_record(tmp_path: Path, form: str, size: int) -> None:
    path = tmp_path / "worst.csv"
    content = b"\r\n".join(LINES)
    encoding = form if form.startswith("utf") else "cp1252"
    text = content.decode("cp1252").encode(encoding)
    path.write_bytes({"gzip": gzip.compress(text), "zstd": zstd.compress(text)}.get(form, text))
    sources = open_sources([str(path)], Declared(), batch_bytes=size, beside=tmp_path)
    assert sources.columns == ("codigo", "nombre", "nota", "ciudad")
    read_as = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    assert f"csv, {read_as}, delimiter ';', " in sources.told[0]
    assert "3 lines above the header left out" in sources.told[0]
    broken, whole, numbers = {}, [], []
    for batch in sources.batches():
        for (row, line, shape, raw), cells in zip(batch.meta.iter_rows(), batch.cells.iter_rows(), strict=True):
            numbers.append(row)
            if shape is None:
                assert raw is None
                whole.append((line, tuple(cell or None for cell in cells)))
            else:
                assert cells == (None,) * 4
                broken[line] = (shape, raw)
        good = batch.meta["shape"].is_null().arg_true()
        if len(good):
            assert sources.read_rows(batch.ref, good, batch.meta["line"]).equals(batch.cells[good])
    assert broken == BROKEN
    assert whole == WHOLE
    assert numbers == list(range(1, len(BROKEN) + len(WHOLE) + 1))


def test_one_byte_that_is_no_text_stops_it_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "worst.csv"
    content = b"\r\n".join(LINES).replace(b"M\xe9xico", b"M\x81xico")
    path.write_bytes(content)
    at = content.index(b"\x81")
    with pytest.raises(SourceError, match=rf"byte {at} \(line 18\) is not cp1252 text"):
        list(open_sources([str(path)], Declared(), beside=tmp_path).batches())


def test_an_unclosed_quote_swallows_nothing_however_much_follows(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    rows = [b'%d,"note\nmore",x' % number if number % 3 == 0 else b"%d,plain,x" % number for number in range(9000)]
    rows[4000] = b'4000,"never closed,x'
    path.write_bytes(b"id,note,flag\n" + b"\n".join(rows) + b"\n")
    shapes: list[tuple[str, str]] = []
    ids: set[str] = set()
    for batch in open_sources([str(path)], Declared()).batches():
        shapes += [(raw, shape) for shape, raw in batch.meta.select("shape", "raw").iter_rows() if shape]
        ids.update(batch.cells.to_series().drop_nulls())
    assert ('4000,"never closed,x', "unclosed quote") in shapes
    assert len(shapes) == 1
    assert ids == {str(number) for number in range(9000)} - {"4000"}


def test_a_file_that_grows_between_two_readings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 5000)
    batches = open_sources([str(path)], Declared(), batch_bytes=1024).batches()
    next(batches)
    with path.open("ab") as file:
        file.write(b"3,4\n")
    with pytest.raises(SourceError, match=r"changed while it was read\. Wait until it is complete"):
        list(batches)
