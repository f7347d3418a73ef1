"""Exports of two CRMs: Salesforce's Contact.csv as Data Loader writes it, and HubSpot's contacts."""

from random import Random

from export import Case, Record, break_rows, case, repeat_cell
from people import COMPANIES, chance
from ready_people import Person, somebody

SALESFORCE_HEADER = (
    "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,Name,OtherStreet,OtherCity,OtherState,"
    "OtherPostalCode,OtherCountry,MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,Phone,Fax,"
    "MobilePhone,HomePhone,OtherPhone,AssistantPhone,ReportsToId,Email,Title,Department,AssistantName,LeadSource,"
    "Birthdate,Description,OwnerId,HasOptedOutOfEmail,HasOptedOutOfFax,DoNotCall,CreatedDate,CreatedById,"
    "LastModifiedDate,LastModifiedById,SystemModstamp"
)
HUBSPOT_HEADER = (
    "Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company,Country/Region,"
    "Contact owner"
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

SALESFORCE_CASES = [
    case("external_id|pattern", Id="0035g00000ABcdE"),
    case("key|required", Id=""),
    case("tags.deleted|values", IsDeleted="true"),
    case("email|email", Email="no-at-sign.example.com"),
    case("created_at|datetime", CreatedDate="2024-02-30T10:00:00.000Z"),
    case("tags.description|card_number", Description="paid with 4111 1111 1111 1111"),
    case(Birthdate="1066-10-14"),
    case(MobilePhone="ext. 12"),
    case(MailingCountry="Atlantis"),
]
HUBSPOT_CASES = [
    Case({"Record ID": "5.12E+11"}, ("external_id|pattern",)),
    Case({"Record ID": ""}, ("key|required",)),
    Case({"Email": "two words@example.com"}, ("email|email",)),
    Case({"Create Date": "15/3/2024 14:30"}, ("created_at|datetime",)),
    Case({"Phone Number": "n/a"}, ()),
    Case({"Country/Region": "LATAM"}, ()),
]


def salesforce(rng: Random) -> list[Record]:
    """Give the records of Contact.csv: long ids, API names, streets of two lines, times with fractions."""
    records = [Record(_salesforce(somebody(number, rng), rng)) for number in range(1, 45)]
    rest = break_rows(records, SALESFORCE_CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "Id")
    rest.pop().cells.update(
        {"Birthdate": "", "MailingStreet": "", "MailingCity": "", "MailingCountry": "", "Email": ""}
    )
    return records


def hubspot(rng: Random) -> list[Record]:
    """Give the records of a HubSpot export, whose dates are written in two ways, as two accounts write them."""
    records = [Record(_hubspot(somebody(number, rng), rng)) for number in range(1, 33)]
    rest = break_rows(records, HUBSPOT_CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "Record ID", ("{}", " {}"))
    return records


def _salesforce_id(kind: str, rng: Random) -> str:
    return (
        f"{kind}5g00000{''.join(rng.choice(LETTERS) for _ in range(5))}{''.join(rng.choice('ABQRI') for _ in range(3))}"
    )


def _salesforce(person: Person, rng: Random) -> dict[str, str]:
    year, month, day, hour, minute = person.since
    at = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:07.000Z"
    place = person.place
    owner = "0055g00000Owner1AAB"
    told = {
        "Id": _salesforce_id("003", rng),
        "IsDeleted": "false",
        "AccountId": _salesforce_id("001", rng) if chance(0.7, rng) else "",
        "LastName": person.last,
        "FirstName": person.first,
        "Salutation": rng.choice(("Ms.", "Dr.", "") if person.woman else ("Mr.", "Dr.", "")),
        "Name": f"{person.first} {person.last}",
        "MailingStreet": person.street + rng.choice(("", "\nApto 402", "\r\nPiso 3")),
        "MailingCity": place.city,
        "MailingState": place.state,
        "MailingPostalCode": place.zip_code,
        "MailingCountry": rng.choice((place.country, place.code)),
        "Phone": person.phone if chance(0.3, rng) else "",
        "MobilePhone": person.phone if chance(0.6, rng) else "",
        "Email": person.email,
        "Title": rng.choice(("Compras", "Gerente", "CEO", "")),
        "LeadSource": rng.choice(("Web", "Trade Show", "Partner Referral", "")),
        "Birthdate": "-".join(f"{part:02}" for part in person.born) if chance(0.5, rng) else "",
        "Description": rng.choice(("", "", 'Asked for "the usual",\nthen left', "VIP; prefers email")),
        "OwnerId": owner,
        "HasOptedOutOfEmail": rng.choice(("false", "false", "true")),
        "HasOptedOutOfFax": "false",
        "DoNotCall": rng.choice(("false", "false", "true")),
        "CreatedDate": at,
        "CreatedById": owner,
        "LastModifiedDate": at,
        "LastModifiedById": owner,
        "SystemModstamp": at,
    }
    if chance(0.2, rng):
        told |= {"OtherStreet": "Km 5", "OtherCity": place.city, "OtherCountry": place.code}
    return {column: told.get(column, "") for column in SALESFORCE_HEADER.split(",")}


def _hubspot(person: Person, rng: Random) -> dict[str, str]:
    year, month, day, hour, minute = person.since
    half = f"{hour % 12 or 12}:{minute:02} {'AM' if hour < 12 else 'PM'}"  # noqa: PLR2004  # noon
    dates = (f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}", f"{month}/{day}/{year} {half}")
    told = {
        "Record ID": str(512345678000 + person.number * 37),
        "First Name": person.first,
        "Last Name": person.last,
        "Email": person.email if chance(0.9, rng) else "",
        "Phone Number": person.phone if chance(0.7, rng) else "",
        "Lead Status": rng.choice(("NEW", "OPEN", "IN_PROGRESS", "UNQUALIFIED", "")),
        "Create Date": dates[person.number % 4 == 0],
        "Associated Company": ";".join(rng.sample(COMPANIES, rng.randrange(3))),
        "Country/Region": person.place.country if chance(0.8, rng) else "",
        "Contact owner": rng.choice(("Zoë Ashdown (zoe@example.com)", "")),
    }
    return {column: told[column] for column in HUBSPOT_HEADER.split(",")}
