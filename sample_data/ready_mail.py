"""Exports of a web shop and two mailing services: Shopify's customers, a Mailchimp audience, Brevo's contacts."""

from random import Random

from export import Case, Record, break_rows, case, repeat_cell
from people import COMPANIES, chance
from ready_people import Person, somebody

SHOPIFY_HEADER = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags"
)
MAILCHIMP_HEADER = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
BREVO_HEADER = "EMAIL,LASTNAME,FIRSTNAME,SMS,EMAIL_BLACKLISTED,SMS_BLACKLISTED,ADDED_TIME,MODIFIED_TIME"

SHOPIFY_CASES = [
    Case({"Customer ID": "'"}, ("key|required",)),
    Case({"Email": "dots..twice@example.com"}, ("email|email",)),
    Case({"Accepts Email Marketing": "maybe"}, ("tags.accepts_email|boolean",)),
    Case({"Total Spent": "USD 12"}, ("tags.total_spent|number",)),
    Case({"Note": "card 5500005555555559"}, ("tags.note|card_number",)),
    Case({"Phone": "'12"}, ()),
    Case({"Default Address Country Code": "XX", "Phone": ""}, ()),
]
MAILCHIMP_CASES = [
    Case({"Email Address": ""}, ("email|required",)),
    Case({"Email Address": "someone@shop.invalid"}, ("email|email",)),
    case("tags.rating|number", MEMBER_RATING="four"),
    case("tags.rating|range", MEMBER_RATING="9"),
    case("created_at|datetime", OPTIN_TIME="08/06/2023 10:15"),
    case("key|required", LEID=""),
]
BREVO_CASES = [
    case("key|required", EMAIL=""),
    case("email|email", EMAIL="no-at-sign.example.com"),
    case("created_at|datetime", ADDED_TIME="01-31-2024 20:00"),
    case("tags.email_blocked|boolean", EMAIL_BLACKLISTED="?"),
    case(SMS="0612"),
]


def shopify(rng: Random) -> list[Record]:
    """Give the records of Shopify: ids, postal codes and phones behind an apostrophe, tags joined in one cell."""
    records = [Record(_shopify(somebody(number, rng), rng)) for number in range(1, 37)]
    rest = break_rows(records, SHOPIFY_CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "Customer ID")
    return records


def mailchimp(rng: Random) -> list[Record]:
    """Give the records of Mailchimp: tags in quotes inside of quotes, times in UTC that don't say so."""
    records = [Record(_mailchimp(somebody(number, rng), rng)) for number in range(1, 31)]
    rest = break_rows(records, MAILCHIMP_CASES, rng)
    rest.pop().cells["OPTIN_TIME"] = ""
    return records


def brevo(rng: Random) -> list[Record]:
    """Give the records of Brevo: semicolons, the day first with dashes, phones without their plus."""
    records = [Record(_brevo(somebody(number, rng), rng)) for number in range(1, 31)]
    rest = break_rows(records, BREVO_CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "EMAIL", ("{}", " {}"))
    return records


def _shopify(person: Person, rng: Random) -> dict[str, str]:
    place = person.place
    lives = chance(0.85, rng)
    told = {
        "Customer ID": f"'72104483{person.number * 11:05d}",
        "First Name": person.first,
        "Last Name": person.last,
        "Email": person.email if chance(0.9, rng) else "",
        "Accepts Email Marketing": rng.choice(("yes", "no")),
        "Accepts SMS Marketing": rng.choice(("yes", "no")),
        "Phone": f"'{person.phone}" if chance(0.5, rng) else "",
        "Total Spent": f"{rng.randrange(400000) / 100:.2f}",
        "Total Orders": str(rng.randrange(60)),
        "Note": rng.choice(("", "", "Leave with neighbour,\nring twice", "🎁 wrap")),
        "Tax Exempt": "no",
        "Tags": ", ".join(rng.sample(("vip", "newsletter", "wholesale", "b2b"), rng.randrange(4))),
    }
    if lives:
        told |= {
            "Default Address Company": rng.choice(("", *COMPANIES)),
            "Default Address Address1": person.street,
            "Default Address Address2": rng.choice(("", "Apt. 4", "Piso 3")),
            "Default Address City": place.city,
            "Default Address Province Code": place.state,
            "Default Address Country Code": place.code,
            "Default Address Zip": f"'{place.zip_code}",
            "Default Address Phone": f"'{person.phone}" if chance(0.4, rng) else "",
        }
    return {column: told.get(column, "") for column in SHOPIFY_HEADER.split(",")}


def _mailchimp(person: Person, rng: Random) -> dict[str, str]:
    year, month, day, hour, minute = person.since
    at = f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}"
    tags = rng.sample(("VIP", "Blog", "Fair, 2024", "Ñandú"), rng.randrange(4))
    told = {
        "Email Address": person.email,
        "First Name": person.first if chance(0.7, rng) else "",
        "Last Name": person.last if chance(0.6, rng) else "",
        "MEMBER_RATING": str(rng.randrange(1, 6)),
        "OPTIN_TIME": f"{at}:11",
        "OPTIN_IP": f"192.0.2.{person.number}",
        "CONFIRM_TIME": f"{at}:52",
        "CONFIRM_IP": f"192.0.2.{person.number}",
        "LATITUDE": "4.6097",
        "LONGITUDE": "-74.0817",
        "GMTOFF": "-5",
        "DSTOFF": "-5",
        "TIMEZONE": "America/Bogota",
        "CC": person.place.code,
        "REGION": person.place.state,
        "LAST_CHANGED": f"{at}:59",
        "LEID": str(104483000 + person.number * 11),
        "EUID": f"{rng.getrandbits(40):010x}",
        "NOTES": rng.choice(("", "", "2024-03-01 12:00:00: met at the fair")),
        "TAGS": ",".join(f'"{tag}"' for tag in tags),
    }
    return {column: told[column] for column in MAILCHIMP_HEADER.split(",")}


def _brevo(person: Person, rng: Random) -> dict[str, str]:
    year, month, day, hour, minute = person.since
    at = f"{day:02}-{month:02}-{year} {hour:02}:{minute:02}"
    told = {
        "EMAIL": person.email,
        "LASTNAME": person.last,
        "FIRSTNAME": person.first,
        "SMS": person.phone.removeprefix("+") if chance(0.6, rng) else "",
        "EMAIL_BLACKLISTED": rng.choice(("0", "0", "1")),
        "SMS_BLACKLISTED": rng.choice(("0", "0", "1")),
        "ADDED_TIME": at,
        "MODIFIED_TIME": at,
    }
    return {column: told[column] for column in BREVO_HEADER.split(",")}
