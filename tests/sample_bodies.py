"""What each row of the samples must become, field by field, as the comments of its mapping say.

Each function fills a row's body and reasons and gives its id and its key.
"""

from collections.abc import Callable

from sample_rules import (
    Row,
    day,
    email,
    filled,
    fold,
    item,
    last_four,
    listed,
    matched,
    moment,
    number,
    title,
    uuid,
    within,
    words,
)

MONTH = within("month", 1, 12)
YEAR = within("year", 2000, 2099)
GENDERS = {"MALE": "MALE", "FEMALE": "FEMALE"}
DOCUMENTS = {
    "C.C.": "CC",
    "C.E.": "CE",
    "NIT": "NIT",
    "INE": "INE",
    "Pasaporte": "PASSPORT",
    "RUT": "RUT",
    "DNI": "DNI",
}
COUNTRIES = {"Colombia": "CO", "México": "MX", "Chile": "CL", "Perú": "PE"}
CHANNELS = {"Tienda": "store", "Web": "web", "Teléfono": "phone", "WhatsApp": "whatsapp"}

Identity = tuple[str | None, str | None]


def judge_crm(row: Row) -> Identity:
    """Judge a row of crm_es.csv by mappings/sample_crm.yaml."""
    take = row.take
    key = take("external_id", "Customer No", lambda text: text.strip("'"), cards=False)
    status = {"Activo": "ACTIVE", "Inactivo": "INACTIVE", "Bloqueado": "BLOCKED"}
    row.body = filled(
        external_id=key,
        first_name=take("first_name", "Nombres", lambda text: title(fold(text).split(" ")[0]), required=True),
        second_name=take("second_name", "Nombres", lambda text: title(fold(text).partition(" ")[2])),
        last_name=take("last_name", "Apellidos", lambda text: title(fold(text))),
        email=take("email", ("Correo", "Correo Alterno"), email, required=True),
        dob=take("dob", "Fecha Nac.", day("%d/%m/%Y")),
        gender=take("gender", "Sexo", lambda text: listed({"H": "MALE", "M": "FEMALE"}, "enum")(text.upper())),
        country=take("country", "País", lambda text: listed(COUNTRIES)(text.title())),
        city=take("city", "Ciudad"),
        phone=take("phone", ("Celular", "Teléfono"), drop=True, cards=False),
        document_type=take("document_type", "Tipo Doc.", listed(DOCUMENTS)),
        document_number=take("document_number", "Documento", drop=True, cards=False),
        source="crm",
        channel=take("channel", "Canal", listed(CHANNELS)) or "other",
        status=take("status", "Estado", listed(status)) or "ACTIVE",
        created_at=take("created_at", "Fecha Alta", moment("%d/%m/%Y %H:%M")),
        tags=filled(
            tier=take("tags.tier", "Nivel", listed({"Oro": "gold", "Plata": "silver", "Bronce": "bronze"})),
            newsletter=take("tags.newsletter", "Boletín", words({"s", "sí", "si"}, {"n", "no"})),
            points=take("tags.points", "Puntos", number(",")),
            balance=take("tags.balance", "Saldo", number(",")),
            notes=take("tags.notes", "Observaciones"),
        ),
        **_crm_items(row),
    )
    return take("id", "Masivo ID", uuid, cards=False), key


def _crm_items(row: Row) -> dict[str, object]:
    take = row.take
    address = item(
        {"alias": "casa"},
        street_1=take("addresses[0].street_1", "Dirección"),
        reference=take("addresses[0].reference", "Referencia"),
        city=take("addresses[0].city", "Ciudad"),
        state=take("addresses[0].state", "Departamento"),
        zip_code=take("addresses[0].zip_code", "Código Postal"),
    )
    billing = item(
        {"document_type": "NIT"},
        legal_name=take("billing_info[0].legal_name", "Razón Social"),
        document_number=take("billing_info[0].document_number", "NIT", drop=True, cards=False),
        street_1=take("billing_info[0].street_1", "Dirección Fact."),
        city=take("billing_info[0].city", "Ciudad Fact."),
        email=take("billing_info[0].email", "Correo Fact.", email),
    )
    methods = listed({"C": "CREDIT", "D": "DEBIT"})
    year = within("year", 2000, 2099, add=2000)
    payment = item(
        {},
        method=take("payments[0].method", "Tipo", lambda text: methods(text.upper())),
        last_four=take("payments[0].last_four", "Tarjeta", last_four),
        card_holder=take("payments[0].card_holder", "Titular", title),
        expiry_month=take("payments[0].expiry_month", "Vence", matched("^([0-9]{2})/", MONTH)),
        expiry_year=take("payments[0].expiry_year", "Vence", matched("/([0-9]{2})$", year)),
    )
    return _items(addresses=[address], billing_info=[billing], payments=[payment])


