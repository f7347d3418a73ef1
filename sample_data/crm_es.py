"""A Spanish CRM export: `;`, cp1252, CRLF, two lines above the header, every sloppiness of hand-typed data."""

from random import Random

from export import Case, Record, break_rows, delimited, repeat_cell
from people import (
    COMPANIES,
    COUNTRIES,
    LEGAL_FORMS,
    MEN,
    REFERENCES,
    SECOND_MEN,
    SECOND_WOMEN,
    STREETS,
    SURNAMES,
    WOMEN,
    chance,
    email,
    fill,
    uuid,
)

ROWS = 2000
PREAMBLE = (
    "Exportación de clientes \u2013 CRM de ejemplo (datos inventados)\r\n"
    "Generado el: 02/11/2026 08:15; usuario: demo\r\n"
)
BLANKS = ("", "", "", "NULL", "N/D", "-", " ", "\u00a0")
ODD_NOTES = (
    "prefiere «WhatsApp»",
    'dijo "llamar después"; no insistir',
    "paga en € \u2013 ojo",
    "ñandú",
    "=1+1",
    "@mostrador",
)

CASES = [
    Case({"Correo": "sin-arroba.example.com"}, ("email|email",)),
    Case({"Correo": "dos@@example.com"}, ("email|email",)),
    Case({"Correo": "con espacio@example.com"}, ("email|email",)),
    Case({"Correo": "punto.@example.com"}, ("email|email",)),
    Case({"Correo": "a@example.com, b@example.com"}, ("email|email",)),
    Case({"Correo": "nadie@oficina"}, ("email|email",)),
    Case({"Correo": "", "Correo Alterno": "N/D"}, ("email|required",)),
    Case({"Correo": " - ", "Correo Alterno": ""}, ("email|required",)),
    Case({"Correo Fact.": "facturas(arroba)example.com"}, ("billing_info[0].email|email",)),
    Case({"Nombres": "NULL"}, ("first_name|required",)),
    Case({"Fecha Nac.": "31/02/1988"}, ("dob|date",)),
    Case({"Fecha Nac.": "29/02/2001"}, ("dob|date",)),
    Case({"Fecha Nac.": "12/25/1990"}, ("dob|date",)),
    Case({"Fecha Nac.": "00/00/0000"}, ("dob|date",)),
    Case({"Fecha Nac.": "1985-07-14"}, ("dob|date",)),
    Case({"Fecha Nac.": "14/07/1085"}, ("dob|date_range",)),
    Case({"Fecha Nac.": "01/01/2919"}, ("dob|date_range",)),
    Case({"Fecha Alta": "31/04/2023 10:00"}, ("created_at|datetime",)),
    Case({"Fecha Alta": "ayer"}, ("created_at|datetime",)),
    Case({"Sexo": "X"}, ("gender|enum",)),
    Case({"Sexo": "Masculino"}, ("gender|enum",)),
    Case({"Estado": "Moroso"}, ("status|values",)),
    Case({"Canal": "Fax"}, ("channel|values",)),
    Case({"País": "Atlántida"}, ("country|values",)),
    Case({"Nivel": "Diamante"}, ("tags.tier|values",)),
    Case({"Boletín": "quizás"}, ("tags.newsletter|boolean",)),
    Case({"Puntos": "muchos"}, ("tags.points|number",)),
    Case({"Puntos": "12 pts"}, ("tags.points|number",)),
    Case({"Saldo": "$ 10"}, ("tags.balance|number",)),
    Case({"Observaciones": "4111111111111111"}, ("tags.notes|card_number",)),
    Case({"Tarjeta": "123"}, ("payments[0].last_four|last_four",)),
    Case({"Tarjeta": "12345"}, ("payments[0].last_four|last_four",)),
    Case({"Tarjeta": "42.0"}, ("payments[0].last_four|last_four",)),
    Case({"Tarjeta": "12a4"}, ("payments[0].last_four|last_four",)),
    Case({"Tarjeta": "4111111111111111"}, ("payments[0].last_four|card_number",)),
    Case({"Tarjeta": "5500 0055 5555 5559"}, ("payments[0].last_four|card_number",)),
    Case({"Tarjeta": "4111-1111-1111-1111"}, ("payments[0].last_four|card_number",)),
    Case({"Tarjeta": " 378282246310005 "}, ("payments[0].last_four|card_number",)),
    Case({"Titular": "5500005555555559"}, ("payments[0].card_holder|card_number",)),
    Case({"Vence": "12-2027"}, ("payments[0].expiry_month|match", "payments[0].expiry_year|match")),
    Case({"Vence": "13/27"}, ("payments[0].expiry_month|month",)),
    Case({"Vence": "00/27"}, ("payments[0].expiry_month|month",)),
    Case({"Tipo": "Cheque"}, ("payments[0].method|values",)),
    Case({"Apellidos": "Muñoz\x07Peña"}, ("last_name|control",)),
    Case({"Dirección": "Calle 8 \x1b[31m rojo"}, ("addresses[0].street_1|control",)),
    Case({"Masivo ID": "3fa85f64-5717-4562-b3fc"}, ("id|uuid",)),
    Case({"Masivo ID": "zzzzzzzz-5717-4562-b3fc-2c963f66afa6"}, ("id|uuid",)),
    Case({"Customer No": "", "Masivo ID": ""}, ("key|required",)),
    Case({"Customer No": "N/D", "Masivo ID": "NULL"}, ("key|required",)),
    Case({"Correo": "mal", "Fecha Nac.": "32/01/1990"}, ("email|email", "dob|date")),
    Case(
        {"Correo": "@example.com", "Sexo": "?", "Tarjeta": "4111111111111111", "Nivel": "Titanio", "Saldo": "uno"},
        ("email|email", "gender|enum", "payments[0].last_four|card_number", "tags.tier|values", "tags.balance|number"),
    ),
    Case(
        {"Customer No": "-", "Masivo ID": "", "Nombres": "", "Boletín": "tal vez"},
        ("key|required", "first_name|required", "tags.newsletter|boolean"),
    ),
]


