"""Exports of two address books, Google Contacts and Outlook for Windows, and a file for the template."""

from random import Random

from export import Case, Record, break_rows, case, repeat_cell
from people import COMPANIES, chance
from ready_people import Person, latin, somebody

GOOGLE_HEADER = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,"
    "Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,"
    "Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,"
    "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,"
    "Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Website 1 - Label,Website 1 - Value"
)
OUTLOOK_HEADER = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business Street 2,"
    "Business Street 3,Business City,Business State,Business Postal Code,Business Country/Region,Home Street,"
    "Home Street 2,Home Street 3,Home City,Home State,Home Postal Code,Home Country/Region,Other Street,Other Street 2,"
    "Other Street 3,Other City,Other State,Other Postal Code,Other Country/Region,Assistant's Phone,Business Fax,"
    "Business Phone,Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,Home Phone,Home Phone 2,ISDN,"
    "Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,Radio Phone,TTY/TDD Phone,Telex,Account,Anniversary,"
    "Assistant's Name,Billing Information,Birthday,Business Address PO Box,Categories,Children,Directory Server,"
    "E-mail Address,E-mail Type,E-mail Display Name,E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,"
    "E-mail 3 Address,E-mail 3 Type,E-mail 3 Display Name,Gender,Government ID Number,Hobby,Home Address PO Box,"
    "Initials,Internet Free Busy,Keywords,Language,Location,Manager's Name,Mileage,Notes,Office Location,"
    "Organizational ID Number,Other Address PO Box,Priority,Private,Profession,Referred By,Sensitivity,Spouse,User 1,"
    "User 2,User 3,User 4,Web Page"
)
GOOGLE_CASES = [
    Case({"E-mail 1 - Value": "", "E-mail 1 - Label": ""}, ("key|required",)),
    Case({"E-mail 1 - Value": "ana at example.com"}, ("email|email",)),
    case("tags.notes|card_number", Notes="4111 1111 1111 1111 exp 05/27"),
    case("first_name|control", **{"First Name": "A\x07na"}),
    case(Birthday="--07-22"),
    Case({"Address 1 - Country": "Narnia"}, ()),
]
OUTLOOK_CASES = [
    Case({"E-mail Address": ""}, ("key|required",)),
    Case({"E-mail Address": "/o=ExchangeLabs/cn=Recipients/cn=ana", "E-mail Type": "EX"}, ("email|email",)),
    case("gender|enum", Gender="Other"),
    case("tags.notes|card_number", Notes="his card:\r\n5500 0055 5555 5559"),
    case(Birthday="22/7/1984"),
]


def google(rng: Random) -> list[Record]:
    """Give the records of Google: lists joined with ` ::: `, starred labels, birthdays without a year."""
    records = [Record(_google(somebody(number, rng), rng)) for number in range(1, 35)]
    rest = break_rows(records, GOOGLE_CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "E-mail 1 - Value", ("{}", "{} ::: another@example.org"))
    return records


def outlook(rng: Random) -> list[Record]:
    """Give the records of Outlook: 92 columns, all quoted, empty dates as 0/0/00, line breaks in streets and notes."""
    records = [Record(_outlook(somebody(number, rng), rng)) for number in range(1, 33)]
    rest = break_rows(records, OUTLOOK_CASES, rng)
    repeat_cell([rest.pop(), rest.pop()], "E-mail Address")
    return records


def _google(person: Person, rng: Random) -> dict[str, str]:
    place = person.place
    groups = ["* myContacts", *rng.sample(("* friends", "Taller", "Clientes"), rng.randrange(3))]
    told = {
        "First Name": person.first,
        "Middle Name": "del Carmen" if person.woman and chance(0.2, rng) else "",
        "Last Name": person.last,
        "Nickname": rng.choice(("", "", "Nena 🌸")),
        "Organization Name": rng.choice(("", "", *COMPANIES)),
        "Birthday": "-".join(f"{part:02}" for part in person.born) if chance(0.4, rng) else "",
        "Notes": rng.choice(("", "", "met at the fair,\nlikes ñandúes")),
        "Labels": " ::: ".join(groups),
        "E-mail 1 - Label": rng.choice(("* Home", "* Work", "* ")),
        "E-mail 1 - Value": person.email + (f" ::: second{person.number}@example.org" if chance(0.15, rng) else ""),
        "Phone 1 - Label": "Mobile",
        "Phone 1 - Value": person.phone + (" ::: +573105550199" if chance(0.15, rng) else ""),
    }
    if chance(0.2, rng):
        told |= {"E-mail 2 - Label": "Work", "E-mail 2 - Value": f"work{person.number}@example.com"}
    if chance(0.5, rng):
        told |= {
            "Address 1 - Label": "* Home",
            "Address 1 - Formatted": f"{person.street}\n{place.city}\n{place.code}",
            "Address 1 - Street": person.street,
            "Address 1 - City": place.city,
            "Address 1 - Region": place.state,
            "Address 1 - Postal Code": place.zip_code,
            "Address 1 - Country": place.code,
        }
    return {column: told.get(column, "") for column in GOOGLE_HEADER.split(",")}


def _outlook(person: Person, rng: Random) -> dict[str, str]:
    place = person.place
    year, month, day = person.born
    first, last = latin(person.first), latin(person.last)
    told = {
        "Title": rng.choice(("", "Dr.")),
        "First Name": first,
        "Last Name": last,
        "Company": rng.choice(("", *COMPANIES)),
        "Mobile Phone": person.phone if chance(0.6, rng) else "",
        "Business Phone": person.phone if chance(0.3, rng) else "",
        "Anniversary": "0/0/00",
        "Birthday": f"{month}/{day}/{year}" if chance(0.5, rng) else "0/0/00",
        "Categories": ";".join(rng.sample(("Clientes", "Proveedores", "Amigos"), rng.randrange(3))),
        "E-mail Address": person.email,
        "E-mail Type": "SMTP",
        "E-mail Display Name": f"{first} {last} ({person.email})",
        "Gender": rng.choice(("Unspecified", "Female" if person.woman else "Male")),
        "Initials": f"{first[:1]}.{last[:1]}.",
        "Notes": rng.choice(("", "", "met at the fair,\r\nlikes ñandúes\r\n")),
        "Priority": "Normal",
        "Private": "False",
        "Sensitivity": "Normal",
    }
    for kind in rng.sample(("Home", "Business"), rng.randrange(3)):
        told |= {
            f"{kind} Street": person.street + rng.choice(("", "\r\nApto 402")),
            f"{kind} City": place.city,
            f"{kind} State": place.state,
            f"{kind} Postal Code": place.zip_code,
            f"{kind} Country/Region": place.country,
        }
    return {column: told.get(column, "") for column in OUTLOOK_HEADER.split(",")}
