"""What should come of each month, told by plain dicts: an opinion of its own, which shares no code with the importer.

It knows the mappings of docs/story.md by hand, what a PUT can mean, and what the importer promises of updates.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from months import People, Row

Contact = dict[str, Any]
DEFAULTS = {"email_verified": False, "is_anonymous": False, "phone_verified": False, "status": "ACTIVE"}
PLAIN = (
    *("external_id", "first_name", "second_name", "last_name", "second_last_name", "email", "dob", "gender"),
    *("country", "city", "phone", "source", "channel", "document_type", "document_number", "deleted_at"),
    *("tags", "addresses", "billing_info", "payments"),
)
ONLY_CREATED = ("source", "second_name")
COMPARED = ("first_name", "second_name", "last_name", "email", "city", "status")
"""What the target's own export tells of a contact."""
NOTHING: Contact = {**dict.fromkeys(PLAIN), **DEFAULTS}
"""A contact that was given nothing, without what the server alone decides."""


def read_row(row: Row, *, edited: bool) -> Contact:
    """Give what a create carries of a row; `edited`: by the mapping of March."""
    phone = row["Mobile"].replace(" ", "")
    tags: Contact = {"tier": row["Tier"], "newsletter": {"Y": True, "N": False, "": ""}[row["Newsletter"]]}
    if edited:
        tags["shop"] = row["Shop"]
    body: Contact = {
        "external_id": row["Customer No"],
        "first_name": row["First name"],
        "second_name": row["Second name"] if edited else "",
        "last_name": row["Last name"],
        "email": row["Email"].lower(),
        "dob": "-".join(reversed(row["Birthday"].split("/"))),
        "city": row["City"],
        "phone": f"+57{phone}" if phone.isdecimal() else "",
        "source": "bakery",
        "channel": row["Channel"] if edited else "",
        "status": {"A": "ACTIVE", "P": "PAUSED"}[row["Status"]],
        "tags": {name: value for name, value in tags.items() if value != ""},
        "addresses": [{"street_1": row["Street"]}] if row["Street"] else [],
    }
    return {name: value for name, value in body.items() if value not in ("", [], {})}


def reasons(row: Row) -> set[str]:
    """Give why a row is rejected."""
    found = set() if row["Email"].count("@") == 1 else {"email|email"}
    if row["Birthday"]:
        day, month, year = map(int, row["Birthday"].split("/"))
        try:
            date(year, month, day)
        except ValueError:
            found.add("dob|date")
    return found


def put(stored: Contact, body: Contact, meaning: str) -> Contact:
    """Give a contact as it stands after a PUT."""
    kept = {"replace": NOTHING, "defaults": stored | DEFAULTS, "merge": stored}[meaning]
    return deepcopy({**kept, **body})


def leaves(body: Contact) -> dict[str, Any]:
    """Give the values of a body by place, without blanks."""
    found = {name: value for name, value in body.items() if name not in ("tags", "addresses")}
    found |= {f"tags.{name}": value for name, value in (body.get("tags") or {}).items()}
    found |= {f"addresses[].{name}": value for item in body.get("addresses") or () for name, value in item.items()}
    return {place: value for place, value in found.items() if value is not None}


@dataclass
class Customer:
    """What is known of one customer whom a run sent."""

    said: Contact | None
    """What the row said when it last landed; None where the last sending did not surely land."""
    body: Contact
    """What last landed."""
    answer: Contact | None
    """The target's last answer."""
    row: Row | None = None
    edited: bool = False
    run: int = 0
    """The number of the sending that landed last."""


