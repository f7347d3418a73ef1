"""A typed export of a loyalty club in Parquet: dates, moments, all kinds of numbers, booleans, categories, nulls."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
from export import Record, break_rows, case, repeat_cell
from people import COUNTRIES, MEN, SECOND_MEN, SECOND_WOMEN, SURNAMES, WOMEN, chance, email, uuid

ROWS = 500
OPENED = datetime(2019, 1, 1, tzinfo=UTC)
CODES = {"Colombia": "CO", "México": "MX", "Chile": "CL", "Perú": "PE"}
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "member_no": pl.Int64,
    "contact_id": pl.String,
    "given_name": pl.String,
    "middle_name": pl.String,
    "family_name": pl.String,
    "second_family_name": pl.String,
    "email": pl.String,
    "mobile": pl.Int64,
    "birth_date": pl.Date,
    "joined_at": pl.Datetime("us", "UTC"),
    "sex": pl.Categorical(),
    "tier": pl.Categorical(),
    "points": pl.Int32,
    "balance": pl.Decimal(12, 2),
    "rating": pl.Float64,
    "opted_in": pl.Boolean,
    "phone_ok": pl.Boolean,
    "active": pl.String,
    "visits": pl.String,
    "country": pl.String,
    "city": pl.String,
    "street": pl.String,
    "card_digits": pl.String,
    "card_month": pl.Int8,
    "card_year": pl.Int16,
    "referrer": pl.String,
    "store_id": pl.UInt16,
}

CASES = [
    case("email|email", email="member.example.com"),
    case("email|email", email="m ember@example.com"),
    case("email|required", email=None),
    case("email|required", email=""),
    case("dob|date_range", birth_date=date(1085, 7, 14)),
    case("dob|date_range", birth_date=date(2919, 1, 1)),
    case("gender|enum", sex="OTHER"),
    case("tags.tier|values", tier="platinum"),
    case("tags.visits|number", visits="n/a"),
    case("tags.active|boolean", active="dormant"),
    case("tags.referrer|match", referrer="a friend"),
    case("last_name|control", family_name="Mu\x02ñoz"),
    case("payments[0].last_four|last_four", card_digits="42"),
    case("payments[0].last_four|last_four", card_digits="00042"),
    case("payments[0].last_four|card_number", card_digits="4111111111111111"),
    case("payments[0].last_four|card_number", card_digits="5500005555555559"),
    case("payments[0].expiry_month|month", card_month=13),
    case("payments[0].expiry_month|month", card_month=0),
    case("payments[0].expiry_year|year", card_year=202),
    case("id|uuid", contact_id="3fa85f645717"),
    case("key|required", member_no=None, country=None, contact_id=None),
    case("email|email", "gender|enum", "dob|date_range", email="@", sex="?", birth_date=date(1582, 10, 15)),
]


def make(rng: Random) -> tuple[bytes, list[Record]]:
    """Give the file's bytes and its records, broken ones marked."""
    records = [Record(_member(number, rng)) for number in range(1, ROWS + 1)]
    rest = break_rows(records, CASES, rng)
    for size in (2, 3):
        group = [rest.pop() for _ in range(size)]
        for record in group:
            record.cells["country"] = "CO"
        repeat_cell(group, "member_no")
    apart = [rest.pop(), rest.pop()]
    for record, country in zip(apart, ("CL", "PE"), strict=True):
        record.cells.update(member_no=990001, country=country)
    same_id = [rest.pop(), rest.pop()]
    same_id[0].cells["contact_id"] = uuid(rng)
    repeat_cell(same_id, "contact_id")
    out = io.BytesIO()
    frame = pl.DataFrame([record.cells for record in records], schema=SCHEMA)
    frame.write_parquet(out, compression="zstd", statistics=False, row_group_size=200)
    return out.getvalue(), records


def _member(number: int, rng: Random) -> dict[str, Any]:
    woman = chance(0.5, rng)
    first, last = rng.choice(WOMEN if woman else MEN), rng.choice(SURNAMES)
    country = rng.choice(COUNTRIES)
    return {
        "member_no": 100000 + number,
        "contact_id": uuid(rng) if chance(0.1, rng) else None,
        "given_name": first,
        "middle_name": rng.choice(SECOND_WOMEN if woman else SECOND_MEN) if chance(0.5, rng) else None,
        "family_name": last,
        "second_family_name": rng.choice(SURNAMES) if chance(0.6, rng) else "",
        "email": email(first, last, number, rng),
        "mobile": 3000000000 + rng.randrange(10**8) if chance(0.8, rng) else None,
        "birth_date": date(rng.randrange(1940, 2006), rng.randrange(1, 13), rng.randrange(1, 29))
        if chance(0.9, rng)
        else None,
        "joined_at": OPENED + timedelta(seconds=rng.randrange(200_000_000)) if chance(0.9, rng) else None,
        "sex": rng.choice(("FEMALE" if woman else "MALE", None)),
        **_standing(rng),
        "country": CODES[country.name],
        "city": rng.choice(country.cities)[0],
        "street": f"Calle {rng.randrange(1, 150)} # {rng.randrange(1, 99)}" if chance(0.6, rng) else None,
        **_card(rng),
        "referrer": f"member:{100000 + rng.randrange(1, ROWS)}" if chance(0.3, rng) else None,
        "store_id": rng.randrange(1, 40),
    }


def _standing(rng: Random) -> dict[str, Any]:
    return {
        "tier": rng.choice(("gold", "silver", "bronze", None)),
        "points": rng.randrange(-50, 90000) if chance(0.9, rng) else None,
        "balance": Decimal(rng.randrange(0, 1_000_000)) / 100 if chance(0.7, rng) else None,
        "rating": rng.choice((4.5, 3.0, 0.25, None)),
        "opted_in": rng.choice((True, False, None)),
        "phone_ok": rng.choice((True, False)),
        "active": rng.choice(("active", "lapsed", "", None)),
        "visits": str(rng.randrange(300)) if chance(0.8, rng) else None,
    }


def _card(rng: Random) -> dict[str, Any]:
    if chance(0.5, rng):
        return {"card_digits": None, "card_month": None, "card_year": None}
    return {
        "card_digits": f"{rng.randrange(10000):04d}",
        "card_month": rng.randrange(1, 13),
        "card_year": rng.randrange(2025, 2033),
    }