def make(rng: Random) -> tuple[bytes, list[Record]]:
    """Give the file's bytes and its records, broken ones marked."""
    records = [Record(_customer(number, rng)) for number in range(1, ROWS + 1)]
    rest = break_rows(records, CASES * 2, rng)
    for size in (2, 2, 3):
        repeat_cell([rest.pop() for _ in range(size)], "Customer No", ("{}", " {} ", "'{}"))
    mixed = [rest.pop(), rest.pop()]
    repeat_cell(mixed, "Customer No")
    mixed[1].cells["Correo"] = "mal@"
    mixed[1].codes.append("email|email")
    same_id = [rest.pop(), rest.pop()]
    same_id[0].cells["Masivo ID"] = uuid(rng)
    repeat_cell(same_id, "Masivo ID")
    for record in (rest.pop(), rest.pop(), rest.pop()):
        record.cells.update({"Customer No": rng.choice(("", "N/D")), "Masivo ID": uuid(rng)})
    for keep in (8, 30):
        record = rest.pop()
        record.text = delimited(list(record.cells.values())[:keep], ";")
        record.codes.append("row|shape")
    for extra in ("; interior 2", ";;"):
        record = rest.pop()
        record.text = delimited(list(record.cells.values()), ";") + extra
        record.codes.append("row|shape")
    empty = rest.pop()
    empty.cells = dict.fromkeys(empty.cells, "")
    empty.codes.extend(("email|required", "first_name|required", "key|required"))
    return _write(records), records


def _customer(number: int, rng: Random) -> dict[str, str]:
    woman = chance(0.5, rng)
    first, last = rng.choice(WOMEN if woman else MEN), rng.choice(SURNAMES)
    names = first if chance(0.4, rng) else f"{first} {rng.choice(SECOND_WOMEN if woman else SECOND_MEN)}"
    surnames = f"{last} {rng.choice(SURNAMES)}" if chance(0.7, rng) else last
    if chance(0.2, rng):
        names, surnames = names.upper(), surnames.upper()
    cells = {
        "Customer No": f"{number * 7:06d}",
        "Masivo ID": uuid(rng) if chance(0.15, rng) else rng.choice(("", "", "NULL")),
        "Nombres": names.replace(" ", "  ") if chance(0.05, rng) else names,
        "Apellidos": surnames,
        "Correo": email(first, last, number, rng),
        "Correo Alterno": email(last, first, number, rng) if chance(0.2, rng) else rng.choice(BLANKS),
        "Fecha Nac.": _date(rng, 1940, 2006) if chance(0.85, rng) else rng.choice(BLANKS),
        "Sexo": rng.choice(("M", "M", "m") if woman else ("H", "H", "h")) if chance(0.9, rng) else rng.choice(BLANKS),
        **_reach(rng),
        **_standing(rng),
        **_billing(number, rng),
        **_card(f"{first} {last}".upper(), rng),
        "Observaciones": rng.choice(ODD_NOTES) if chance(0.2, rng) else "",
        "Asesor": rng.choice(("Mostrador 1", "Mostrador 2", "")),
    }
    if chance(0.1, rng):
        cells["Correo"] = cells["Correo"].upper()
    if cells["Correo Alterno"].strip() not in {"", "NULL", "N/D", "-"} and chance(0.3, rng):
        cells["Correo"] = rng.choice(BLANKS)
    if chance(0.1, rng):
        cells["Customer No"] = f"'{cells['Customer No']}"
    return {name: _pad(cell, rng) for name, cell in cells.items()}


