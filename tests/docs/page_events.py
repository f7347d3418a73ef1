"""What happens meanwhile in the pages that are typed: at the target, in the spreadsheet, in the folder of exports."""

import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from faults import ANSWER, Act, cut
from program import REPOSITORY, account, environment
from target import Received, Target

Events = dict[str, Callable[[], None]]
MENDED = {"rosa.x.example.com": "rosa@x.example.com", "31/02/1999": "28/02/1999"}
"""What is wrong in the small exports of the pages, and what it should be."""
FIELDS = ("external_id", "first_name", "last_name", "email", "city")
"""What the target's own export tells beside the id."""


class Around:
    """Ana's folder and the target, and what is done there while she reads."""

    def __init__(self, folder: Path, target: Target) -> None:
        self.folder, self.target = folder, target
        self.clock = 1_700_000_000

    def events(self, names: set[str]) -> Events:
        """Give what a page names; the page tells where."""
        return {name: getattr(self, f"on_{name}") for name in names}

    def on_in_a_clone(self) -> None:
        """Stand where the sample data is."""
        (self.folder / "sample_data").symlink_to(REPOSITORY / "sample_data")

    def on_mended(self) -> None:
        """Mend the newest reject file in a text editor."""
        path = self._newest_rejects()
        text = path.read_bytes().decode("utf-8")
        for wrong, right in MENDED.items():
            text = text.replace(wrong, right)
        path.write_bytes(text.encode("utf-8"))

    def on_mended_in_a_spreadsheet(self) -> None:
        """Mend it, and save it as a Spanish Excel does: with semicolons, in the letters of Windows."""
        path = self._newest_rejects()
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[MENDED.get(cell, cell) for cell in row] for row in csv.reader(file)]
        with path.open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)

    def on_answers_are_cut(self) -> None:
        """Lose the answers to Eva, who is stored, and to Juan, who is not."""
        self.target.script = _lose({"0042": True, "0055": False})

    def on_line_is_good(self) -> None:
        """Answer as ever."""
        self.target.script = ()

    def on_target_exports(self) -> None:
        """Write all contacts as the target's own export has them."""
        with (self.folder / "contacts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Contact Id", "Reference", "First name", "Last name", "Mail", "Town"])
            writer.writerows(
                [contact_id, *(contact.get(name) for name in FIELDS)]
                for contact_id, contact in self.target.contacts.items()
            )

    def on_support_moves_luis(self) -> None:
        """Let somebody change a contact in the target itself."""
        (luis,) = [one for one in self.target.contacts.values() if one["external_id"] == "0019"]
        luis["city"] = "Tunja"

    def on_somebody_joins_there(self) -> None:
        """Let a contact appear in the target that no run sent."""
        self.target.contacts["7d0f2a52-58d6-4f0e-9f47-0d7c2b8d1a11"] = {"email": "web@x.example.com", "city": "Cali"}

    def on_november_comes(self) -> None:
        """Put a list of 60 customers into the folder."""
        self._list("november.csv", range(60), phone=True)

    def on_half_of_december_comes(self) -> None:
        """Put a list there that broke off, and in which the column of phones is empty."""
        self._list("december.csv", range(25), phone=False)

    def on_december_comes(self) -> None:
        """Put the whole list there."""
        self._list("december.csv", range(64), phone=True)

    def on_first_night(self) -> None:
        """Put the first file into the folder of exports."""
        self._nightly("2026-11-01", range(3))

    def on_two_more_nights(self) -> None:
        """Put two files there, the later with one customer more."""
        self._nightly("2026-11-02", range(4))
        self._nightly("2026-11-03", range(5))

    def _nightly(self, day: str, numbers: range) -> None:
        name = f"exports/customers-{day}.csv"
        (self.folder / "exports").mkdir(exist_ok=True)
        self._list(name, numbers, phone=True)
        self.clock += 86_400
        os.utime(self.folder / name, (self.clock, self.clock))

    def _list(self, name: str, numbers: range, *, phone: bool) -> None:
        rows = (
            f"{number:04},Ana,a{number}@x.example.com,{f'310555{number:04}' if phone else ''}\n" for number in numbers
        )
        (self.folder / name).write_text("Customer No,First name,E-mail,Mobile\n" + "".join(rows), "utf-8")

    def _newest_rejects(self) -> Path:
        found = (self.folder / "importer-state" / "runs").glob("*/rejects.csv")
        return max(found, key=lambda path: path.stat().st_mtime_ns)


def _lose(customers: Mapping[str, bool]) -> Callable[[Received], Act]:
    def decide(received: Received) -> Act:
        key = str(received.json.get("external_id")) if received.method == "POST" else ""
        return cut(commit=customers[key]) if key in customers else ANSWER

    return decide


def named_events(page: Path) -> set[str]:
    """Give the names of a page's events."""
    return set(re.findall("^<!-- event: (\\w+) -->$", page.read_text("utf-8"), re.MULTILINE))


@contextmanager
def playing(page: Path, folder: Path) -> Iterator[tuple[dict[str, str], Events]]:
    """Serve a target, and give the reader's environment and the page's events.

    A page whose commands all say `--sandbox`, or need no target, is read without an account.
    """
    names = named_events(page)
    with Target(put="merge") as target:
        real = "<!-- account -->" in page.read_text("utf-8")
        yield account(target.base_url) if real else environment(), Around(folder, target).events(names)
