"""A file with the columns that mappings/template.yaml names, for those who write their mapping by hand."""

from random import Random

from export import Case, Record, break_rows, repeat_cell
from people import COMPANIES, chance
from ready_people import Person, somebody

HEADER = (
    "Contact ID,Customer No,First Name,Second Name,Last Name,Second Last Name,Email,Other Email,Email Verified,Mobile,"
    "Mobile Verified,Birthday,Sex,Country,City,Document Type,Document No,Status,Campaign,Channel,Created,Points,"
    "Club Card,Interests,Settings,Note,Branch,Street,Street 2,House No,Reference,Zip,State,addr1_street,addr1_city,"
    "addr2_street,addr2_city,Company,Tax No,Billing Street,Billing Street 2,Billing House No,Billing City,"
    "Billing State,Billing Country,Billing Zip,Billing Phone,Billing Email,Method,Card,Card Holder,Card Brand,Expires"
)
CASES = [
    Case({"First Name": ""}, ("first_name|required",)),
    Case({"Email": "", "Other Email": ""}, ("email|required",)),
    Case({"Sex": "X"}, ("gender|enum",)),
    Case({"Document Type": "XX"}, ("document_type|one_of",)),
    Case({"Settings": '{"theme": '}, ("tags.settings|json",)),
    Case({"Points": "-1"}, ("tags.points|range",)),
    Case({"Country": "Atlantis"}, ("country|country", "addresses[0].country|country")),
    Case({"Method": "credit", "Card": "4242424242424242"}, ("payments[0].last_four|card_number",)),
    Case({"Birthday": "31/02/84"}, ()),
]


def template(rng: Random) -> list[Record]:
    """Give the records of the template's file."""
    records = [Record(_customer(somebody(number, rng), rng)) for number in range(1, 53)]
    rest = break_rows(records, CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "Customer No", ("{}", "'{}"))
    return records


def _customer(person: Person, rng: Random) -> dict[str, str]:
    place = person.place
    year, month, day = person.born
    since = "{}-{:02}-{:02} {:02}:{:02}".format(*person.since)
    told = {
        "Customer No": f"{person.number:04}",
        "First Name": person.first.upper(),
        "Last Name": person.last,
        "Email": person.email,
        "Email Verified": rng.choice(("yes", "no", "")),
        "Mobile": person.phone,
        "Mobile Verified": rng.choice(("sí", "no", "")),
        "Birthday": rng.choice((f"{year}-{month:02}-{day:02}", f"{day:02}/{month:02}/{year % 100:02}", "-")),
        "Sex": rng.choice(("mujer" if person.woman else "hombre", "")),
        "Country": place.country,
        "City": place.city,
        "Status": rng.choice(("active", "inactive", "")),
        "Campaign": rng.choice(("feria", "NULL")),
        "Channel": rng.choice(("web", "store", "")),
        "Created": since,
        "Points": str(rng.randrange(2000)),
        "Club Card": f"LC-{rng.randrange(500)}" if chance(0.3, rng) else "",
        "Interests": " | ".join(rng.sample(("cine", "música", "viajes"), rng.randrange(4))),
        "Settings": rng.choice(('{"theme": "dark"}', "")),
        "Note": rng.choice(("", " ring twice")),
        "Branch": rng.choice(("BOG", "MDE")),
        "Street": person.street,
        "Zip": place.zip_code,
        "State": place.state,
    }
    if chance(0.3, rng):
        told |= {"addr1_street": "Km 5", "addr1_city": place.city}
    if chance(0.3, rng):
        told |= {
            "Company": rng.choice(COMPANIES),
            "Tax No": f"9001{rng.randrange(10**6):06}",
            "Billing Country": place.code,
        }
    if chance(0.4, rng):
        told |= {"Method": "credit", "Card": f"{rng.randrange(10000):04}", "Expires": f"{rng.randrange(1, 13):02}/29"}
    return {column: told.get(column, "") for column in HEADER.split(",")}