def _reach(rng: Random) -> dict[str, str]:
    country = rng.choice(COUNTRIES)
    city, state, zip_code = rng.choice(country.cities)
    kind, form = rng.choice(country.documents)
    at_home = chance(0.75, rng)
    street = rng.choice(STREETS).format(a=rng.randrange(1, 150), b=rng.randrange(1, 99), c=rng.randrange(1, 99))
    return {
        "Tipo Doc.": kind,
        "Documento": fill(form, rng),
        "Celular": fill(rng.choice(country.phones), rng) if chance(0.8, rng) else rng.choice(BLANKS),
        "Teléfono": fill(rng.choice(country.phones), rng) if chance(0.3, rng) else rng.choice(BLANKS),
        "País": country.name.upper() if chance(0.2, rng) else country.name,
        "Dirección": f"{street}; apto. {rng.randrange(1, 40)}" if chance(0.1, rng) else street if at_home else "",
        "Referencia": rng.choice(REFERENCES) if at_home and chance(0.3, rng) else "",
        "Ciudad": city if at_home else rng.choice(BLANKS),
        "Departamento": state if at_home else "",
        "Código Postal": zip_code if at_home else "",
    }


def _standing(rng: Random) -> dict[str, str]:
    points = rng.randrange(12000)
    cents = rng.randrange(-50000, 900000)
    balance = f"{abs(cents) // 100:,}".replace(",", ".") + f",{abs(cents) % 100:02d}"
    return {
        "Canal": rng.choice(("Tienda", "Web", "Teléfono", "WhatsApp", "", "N/D")),
        "Estado": rng.choice(("Activo", "Activo", "Activo", "Inactivo", "Bloqueado", "")),
        "Fecha Alta": _date(rng, 2015, 2025) + f" {rng.randrange(24):02d}:{rng.randrange(60):02d}",
        "Nivel": rng.choice(("Oro", "Plata", "Bronce", "NULL", "")),
        "Puntos": f"{points:,}".replace(",", ".") if chance(0.8, rng) else rng.choice(BLANKS),
        "Saldo": ("-" if cents < 0 else "") + balance if chance(0.7, rng) else rng.choice(BLANKS),
        "Boletín": rng.choice(("Sí", "SÍ", "si", "S", "No", "NO", "n", "", "-")),
    }


def _billing(number: int, rng: Random) -> dict[str, str]:
    if chance(0.75, rng):
        return dict.fromkeys(("Razón Social", "NIT", "Dirección Fact.", "Ciudad Fact.", "Correo Fact."), "")
    return {
        "Razón Social": f"{rng.choice(COMPANIES)} {rng.choice(LEGAL_FORMS)}",
        "NIT": fill("900.###.###-#", rng),
        "Dirección Fact.": rng.choice(STREETS).format(a=rng.randrange(1, 90), b=rng.randrange(1, 90), c=7),
        "Ciudad Fact.": rng.choice(rng.choice(COUNTRIES).cities)[0],
        "Correo Fact.": f"facturas{number}@example.com" if chance(0.8, rng) else "N/D",
    }


def _card(holder: str, rng: Random) -> dict[str, str]:
    if chance(0.5, rng):
        return {"Tipo": rng.choice(BLANKS), "Tarjeta": "", "Titular": "", "Vence": rng.choice(BLANKS)}
    return {
        "Tipo": rng.choice(("C", "C", "D", "c")),
        "Tarjeta": f"{rng.randrange(10000):04d}",
        "Titular": holder if chance(0.8, rng) else "NULL",
        "Vence": f"{rng.randrange(1, 13):02d}/{rng.randrange(25, 33)}",
    }


def _date(rng: Random, first: int, last: int) -> str:
    return f"{rng.randrange(1, 29):02d}/{rng.randrange(1, 13):02d}/{rng.randrange(first, last)}"


def _pad(cell: str, rng: Random) -> str:
    return rng.choice((f" {cell}", f"{cell}  ", f"{cell}\u00a0", f"\t{cell}")) if cell and chance(0.02, rng) else cell


def _write(records: list[Record]) -> bytes:
    lines = [delimited(list(records[0].cells), ";")]
    for row, record in enumerate(records, 1):
        lines.append(record.text or delimited(list(record.cells.values()), ";"))
        if row in {500, 501, 1200}:
            lines.append("")
    return (PREAMBLE + "\r\n".join(lines) + "\r\n").encode("cp1252")