@dataclass
class World:
    """The target, and what was sent to it."""

    meaning: str
    contacts: dict[str, Contact] = field(default_factory=dict)
    """What the target holds, by customer number."""
    known: dict[str, Customer] = field(default_factory=dict)
    pending: dict[str, Contact] = field(default_factory=dict)
    """What was sent of customers whose create got no answer."""
    edited: bool = False
    """Whether the mapping is that of March."""
    twins: set[str] = field(default_factory=set)
    """Customers whom the target holds twice."""
    runs: int = 0
    """How often something was sent."""
    deleted: set[int] = field(default_factory=set)
    """Sendings whose files somebody has deleted."""
    ended: dict[str, str] = field(default_factory=dict)
    """How each customer's row ended when it was last read."""
    before: tuple[dict[str, Contact], dict[str, Customer]] = field(default_factory=lambda: ({}, {}))
    """Contacts and customers as they were before the last run."""

    def actions(self, people: People) -> dict[str, str]:
        """Give what is to be done with each row."""
        return {key: self._action(key, row) for key, row in people.items()}

    def _action(self, key: str, row: Row) -> str:
        if reasons(row):
            return "rejected"
        if key in self.pending:
            return "held"
        if key not in self.known:
            return "create"
        customer = self.known[key]
        same = customer.said == read_row(row, edited=self.edited)
        return "update" if not same or self._fills(customer, row) else "unchanged"

    def _fills(self, customer: Customer, row: Row) -> bool:
        """Whether the target is known to have a blank channel that the row has, and that was not tried last."""
        blank = self.edited and customer.answer is not None and not customer.answer["channel"]
        return bool(blank and row["Channel"]) and customer.body.get("channel") != row["Channel"]

    def update_body(self, key: str, row: Row) -> Contact:
        """Give what an update carries."""
        customer = self.known[key]
        body = read_row(row, edited=self.edited)
        for name in ONLY_CREATED:
            body.pop(name, None)
        body.setdefault("city", None)
        if not self.edited:
            return body
        if customer.answer is None or customer.answer["channel"]:
            body.pop("channel", None)
        known = customer.body if customer.answer is None else customer.answer
        known = {name: value for name, value in known.items() if value not in (None, "", [], {})}
        tags = {**known.get("tags", {}), **body.get("tags", {})}
        return {**known, **body} | ({"tags": tags} if tags else {})

    def send(
        self, people: People, *, lost: dict[str, bool] | None = None, refused: frozenset[str] = frozenset()
    ) -> dict[str, str]:
        """Send a list and give the state in which each row ends."""
        self.before = deepcopy((self.contacts, self.known))
        self.runs += 1
        actions = self.actions(people)
        states = {key: self._send(key, row, actions[key], lost or {}, refused) for key, row in people.items()}
        self.ended |= states
        return states

    def _send(self, key: str, row: Row, action: str, lost: dict[str, bool], refused: frozenset[str]) -> str:
        if action not in ("create", "update"):
            return {"held": "unknown"}.get(action, action)
        if key in refused:
            return "failed"
        said = read_row(row, edited=self.edited)
        if action == "create":
            body = said
            if lost.get(key, True):
                self.contacts[key] = deepcopy(NOTHING | body)
            if key in lost:
                self.pending[key] = body
                return "unknown"
        else:
            body = self.update_body(key, row)
            self.contacts[key] = put(self.contacts[key], body, self.meaning)
        self.known[key] = Customer(said, body, deepcopy(self.contacts[key]), row, self.edited, self.runs)
        return f"{action}d"

    def resolve(self) -> Counter[str]:
        """Settle the pending creates from an export of all that the target holds."""
        found = {key: body for key, body in self.pending.items() if key in self.contacts}
        endings = Counter({"found": len(found), "absent": len(self.pending) - len(found)})
        self.known |= {key: Customer(None, body, None) for key, body in found.items()}
        self.pending.clear()
        return endings

    def undo(self) -> dict[str, str]:
        """Take the last run back; give what becomes of each row that it sent."""
        _, known = self.before
        self.runs += 1
        endings = {}
        for key, customer in self.known.items():
            if key not in known:
                endings[key] = "created"
            elif customer != known[key] and _says_what_stood(customer.body, known[key]):
                endings[key] = "as_before"
            elif customer != known[key]:
                endings[key] = "put_back"
                # As they stood when the target last told, which is all that anybody here can know.
                stood = known[key].answer
                assert stood is not None
                self.contacts[key] = {**stood, "tags": stood["tags"] or None}
                self.known[key] = replace(known[key], run=self.runs)
        return endings

    def changes(self, people: People) -> dict[str, dict[str, int]]:
        """Give by field in how many rows the updates set, change, clear or leave it out."""
        found: dict[str, Counter[str]] = {}
        for key, action in self.actions(people).items():
            if action != "update":
                continue
            customer, body = self.known[key], self.update_body(key, people[key])
            old, new = leaves(customer.body), leaves(body)
            told = {place: value for place, value in leaves(customer.answer or {}).items() if "[" not in place}
            for place in {*old, *new, *body} - {"tags", "addresses"}:
                how = _how(place, {**told, **old}, old, new, body)
                if how:
                    found.setdefault(place, Counter())[how] += 1
        return {place: dict(counts) for place, counts in found.items()}

    def because(self, people: People) -> Counter[str]:
        """Give how many updates are due to an edit of the mapping, and how many to the data."""
        updates = [key for key, action in self.actions(people).items() if action == "update"]
        return Counter(
            "mapping" if self.known[key].edited != self.edited and self.known[key].row == people[key] else "data"
            for key in updates
        )

    def compare(self, people: People) -> Counter[tuple[str, ...]]:
        """Give class, cause, customer and field of all that is not the same in the CRM and in the target."""
        # Whom the ledger knows is joined with that contact; the other one of the same customer could be anybody.
        found: Counter[tuple[str, ...]] = Counter(("ambiguous", "", key, "") for key in self.twins)
        for key in {**people, **self.contacts}:
            row, contact = people.get(key), self.contacts.get(key)
            if row and reasons(row):
                found["rejected", "rejected", key, ""] += 1
            elif row and contact:
                found.update(self._differences(key, read_row(row, edited=True), contact))
            elif row:
                ended = self.ended.get(key, "never_sent")
                gone = key in self.known
                found["only_here", "gone_there" if gone else ended, key, ""] += 1
            else:
                found["only_there", "gone_here" if key in self.known else "never_sent", key, ""] += 1
        return found

    def _differences(self, key: str, here: Contact, there: Contact) -> list[tuple[str, ...]]:
        return [
            ("different", self._cause(key, name, here.get(name), there[name]), key, name)
            for name in COMPARED
            if here.get(name) != there[name]
        ]

    def _cause(self, key: str, name: str, here: object, there: object) -> str:
        if self.known[key].run in self.deleted:
            return "forgotten"
        landed = self.known[key].body.get(name)
        if name in ONLY_CREATED and landed is None and there is None:
            return "left_out"
        return "changed_both" if landed not in (here, there) else "changed_here" if there == landed else "changed_there"


def _says_what_stood(body: Contact, before: Customer) -> bool:
    """Tell whether a body says nothing but what stood there, and all that the one before it said."""
    said, said_before = leaves(body), leaves(before.body)
    stood = {**leaves(before.answer or {}), **said_before}
    return said_before.keys() <= said.keys() and all(stood.get(place) == value for place, value in said.items())


def _how(place: str, before: Contact, old: Contact, new: Contact, body: Contact) -> str | None:
    if place in body and body[place] is None:
        return "cleared" if place in before else None
    if place not in new:
        return "left_out" if place in old and place not in (*ONLY_CREATED, "channel") else None
    if place not in before:
        return "set"
    return "changed" if before[place] != new[place] else None
