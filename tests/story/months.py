"""A bakery's customer list, month by month: made-up people who join, leave, move and change.

Imports nothing of the importer. Everything comes from one seed, so the figures in docs/story.md are always these.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from random import Random

Row = dict[str, str]
People = dict[str, Row]
"""A customer's cells by customer number, in the order of the export."""

COLUMNS = (
    *("Customer No", "First name", "Second name", "Last name", "Email", "Mobile", "City", "Birthday"),
    *("Newsletter", "Tier", "Status", "Street", "Shop", "Channel"),
)
FIRST = ("Ana", "Bruno", "Camila", "Diego", "Elena", "Félix", "Gabriela", "Hugo", "Inés", "Joaquín", "Karen", "Ñusta")
LAST = (
    "Álvarez",
    "Bello",
    "Cano",
    "Díaz",
    "Espinosa",
    "Flórez",
    "García",
    "Hoyos",
    "Ibáñez",
    "Jaimes",
    "Luna",
    "Muñoz",
)
CITIES = ("Cali", "Bogotá", "Medellín", "Pasto", "Tunja", "Neiva")
STREETS = ("Calle 5 # 10-22", "Carrera 7 # 71-21", "Avenida 3N # 8-24", "Calle 100, apto. 301")
BAD_EMAILS, BAD_BIRTHDAY, BAD_PHONES = ("B0017", "B0101"), "B0140", ("B0033", "B0077")
VERIFIED = ("B0004", "B0008", "B0012", "B0016", "B0020", "B0024")
"""Whose record the support team corrects in the target in January; the first three change in February as well."""
VERIFIED_IN_MAY = ("B0040", "B0041", "B0042")
LOST = {"B0274": True, "B0276": True, "B0279": False}
"""The creates of May whose answers never come, and whether the target had stored them."""
REFUSED_IN_JUNE, LOST_IN_JUNE, REJECTED_IN_JUNE = "B0290", "B0291", "B0288"

NOT_SENT_SINCE_MARCH = "B0062"
EDITED_THERE = ("B0050", NOT_SENT_SINCE_MARCH, "B0063", "B0066")
"""Whose city somebody changes in the target by the end of June; that of the first changes in the CRM as well."""
SECOND_NAMED = ("B0058", "B0059")
"""Who alone have a second name, which is mapped from March on for new contacts only."""
DELETED_THERE, TWIN = "B0064", "B0065"


