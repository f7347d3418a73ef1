"""An English web-shop export: UTF-8 with a byte-order mark, commas, quoted line breaks, guarded ids, wide addresses."""

from random import Random

from export import Case, Record, break_rows, delimited, repeat_cell
from people import ENGLISH_CITIES, ENGLISH_FIRST, ENGLISH_LAST, ENGLISH_STREETS, chance, email, fill, uuid

ROWS = 600
DECORATIONS = ("{}", "{}", "{}", "{}", "{} 🌸", "“{}”", '{} "Ace"', "{} 👩‍🚀", "Dr. {}")
NOTES = (
    "Leave with neighbour,\nring twice",
    'Said "call me", never answers',
    "Gift wrap 🎁\r\nNo receipt in the box",
    "back\\slash and / slash",
    "Cafe\u0301 regular",
    "日本語のメモ",
    "<b>VIP</b> & friends",
)
LABELS = ("vip", "wholesale", "newsletter", "birthday-club", "b2b")

CASES = [
    Case({"Email": "no-at-sign.example.com"}, ("email|email",)),
    Case({"Email": "two words@example.com"}, ("email|email",)),
    Case({"Email": "dots..twice@example.com"}, ("email|email",)),
    Case({"Email": "someone@shop.invalid"}, ("email|email",)),
    Case({"Email": ""}, ("email|required",)),
    Case({"Email": "   "}, ("email|required",)),
    Case({"Last Name": ""}, ("last_name|required",)),
    Case({"Gender": "unknown"}, ("gender|enum",)),
    Case({"Gender": "F"}, ("gender|enum",)),
    Case({"Account State": "archived"}, ("status|values",)),
    Case({"Verified Email": "perhaps"}, ("email_verified|boolean",)),
    Case({"Accepts Marketing": "1?"}, ("tags.marketing|boolean",)),
    Case({"Total Spent": "USD 12"}, ("tags.spent|number",)),
    Case({"Total Spent": "12.50.1"}, ("tags.spent|number",)),
    Case({"Total Orders": "a dozen"}, ("tags.orders|number",)),
    Case({"Club Card": "LC-12"}, ("tags.club|match",)),
    Case({"Club Card": "12345"}, ("tags.club|match",)),
    Case({"Contact ID": "not-a-uuid"}, ("id|uuid",)),
    Case({"Contact ID": "3fa85f64-5717-4562-b3fc-2c963f66afa6-77"}, ("id|uuid",)),
    Case({"Created": "2024-02-30 10:00:00"}, ("created_at|datetime",)),
    Case({"Note": "5500005555555559"}, ("tags.note|card_number",)),
    Case({"addr1_street": "4111 1111 1111 1111"}, ("addresses[0].street_1|card_number",)),
    Case({"addr2_city": "Lee\x07ds"}, ("addresses[1].city|control",)),
    Case({"addr3_street": "9 Bell\x08 Lane"}, ("addresses[2].street_1|control",)),
    Case({"Card Last4": "7"}, ("payments[0].last_four|last_four",)),
    Case({"Card Last4": "12 4"}, ("payments[0].last_four|last_four",)),
    Case({"Card Last4": "٤٢٤٢"}, ("payments[0].last_four|last_four",)),
    Case({"Card Last4": "4242424242424242"}, ("payments[0].last_four|card_number",)),
    Case({"Card Last4": "'5500005555555559"}, ("payments[0].last_four|card_number",)),
    Case({"Card Month": "13"}, ("payments[0].expiry_month|month",)),
    Case({"Card Month": "June"}, ("payments[0].expiry_month|number",)),
    Case({"Card Year": "202"}, ("payments[0].expiry_year|year",)),
    Case({"Card Year": "20271"}, ("payments[0].expiry_year|year",)),
    Case({"Customer ID": "", "Contact ID": ""}, ("key|required",)),
    Case({"Customer ID": "'", "Contact ID": ""}, ("key|required",)),
    Case({"Email": "bad@", "Verified Email": "?", "Card Last4": "12"},
         ("email|email", "email_verified|boolean", "payments[0].last_four|last_four")),
    Case({"Email": "", "Gender": "N/A", "Contact ID": "12"}, ("email|required", "gender|enum", "id|uuid")),
]  # fmt: skip
LATE = [
    Case({"Birthday": "1990-02-30"}, ()),
    Case({"Birthday": "14/07/1990"}, ()),
    Case({"Birthday": "1066-10-14"}, ()),
    Case({"Phone": "555\x07 0199"}, ()),
]
"""Bad values that only drop their field (`on_bad: drop`, and always so for phones): the row still goes."""


