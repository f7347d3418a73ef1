"""The steps and rules that the samples' oracle needs, one value at a time in plain Python.

Written from the target's pages and the language of mappings. It imports nothing of importer, so that no mistake is
shared.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)
"""Any sane range will do: the samples break it by centuries."""
MAYBE_CARD = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")


class WrongError(Exception):
    """A value breaks a rule; the text is the rule's name."""


@dataclass
class Row:
    """One source row being judged: its cells go in, a body or reasons come out."""

    cells: dict[str, str | None]
    blank: frozenset[str] = frozenset()
    reasons: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    body: dict[str, Any] = field(default_factory=dict)

    def get(self, *columns: str, trim: bool = True) -> str | None:
        """Give the first filled cell of these columns."""
        for column in columns:
            cell = self.cells[column] or ""
            cell = cell.strip() if trim else cell
            if cell and cell not in self.blank:
                return cell
        return None

    def take(
        self,
        place: str,
        columns: str | tuple[str, ...],
        step: Callable[[str], Any] = str,
        *,
        required: bool = False,
        drop: bool = False,
        cards: bool = True,
        trim: bool = True,
    ) -> Any:  # noqa: ANN401  # a JSON value
        """Give the field's value, None if it is blank or wrong, and keep the reason."""
        columns = (columns,) if isinstance(columns, str) else columns
        cell = self.get(*columns, trim=trim)
        try:
            if cards:
                no_card(*(self.cells[column] or "" for column in columns))
            value = None if cell is None else step(cell)
            if isinstance(value, str):
                no_control(value)
        except WrongError as wrong:
            (self.dropped if drop else self.reasons).add(f"{place}|{wrong}")
            return None
        if value in (None, "") and required:
            self.reasons.add(f"{place}|required")
        return None if value == "" else value


def filled(**values: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON values
    """Leave out what has no value."""
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def item(constants: dict[str, str], **values: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON values
    """Make one item; constants alone make none."""
    cells = filled(**values)
    return {**constants, **cells} if cells else {}


def no_control(text: str) -> None:
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text):
        raise WrongError("control")


def no_card(*cells: str) -> None:
    if any(has_card(cell) for cell in cells):
        raise WrongError("card_number")


def has_card(cell: str) -> bool:
    """Look for 13 to 19 digits, perhaps in groups, that begin like a card and fulfil Luhn's sum."""
    for found in MAYBE_CARD.findall(cell):
        digits = [int(sign) for sign in found if sign.isdecimal()]
        doubled = [number * 2 - 9 if number > 4 else number * 2 for number in digits[-2::-2]]
        if digits[0] in {2, 3, 4, 5, 6} and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            return True
    return False


def fold(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def title(text: str) -> str:
    """Capitalise each word of a name but the particles inside it: María de los Ángeles."""
    first, *inside = text.title().split(" ")
    small = [word.lower() if word in {"De", "Del", "La", "Las", "Los", "Y"} else word for word in inside]
    return " ".join([first, *small])


def email(text: str) -> str:
    try:
        validate_email(text.lower(), check_deliverability=False)
    except EmailNotValidError:
        raise WrongError("email") from None
    return text.lower()


def day(form: str) -> Callable[[str], str]:
    def step(text: str) -> str:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            raise WrongError("date") from None
        if not EARLIEST <= found <= LATEST:
            raise WrongError("date_range")
        return found.isoformat()

    return step


def moment(form: str) -> Callable[[str], str]:
    """Read a moment; one without a zone is taken as UTC."""

    def step(text: str) -> str:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            raise WrongError("datetime") from None
        return f"{found:%Y-%m-%dT%H:%M:%S}Z"

    return step


def listed(table: dict[str, str], rule: str = "values") -> Callable[[str], str]:
    def step(text: str) -> str:
        if text not in table:
            raise WrongError(rule)
        return table[text]

    return step


def words(yes: set[str], no: set[str]) -> Callable[[str], bool]:
    def step(text: str) -> bool:
        if text.lower() not in yes | no:
            raise WrongError("boolean")
        return text.lower() in yes

    return step


def matched(pattern: str, then: Callable[[str], Any] = str) -> Callable[[str], Any]:
    def step(text: str) -> Any:  # noqa: ANN401  # whatever the next step gives
        found = re.search(pattern, text)
        if not found:
            raise WrongError("match")
        return then(found[1])

    return step


def number(decimal: str = ".") -> Callable[[str], int | float]:
    """Whole numbers come out as int, others as float."""
    group = "." if decimal == "," else ","
    form = rf"[+-]?([0-9]{{1,3}}({re.escape(group)}[0-9]{{3}})+|[0-9]+)({re.escape(decimal)}[0-9]+)?"

    def step(text: str) -> int | float:
        if not re.fullmatch(form, text):
            raise WrongError("number")
        value = float(text.replace(group, "").replace(decimal, "."))
        return int(value) if value.is_integer() else value

    return step


def within(rule: str, low: int, high: int, add: int = 0) -> Callable[[str], int]:
    """Read a whole number between two others, such as a month."""

    def step(text: str) -> int:
        value = number()(text) + add
        if not isinstance(value, int) or not low <= value <= high:
            raise WrongError(rule)
        return value

    return step


def last_four(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}", text):
        raise WrongError("last_four")
    return text


def uuid(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise WrongError("uuid")
    return str(UUID(text))
