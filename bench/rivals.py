"""What people write instead: one process each, to be timed beside the program by `suite.py`.

    python bench/rivals.py csv-pydantic FILE OUT          validate each row with pydantic, write bodies as NDJSON
    python bench/rivals.py requests-loop FILE URL         one session, one request after another
    python bench/rivals.py requests-threads FILE URL      32 threads, a session each
    python bench/rivals.py httpx-gather FILE URL          one AsyncClient, 32 requests in flight

All take the benchmark's file. Those that send make the same body, read the answer's id, and record nothing: whoever is
killed in the middle has to begin again, and whoever gets no answer does not know.
"""

from __future__ import annotations

import asyncio
import csv
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
from pydantic import BaseModel, BeforeValidator, EmailStr, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IN_FLIGHT = 32
HEADERS = {"Authorization": "Bearer benchmark", "Content-Type": "application/json"}


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  # a birthday has no zone


class Gender(StrEnum):
    """As the target has it."""

    MALE = "MALE"
    FEMALE = "FEMALE"


class Status(StrEnum):
    """As the target has it."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Address(BaseModel):
    """One address."""

    alias: str = "casa"
    street_1: str | None = None
    street_number: str | None = None
    reference: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None


class Billing(BaseModel):
    """One billing address."""

    legal_name: str | None = None
    document_type: str = "NIT"
    document_number: str | None = None


class Contact(BaseModel):
    """A contact as the mapping of the benchmark makes it."""

    external_id: str
    first_name: str | None = None
    second_name: str | None = None
    last_name: str | None = None
    second_last_name: str | None = None
    email: EmailStr
    dob: Annotated[date, BeforeValidator(_day)] | None = None
    gender: Gender | None = None
    country: str | None = None
    city: str | None = None
    phone: str | None = None
    status: Status
    document_type: str | None = None
    document_number: str | None = None
    tags: dict[str, Any] = {}
    addresses: list[Address] = []
    billing_info: list[Billing] = []


ADDRESS = {
    "street_1": "street",
    "street_number": "street_number",
    "reference": "reference",
    "city": "address_city",
    "state": "state",
    "zip_code": "zip",
}
GENDERS = {"H": "MALE", "M": "FEMALE"}
STATUSES = {"Activo": "ACTIVE", "Inactivo": "INACTIVE"}
PLAIN = ("second_name", "last_name", "second_last_name", "country", "city", "phone", "document_type", "document_number")


def contact_of(cells: dict[str, str]) -> Contact:
    """Make a row's contact. Raises ValidationError."""
    filled = {name: text for name, cell in cells.items() if (text := cell.strip()) and text not in ("NULL", "N/D", "-")}
    values: dict[str, Any] = {name: filled[name] for name in PLAIN if name in filled}
    values |= {"external_id": filled.get("customer_no"), "email": filled.get("email")}
    if "first_name" in filled:
        values["first_name"] = filled["first_name"].title()
    if "dob" in filled:
        values["dob"] = filled["dob"]
    if "gender" in filled:
        values["gender"] = GENDERS.get(filled["gender"], filled["gender"])
    values["status"] = STATUSES.get(filled.get("status", ""), filled.get("status"))
    values["tags"] = {name: filled[name] for name in ("tier", "newsletter", "points", "notes") if name in filled}
    if "street" in filled:
        values["addresses"] = [Address.model_validate({place: filled.get(column) for place, column in ADDRESS.items()})]
    if "legal_name" in filled:
        values["billing_info"] = [Billing(legal_name=filled["legal_name"], document_number=filled.get("tax_number"))]
    return Contact(**values)


def bodies(path: Path) -> Iterator[str]:
    """Give the JSON of each row that is right."""
    with path.open(encoding="utf-8", newline="") as file:
        for cells in csv.DictReader(file):
            try:
                yield contact_of(cells).model_dump_json(exclude_none=True)
            except ValidationError:
                continue


def validate(path: Path, out: str) -> int:
    """Write the bodies; give how many."""
    count = 0
    with Path(out).open("w", encoding="utf-8") as file:
        for body in bodies(path):
            file.write(body + "\n")
            count += 1
    return count


def send_in_a_loop(path: Path, url: str) -> int:
    """Send one after another with requests; give how many."""
    import requests  # noqa: PLC0415  # only these two need it

    with requests.Session() as session:
        return sum(1 for body in bodies(path) if session.post(url, body.encode(), headers=HEADERS).json()["id"])


def send_in_threads(path: Path, url: str) -> int:
    """Send from 32 threads with requests; give how many."""
    import requests  # noqa: PLC0415  # only these two need it

    own = threading.local()

    def post(body: str) -> int:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        return bool(own.session.post(url, body.encode(), headers=HEADERS).json()["id"])

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(post, bodies(path)))


def send_with_httpx(path: Path, url: str) -> int:
    """Send with one AsyncClient, 32 rows gathered at a time; give how many."""

    async def post(client: httpx.AsyncClient, body: str) -> int:
        return bool((await client.post(url, content=body.encode(), headers=HEADERS)).json()["id"])

    async def run() -> int:
        count, rows = 0, bodies(path)
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=IN_FLIGHT)) as client:
            while some := list(islice(rows, IN_FLIGHT)):
                count += sum(await asyncio.gather(*(post(client, body) for body in some)))
        return count

    return asyncio.run(run())


WAYS: dict[str, Callable[[Path, str], int]] = {
    "csv-pydantic": validate,
    "requests-loop": send_in_a_loop,
    "requests-threads": send_in_threads,
    "httpx-gather": send_with_httpx,
}


if __name__ == "__main__":
    print(json.dumps({"rows": WAYS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])}))