def make(rng: Random) -> tuple[bytes, list[Record]]:
    """Give the file's bytes and its records, broken ones marked."""
    records = [Record(_customer(number, rng)) for number in range(1, ROWS + 1)]
    rest = break_rows(records, CASES, rng)
    for size in (2, 3):
        repeat_cell([rest.pop() for _ in range(size)], "Customer ID", ("{}", " {}", "{}"))
    guarded = [rest.pop(), rest.pop()]
    guarded[0].cells["Customer ID"] = "7210448399999"
    repeat_cell(guarded, "Customer ID", ("{}", "'{}"))
    same_id = [rest.pop(), rest.pop()]
    same_id[0].cells["Contact ID"] = uuid(rng)
    repeat_cell(same_id, "Contact ID")
    for record in (rest.pop(), rest.pop()):
        record.cells.update({"Customer ID": "", "Contact ID": uuid(rng)})
    for fault in LATE:
        rest.pop().cells.update(fault.cells)
    _misshape(rest)
    return _write(records), records


def _misshape(rest: list[Record]) -> None:
    """Break the shape of some records: too few fields, too many, and quotes where none may stand."""
    for keep in (3, 20):
        record = rest.pop()
        record.text = delimited(list(record.cells.values())[:keep], ",")
        record.codes.append("row|shape")
    record = rest.pop()
    record.text = delimited(list(record.cells.values()), ",") + ",,moved"
    record.codes.append("row|shape")
    for name in ('"Nancy "Nan" Reed"', '"Reed, "Nan", Nancy"'):
        record = rest.pop()
        cells = [cell.replace("\n", " ").replace("\r", "") for cell in record.cells.values()]
        record.text = ",".join((delimited(cells[:2], ","), name, delimited(cells[3:], ",")))
        record.codes.append("row|shape")


def _customer(number: int, rng: Random) -> dict[str, str]:
    first, last = rng.choice(ENGLISH_FIRST), rng.choice(ENGLISH_LAST)
    cells = {
        "Customer ID": f"'72104483{number * 11:05d}",
        "Contact ID": uuid(rng) if chance(0.1, rng) else "",
        "First Name": rng.choice(DECORATIONS).format(first),
        "Last Name": f" {last}" if chance(0.03, rng) else last,
        "Email": email(first, last, number, rng) if chance(0.9, rng) else f"{first[0]}o'{number}+shop@Example.COM",
        "Phone": fill(rng.choice(("(555) 555-01##", "+44 20 7946 0###", "555.555.01##", "")), rng),
        "Gender": rng.choice(("female", "male", "Female", "MALE", "")),
        "Birthday": f"{rng.randrange(1945, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        if chance(0.6, rng)
        else "",
        "Created": f"20{rng.randrange(18, 26)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d} "
        f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}",
        "Account State": rng.choice(("enabled", "enabled", "disabled", "invited", "")),
        "Verified Email": rng.choice(("yes", "no", "Yes", "NO", "")),
        "Accepts Marketing": rng.choice(("yes", "no", "y", "n", "")),
        "Total Spent": rng.choice((f"{rng.randrange(100, 999999) / 100:,.2f}", f"{rng.randrange(900)}", "0.00", "")),
        "Total Orders": str(rng.randrange(60)) if chance(0.8, rng) else "",
        "Tags": ", ".join(rng.sample(LABELS, rng.randrange(4))),
        "Club Card": f"LC-{rng.randrange(10**5):05d}" if chance(0.4, rng) else "",
        **_addresses(rng),
        **_card(rng),
        "Note": rng.choice(NOTES) if chance(0.3, rng) else "",
    }
    if not cells["Email"].isascii():
        cells["Email"] = f"guest{number}@example.org"
    return cells


def _addresses(rng: Random) -> dict[str, str]:
    filled = rng.randrange(4)
    cells: dict[str, str] = {}
    for place in (1, 2, 3):
        city, state, zip_code, country = rng.choice(ENGLISH_CITIES)
        street = f"{rng.randrange(1, 400)} {rng.choice(ENGLISH_STREETS)}"
        if chance(0.2, rng):
            street += f"\nApt. {rng.randrange(1, 40)}"
        parts = {"street": street, "city": city, "state": state, "zip": zip_code, "country": country}
        there = place <= filled and not (place == 1 and chance(0.1, rng))
        cells |= {f"addr{place}_{name}": cell if there else "" for name, cell in parts.items()}
    return cells


def _card(rng: Random) -> dict[str, str]:
    if chance(0.5, rng):
        return dict.fromkeys(("Card Brand", "Card Last4", "Card Month", "Card Year"), "")
    return {
        "Card Brand": rng.choice(("visa", "mastercard", "amex")),
        "Card Last4": f"'{rng.randrange(10000):04d}",
        "Card Month": str(rng.randrange(1, 13)),
        "Card Year": str(rng.randrange(2025, 2033)),
    }


def _write(records: list[Record]) -> bytes:
    lines = [delimited(list(records[0].cells), ",")]
    for row, record in enumerate(records, 1):
        lines.append(record.text or delimited(list(record.cells.values()), ","))
        if row == 300:  # noqa: PLR2004  # anywhere will do: a blank line is no record
            lines.append("")
    return ("\ufeff" + "\n".join(lines) + "\n").encode()