def judge_shop(row: Row) -> Identity:
    """Judge a row of shop_en.csv by mappings/sample_shop.yaml."""
    take = row.take
    key = take("external_id", "Customer ID", lambda text: text.strip("'"), cards=False)
    states = {"enabled": "ACTIVE", "disabled": "INACTIVE", "invited": "INVITED"}
    row.body = filled(
        external_id=key,
        first_name=take("first_name", "First Name"),
        last_name=take("last_name", "Last Name", required=True),
        email=take("email", "Email", email, required=True),
        email_verified=take("email_verified", "Verified Email", words({"yes"}, {"no"})),
        phone=take("phone", "Phone", drop=True, cards=False),
        gender=take("gender", "Gender", lambda text: listed(GENDERS, "enum")(text.upper())),
        dob=take("dob", "Birthday", day("%Y-%m-%d"), drop=True),
        created_at=take("created_at", "Created", moment("%Y-%m-%d %H:%M:%S")),
        source="web-shop",
        status=take("status", "Account State", listed(states)) or "ACTIVE",
        tags=filled(
            display_name=fold(" ".join(filter(None, (row.get("First Name"), row.get("Last Name"))))) or None,
            labels=take("tags.labels", "Tags"),
            marketing=take("tags.marketing", "Accepts Marketing", words({"yes", "y"}, {"no", "n"})),
            spent=take("tags.spent", "Total Spent", number()),
            orders=take("tags.orders", "Total Orders", number()),
            club=take("tags.club", "Club Card", matched("^LC-([0-9]{5})$")),
            note=take("tags.note", "Note", trim=False),
        ),
        **_shop_items(row),
    )
    return take("id", "Contact ID", uuid, cards=False), key


def _shop_items(row: Row) -> dict[str, object]:
    take = row.take
    addresses = [
        item(
            {},
            street_1=take(f"addresses[{place}].street_1", f"addr{place + 1}_street", fold),
            city=take(f"addresses[{place}].city", f"addr{place + 1}_city"),
            state=take(f"addresses[{place}].state", f"addr{place + 1}_state"),
            zip_code=take(f"addresses[{place}].zip_code", f"addr{place + 1}_zip"),
            country=take(f"addresses[{place}].country", f"addr{place + 1}_country"),
        )
        for place in range(3)
    ]
    payment = item(
        {"method": "CREDIT"},
        card_brand=take("payments[0].card_brand", "Card Brand", str.upper),
        last_four=take("payments[0].last_four", "Card Last4", lambda text: last_four(text.strip("'"))),
        expiry_month=take("payments[0].expiry_month", "Card Month", MONTH),
        expiry_year=take("payments[0].expiry_year", "Card Year", YEAR),
    )
    return _items(addresses=addresses, payments=[payment])


def judge_loyalty(row: Row) -> Identity:
    """Judge a row of loyalty.parquet, each value as text, by mappings/sample_loyalty.yaml."""
    take = row.take
    member = take("external_id", "member_no", cards=False)
    country = take("country", "country")
    row.body = filled(
        external_id=member,
        first_name=take("first_name", "given_name"),
        second_name=take("second_name", "middle_name"),
        last_name=take("last_name", "family_name"),
        second_last_name=take("second_last_name", "second_family_name"),
        email=take("email", "email", email, required=True),
        dob=take("dob", "birth_date", day("%Y-%m-%d")),
        gender=take("gender", "sex", listed(GENDERS, "enum")),
        country=country,
        city=take("city", "city"),
        phone=take("phone", "mobile", drop=True, cards=False),
        phone_verified=take("phone_verified", "phone_ok", words({"true"}, {"false"})),
        channel="loyalty",
        created_at=take("created_at", "joined_at", moment("%Y-%m-%dT%H:%M:%S%z")),
        tags=filled(
            tier=take("tags.tier", "tier", listed({"gold": "A", "silver": "B", "bronze": "C"})),
            points=take("tags.points", "points", number()),
            balance=take("tags.balance", "balance", number()),
            rating=take("tags.rating", "rating", number()),
            opted_in=take("tags.opted_in", "opted_in", words({"true"}, {"false"})),
            active=take("tags.active", "active", words({"active"}, {"lapsed"})),
            visits=take("tags.visits", "visits", number()),
            referrer=take("tags.referrer", "referrer", matched("^member:([0-9]+)$")),
            store=take("tags.store", "store_id"),
        ),
        **_items(
            addresses=[item({"alias": "home"}, street_1=take("addresses[0].street_1", "street"))],
            payments=[
                item(
                    {"method": "CREDIT"},
                    last_four=take("payments[0].last_four", "card_digits", last_four),
                    expiry_month=take("payments[0].expiry_month", "card_month", MONTH),
                    expiry_year=take("payments[0].expiry_year", "card_year", YEAR),
                )
            ],
        ),
    )
    key = None if member is None or country is None else f'["{country}","{member}"]'
    return take("id", "contact_id", uuid, cards=False), key


def _items(**lists: list[dict[str, object]]) -> dict[str, object]:
    return {name: [entry for entry in entries if entry] for name, entries in lists.items()}


JUDGES: dict[str, Callable[[Row], Identity]] = {
    "crm_es.csv": judge_crm,
    "shop_en.csv": judge_shop,
    "loyalty.parquet": judge_loyalty,
}
