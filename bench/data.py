"""Make the benchmark's file: N made-up customers in 35 columns, about 3 % of them broken, the same for the same N.

    python bench/data.py 1000000 bench/data/customers_1000000.csv      (or .parquet)

Quotes, backslashes, padding, accents and blanks stand in it as in real exports; nobody in it is real.
"""

import sys
from pathlib import Path

import polars as pl

CHUNK = 250_000
FAULTS = 1000
"""Rows draw a number below this; 0 to 28 are faults, each of a kind, and the rest is whole: 3 % are bad."""

FIRST = ["José", "María", "Ana", "LUIS", "Sofía", "Andrés", "Ximena", "Óscar", "Zoë", 'Ana "Nita"', "Íñigo", "Wei"]
LAST = ["Muñoz", "de la Cruz", "O'Higgins", "PEÑA", "Núñez", "Smith", "Ibáñez", "Quiñones", "García", "Pérez-Rosales"]
CITIES = ["Bogotá", "Medellín", "Ciudad de México", "Lima", "Viña del Mar", "Córdoba", "São Paulo", "Quito"]
NOTES = ['dijo "mañana"', "back\\slash", "prefiere WhatsApp", "línea, con coma", "cliente antiguo", "ñandú"]

ROW = pl.col("row")


def pick(seed: int, below: int) -> pl.Expr:
    """Give a number from 0 to below - 1 for each row: mixed from row and seed, alike in every version of Polars."""
    first = (ROW.cast(pl.UInt64) + seed * 7919 + 1) * 2654435761 % 2**32
    second = (first ^ (first // 65536)) * 73244475 % 2**32
    return (second ^ (second // 65536)) % below


FAULT = pick(99, FAULTS)


def one_of(seed: int, words: list[str]) -> pl.Expr:
    """Give one of the words."""
    return pl.lit(pl.Series(words)).gather(pick(seed, len(words)))


def sometimes(seed: int, percent: int, expr: pl.Expr) -> pl.Expr:
    """Leave the cell blank but for so many in a hundred."""
    return pl.when(pick(seed, 100) < percent).then(expr)


def digits(seed: int, count: int) -> pl.Expr:
    """Give so many digits, at most nine, zeros in front."""
    return pick(seed, 10**count).cast(pl.String).str.zfill(count)


def faulty(kind: int, expr: pl.Expr, wrong: str | None) -> pl.Expr:
    """Put the wrong text into the rows whose fault is of this kind."""
    return pl.when(FAULT.eq(kind)).then(pl.lit(wrong, pl.String)).otherwise(expr)


def date(seed: int, first_year: int, years: int) -> pl.Expr:
    """Give a date as d/m/Y."""
    day, month = (pick(seed + add, top) + 1 for add, top in ((0, 28), (1, 12)))
    return pl.concat_str(
        day.cast(pl.String).str.zfill(2),
        pl.lit("/"),
        month.cast(pl.String).str.zfill(2),
        pl.lit("/"),
        (pick(seed + 2, years) + first_year).cast(pl.String),
    )


def uuid(seed: int) -> pl.Expr:
    """Give a UUID that no other row has."""
    tail = pl.concat_str(digits(seed, 3), ROW.cast(pl.String).str.zfill(9))
    return pl.concat_str(digits(seed + 1, 8), pl.lit("-5717-4562-b3fc-"), tail)


def person() -> list[pl.Expr]:
    """Give who it is and how to reach them: 13 columns. Now and then a row has the number of the row before it."""
    number = pl.when(FAULT.is_between(24, 28)).then(ROW - ROW % 2).otherwise(ROW)
    name = pl.concat_str(one_of(1, FIRST), pl.when(pick(2, 20) == 0).then(pl.lit("  ")).otherwise(pl.lit("")))
    email = pl.concat_str(pl.lit("c"), ROW.cast(pl.String), pl.lit("."), digits(3, 5), pl.lit("@example.com"))
    return [
        faulty(23, pl.concat_str(pl.lit("C"), number.cast(pl.String).str.zfill(9)), " ").alias("customer_no"),
        faulty(0, sometimes(4, 30, uuid(5)), "3fa85f64-5717").alias("masivo_id"),
        name.alias("first_name"),
        sometimes(7, 60, one_of(8, FIRST)).alias("second_name"),
        one_of(9, LAST).alias("last_name"),
        sometimes(10, 75, one_of(11, LAST)).alias("second_last_name"),
        pl.when(FAULT.is_between(1, 4)).then(pl.lit(""))
        .when(FAULT.is_between(5, 12)).then(pl.lit("no-at-sign.example.com"))
        .otherwise(email).alias("email"),
        sometimes(12, 60, one_of(13, ["S", "N", "sí", "no"])).alias("email_verified"),
        faulty(13, sometimes(14, 80, date(15, 1940, 65)), "31/02/1988").alias("dob"),
        faulty(14, sometimes(18, 80, one_of(19, ["H", "M"])), "X").alias("gender"),
        one_of(20, ["CO", "MX", "PE", "CL"]).alias("country"),
        sometimes(21, 80, one_of(22, CITIES)).alias("city"),
        sometimes(23, 75, pl.concat_str(pl.lit("+57 310 "), digits(24, 7))).alias("phone"),
    ]  # fmt: skip


def standing() -> list[pl.Expr]:
    """Give what the shop knows of them: 10 columns."""
    return [
        sometimes(30, 40, one_of(31, ["S", "N"])).alias("phone_verified"),
        one_of(32, ["Tienda", "Web", "Teléfono"]).alias("channel"),
        faulty(15, one_of(33, ["Activo", "Inactivo"]), "Moroso").alias("status"),
        sometimes(34, 70, one_of(35, ["CC", "CE", "NIT"])).alias("document_type"),
        sometimes(34, 70, digits(36, 9)).alias("document_number"),
        pl.concat_str(date(37, 2015, 10), pl.lit(" 10:"), (pick(40, 50) + 10).cast(pl.String)).alias("created"),
        sometimes(41, 60, one_of(42, ["Oro", "Plata", "Bronce"])).alias("tier"),
        faulty(16, sometimes(43, 70, one_of(44, ["S", "N"])), "quizás").alias("newsletter"),
        faulty(17, sometimes(45, 70, pick(46, 90000).cast(pl.String)), "muchos").alias("points"),
        sometimes(47, 60, one_of(48, NOTES)).alias("notes"),
    ]


def items() -> list[pl.Expr]:
    """Give an address, a billing address and a card: 12 columns."""
    card, home, bill = 50, 51, 52
    full = one_of(53, ["4111111111111111", "5500005555555559"])
    street = pl.concat_str(pl.lit("Calle "), pick(54, 150).cast(pl.String), pl.lit(" # "), pick(55, 90).cast(pl.String))
    expiry = pl.concat_str((pick(61, 12) + 1).cast(pl.String).str.zfill(2), pl.lit("/"), pick(62, 8) + 25)
    last_four = sometimes(card, 70, digits(63, 4))
    return [
        sometimes(home, 85, street).alias("street"),
        sometimes(home, 85, pick(56, 200).cast(pl.String)).alias("street_number"),
        sometimes(57, 60, pl.lit("frente al parque")).alias("reference"),
        sometimes(home, 85, one_of(22, CITIES)).alias("address_city"),
        sometimes(home, 80, pl.lit("Cundinamarca")).alias("state"),
        sometimes(home, 80, digits(58, 6)).alias("zip"),
        sometimes(bill, 60, pl.lit("Panadería La Espiga S.A.S.")).alias("legal_name"),
        sometimes(bill, 60, digits(59, 9)).alias("tax_number"),
        sometimes(card, 70, one_of(60, ["C", "D"])).alias("card_type"),
        pl.when(FAULT.is_between(18, 20)).then(full).otherwise(faulty(21, last_four, "123")).alias("card"),
        sometimes(card, 65, one_of(1, FIRST)).alias("holder"),
        faulty(22, sometimes(card, 70, expiry), "13/27").alias("expires"),
    ]


def frame(start: int, stop: int) -> pl.DataFrame:
    """Give the rows from `start` to `stop`, all text."""
    rows = pl.DataFrame({"row": pl.arange(start, stop, eager=True)})
    return rows.select(*person(), *standing(), *items())


def write(path: Path, rows: int) -> None:
    """Write the file as CSV, or as Parquet in row groups of 250,000 rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as out:
        for start in range(0, rows, CHUNK):
            frame(start, min(start + CHUNK, rows)).write_csv(out, include_header=start == 0)
    if path.suffix == ".parquet":
        pl.scan_csv(unfinished, infer_schema=False).sink_parquet(path, row_group_size=CHUNK)
        unfinished.unlink()
    else:
        unfinished.replace(path)


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