class Shop:
    """The CRM: who is a customer now. Months are asked for one after the other."""

    def __init__(self) -> None:
        self.people: People = {}
        self._random = Random(8)  # noqa: S311  # made-up rows, no secret
        self._number = 0

    def january(self) -> People:
        """240 customers, five of them with a cell that is wrong."""
        self._join(240)
        for key in BAD_EMAILS:
            self.people[key]["Email"] = self.people[key]["Email"].replace("@", " at ")
        self.people[BAD_BIRTHDAY]["Birthday"] = "31/02/1990"
        for key in BAD_PHONES:
            self.people[key]["Mobile"] = "ask her son"
        return self._export()

    def mend(self, row: Row) -> None:
        """Correct what was rejected, in the CRM and in a row of the reject file alike."""
        for one in (row, self.people[row["Customer No"]]):
            one["Email"] = one["Email"].replace(" at ", "@")
            one["Birthday"] = "28/02/1990" if one["Birthday"] == "31/02/1990" else one["Birthday"]

    def february(self) -> People:
        """Ten leave, 23 change, twelve join."""
        self._leave(10)
        self._change(20)
        for key in VERIFIED[:3]:
            self.people[key]["Tier"] = "silver" if self.people[key]["Tier"] == "gold" else "gold"
        self._join(12)
        return self._export()

    def march(self) -> People:
        """Eight change, five join."""
        self._change(8)
        self._join(5)
        return self._export()

    def april(self) -> People:
        """Four leave, fifteen change, ten join."""
        self._leave(4)
        self._change(15)
        self._join(10)
        return self._export()

    def may(self) -> People:
        """Twelve change, thirteen join."""
        self._change(12)
        self._join(13)
        for key in LOST:
            self.people[key]["Channel"] = ""
        return self._export()

    def june(self) -> People:
        """Ten change, nine join, one of them with a wrong email."""
        self._change(10)
        self._join(9)
        self.people[REJECTED_IN_JUNE]["Email"] = "none"
        return self._export()

    def late_june(self) -> People:
        """Two more join: one whom the target refuses, and one of whom nobody hears."""
        self._join(2)
        return self._export()

    def end_of_june(self) -> People:
        """Five cells change, two leave, two join: what the CRM holds on the last day."""
        self.mend_email(REJECTED_IN_JUNE)
        for key in ("B0050", "B0051", "B0052", "B0053"):
            self.people[key]["City"] = "Leticia"
        for key in ("B0060", "B0061"):
            self.people.pop(key)
        self.people["B0070"]["Email"] = "none"
        self._join(2)
        return self._export()

    def mend_email(self, key: str) -> None:
        """Give a customer an address that can receive mail."""
        self.people[key]["Email"] = f"{key.lower()}@pan.example.com"

    def _export(self) -> People:
        return {key: dict(row) for key, row in self.people.items()}

    def _join(self, number: int) -> None:
        pick = self._random.choice
        for _ in range(number):
            self._number += 1
            key = f"B{self._number:04}"
            self.people[key] = {
                "Customer No": key,
                "First name": pick(FIRST),
                "Second name": "Lucía" if key in SECOND_NAMED else "",
                "Last name": pick(LAST),
                "Email": f"{pick(('', 'C.'))}{key}@Pan.example.com",
                "Mobile": pick(("", f"310 555 {self._number:04}", f"310555{self._number:04}")),
                "City": pick(("", *CITIES)),
                "Birthday": pick(
                    ("", f"{self._number % 28 + 1:02}/{self._number % 12 + 1:02}/19{pick(range(40, 99))}")
                ),
                "Newsletter": pick(("Y", "N", "")),
                "Tier": pick(("gold", "silver", "")),
                "Status": pick(("A", "A", "P")),
                "Street": pick(("", *STREETS)),
                "Shop": pick(("Centro", "Norte")),
                "Channel": pick(("till", "web", "")),
            }

    def _leave(self, number: int) -> None:
        for key in self._random.sample(self._old(), number):
            self.people.pop(key)

    def _change(self, number: int) -> None:
        for key in self._random.sample(self._old(), number):
            row = self.people[key]
            column = self._random.choice(("City", "Mobile", "Tier", "Status", "Street", "Email"))
            if column == "Email":
                row["Email"] = f"new.{row['Email']}"
            elif column == "Mobile":
                row["Mobile"] = "" if row["Mobile"] else f"310 556 {key[1:]}"
            elif column == "Status":
                row["Status"] = "P" if row["Status"] == "A" else "A"
            else:
                others = {"City": ("", *CITIES), "Tier": ("", "gold", "silver"), "Street": STREETS}[column]
                row[column] = self._random.choice([one for one in others if one != row[column]])

    def _old(self) -> list[str]:
        """Give those who joined by March and have no part of their own in the story."""
        told = {*VERIFIED, *VERIFIED_IN_MAY, *BAD_EMAILS, BAD_BIRTHDAY, *BAD_PHONES}
        kept = {f"B{number:04}" for number in range(50, 76)}
        return [key for key in self.people if key not in told | kept and key <= "B0257"]


def broken_off(people: People) -> People:
    """Give the first half of a list, as of an export that stopped, without one mobile number."""
    some = list(people)[: len(people) // 2]
    return {key: people[key] | {"Mobile": ""} for key in some}


def sorted_alone(people: People) -> People:
    """Give a list in which somebody sorted the column of cities, and only that."""
    cities = sorted(row["City"] for row in people.values())
    return {key: row | {"City": city} for (key, row), city in zip(people.items(), cities, strict=True)}


def write_export(path: Path, rows: Iterable[Row]) -> None:
    """Write a list as the CRM exports it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
