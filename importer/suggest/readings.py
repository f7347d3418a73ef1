"""Whether a column's cells look like what its header says: a field is only claimed where both agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from importer.columns import Sign
from importer.suggest.draft import Column, Reading, Steps, fit, percent, unfit
from importer.suggest.local import find_document
from importer.suggest.moments import MOMENTS, read_moment
from importer.suggest.tables import (
    REGION,
    read_sex,
    read_status,
    read_yes_no,
    state_share,
    status_share,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.suggest.evidence import Evidence

GOOD = 0.9
HALF = 0.5
FEW_CARDS = 0.02
COUNTING = (
    "its cells count the rows from one, so in the next export they may be other people's; it is a key only if your "
    "system never gives a number again"
)
"""The share of full card numbers from which on a column is never mapped."""
TEXTS = frozenset(
    (
        *("first_name", "second_name", "last_name", "second_last_name", "city", "state", "street_1", "street_2"),
        *("street_number", "reference", "alias", "zip_code", "legal_name", "card_holder", "card_brand", "method"),
        *("source", "channel", "document_type", "document_number", "external_id", "phone", "email", "country"),
    )
)
"""Fields that the header alone may claim where the sample holds no cell."""


def read_as(field: str, column: Column, today_year: int, order: str | None) -> Reading:
    """Say whether a column's cells are fit for a field, with the steps it needs.

    `order` is `%d` or `%m` where another column of the file proves which of them dates begin with.
    """
    evidence = column.evidence
    if evidence.share("card") >= FEW_CARDS and field not in {"phone", "document_number"}:
        why = "it holds full card numbers, which are never sent: put the last four digits into the export instead"
        return unfit(why)
    if not evidence.filled:
        fits = field in TEXTS
        return Reading(fits, "no cell of the sample is filled" + (", so the header alone speaks" if fits else ""))
    if field in MOMENTS:
        return read_moment(field, column, today_year, order)
    return _READERS[field](column)


def _text(share: Callable[[Evidence], float], what: str, why_not: str) -> Callable[[Column], Reading]:
    def read(column: Column) -> Reading:
        found = share(column.evidence)
        if found < GOOD:
            return unfit(why_not)
        return fit(f"{percent(found)} of its cells {what}")

    return read


def _wordy(evidence: Evidence, digits: float = 0.15) -> float:
    """Give the share of letters, 0 where digits, addresses of email or long texts say it is something else."""
    other = evidence.share("any_digit") > digits or evidence.share("email") > FEW_CARDS or evidence.share("json")
    return 0.0 if other or evidence.share("short") < GOOD else evidence.share("any_letter")


def _lettered(evidence: Evidence) -> float:
    return _wordy(evidence, digits=1.0)


def _guard(column: Column) -> Steps:
    return {"strip": "'"} if column.evidence.look.count(Sign.GUARDED) else {}


def _id(column: Column) -> Reading:
    evidence = column.evidence
    if evidence.share("uuid") < GOOD or "masivo" not in column.name.lower():
        return unfit("only the target's own ids may stand here; a wrong one updates somebody else")
    return fit("the header names the target and its cells are ids of its form")


def _external(column: Column) -> Reading:
    evidence = column.evidence
    if evidence.counting:
        return unfit(COUNTING, _guard(column))
    if (
        evidence.share("code") < GOOD
        or evidence.share("email") > HALF
        or (column.dates is not None and not evidence.share("digits"))
    ):
        return unfit("its cells don't look like ids")
    if evidence.fill < HALF:
        return unfit(f"only {percent(evidence.fill)} of the rows have one")
    return fit(f"{percent(evidence.unique)} of its cells differ, none has blanks inside", _guard(column))


def _email(column: Column) -> Reading:
    share = column.evidence.share("email")
    if share < GOOD:
        return unfit(f"only {percent(share)} of its cells are email addresses")
    return fit(f"{percent(share)} of its cells are email addresses", {"case": "lower"})


def _phone(column: Column) -> Reading:
    share = column.evidence.share("phone")
    if share < HALF + 0.2:
        return unfit(f"only {percent(share)} of its cells could be phone numbers")
    return fit(f"{percent(share)} of its cells could be phone numbers", _guard(column))


def _country(column: Column) -> Reading:
    share = column.evidence.share("country")
    if share < GOOD + 0.05:
        return unfit(f"only {percent(share)} of its cells are countries' names or codes")
    return fit(f"{percent(share)} of its cells are countries' names or codes", {"country": "code"})


def _state(column: Column) -> Reading:
    evidence, share = column.evidence, state_share(column.evidence)
    if status_share(evidence) > HALF:
        return unfit("its cells are words for a status")
    if share >= REGION:
        return fit(f"{percent(share)} of its cells are known states or provinces")
    vague = any(word in column.name.lower() for word in ("dep", "dpto", "reg"))
    if vague and not column.heading.context and column.heading.number is None:
        return unfit("the header could mean something else, and few of its cells are states that are known")
    if _wordy(evidence) < GOOD:
        return unfit("its cells are codes or numbers")
    return fit("its cells are words")


def _status(column: Column) -> Reading:
    if state_share(column.evidence) > HALF and status_share(column.evidence) < HALF:
        return unfit("its cells are states or provinces")
    return read_status(column.evidence)


def _number(column: Column) -> Reading:
    evidence = column.evidence
    if evidence.share("any_digit") < HALF or evidence.longest > 20:  # noqa: PLR2004  # `Km 4 Vía 40 int. 12` is long enough
        return unfit("its cells don't look like house numbers")
    return fit(f"{percent(evidence.share('any_digit'))} of its cells hold digits")


def _zip(column: Column) -> Reading:
    share = column.evidence.share("zip")
    if (
        share < GOOD
        or column.evidence.share("uuid")
        or (column.dates is not None and not column.evidence.share("digits"))
    ):
        return unfit("its cells don't look like postal codes")
    return fit(f"{percent(share)} of its cells could be postal codes", _guard(column))


def _document(column: Column) -> Reading:
    share = column.evidence.share("document")
    if share < GOOD:
        return unfit(f"only {percent(share)} of its cells could be document numbers")
    checked = find_document(column)
    said = f"; they pass the check of {checked['document']}" if checked else ""
    return fit(f"{percent(share)} of its cells could be document numbers{said}", {**_guard(column), **checked})


def _kind(column: Column) -> Reading:
    evidence = column.evidence
    if not evidence.values or evidence.longest > 40:  # noqa: PLR2004  # `Cédula de ciudadanía de extranjería`
        return unfit("it has too many different cells for a type")
    return fit(f"{evidence.distinct} different words")


def _last_four(column: Column) -> Reading:
    evidence = column.evidence
    if evidence.share("masked") >= GOOD:
        return fit(
            "its cells are masked card numbers, of which the last four digits are taken",
            {"match": "([0-9]{4})\\]?$"},
        )
    four, up_to = evidence.share("four"), evidence.share("up_to_four")
    if four >= GOOD:
        return fit(f"{percent(four)} of its cells are four digits", _guard(column))
    if up_to >= GOOD and four >= HALF:
        steps: Steps = {**_guard(column), "pad": "4"}
        return fit(f"{percent(up_to)} of its cells are one to four digits: zeros in front were lost", steps)
    return unfit("its cells are not the last four digits of a card")


def _month(column: Column) -> Reading:
    share = column.evidence.share("month")
    return Reading(share >= GOOD, f"{percent(share)} of its cells are 1 to 12", {"number": "true"})


def _year(column: Column) -> Reading:
    evidence = column.evidence
    if evidence.share("short_year") >= GOOD:
        return fit("its cells are years of two digits", {"number": "2000+"})
    share = evidence.share("year")
    return Reading(share >= GOOD, f"{percent(share)} of its cells are years", {"number": "true"})


def _gender(column: Column) -> Reading:
    return read_sex(column.evidence)


def _yes_no(column: Column) -> Reading:
    return read_yes_no(column.evidence)


_names = _text(_wordy, "are words without digits", "its cells don't look like names")
_READERS: Final[dict[str, Callable[[Column], Reading]]] = {
    "id": _id,
    "external_id": _external,
    "email": _email,
    "phone": _phone,
    "country": _country,
    "gender": _gender,
    "state": _state,
    "status": _status,
    "street_number": _number,
    "zip_code": _zip,
    "document_number": _document,
    "document_type": _kind,
    "last_four": _last_four,
    "expiry_month": _month,
    "expiry_year": _year,
    **dict.fromkeys(("email_verified", "phone_verified", "is_anonymous"), _yes_no),
    **dict.fromkeys(("first_name", "second_name", "last_name", "second_last_name", "city", "card_holder"), _names),
    **dict.fromkeys(("street_1",), _text(_lettered, "are texts with letters", "its cells don't look like streets")),
    **dict.fromkeys(
        ("street_2", "reference", "legal_name"),
        _text(lambda one: 1.0 - one.share("email") - one.share("json"), "are texts", "its cells don't look like this"),
    ),
    **dict.fromkeys(
        ("alias", "source", "channel", "card_brand", "method"),
        _text(
            lambda one: _lettered(one) if one.values or one.unique < HALF else 0.0,
            "are words, few of them different",
            "its cells are too different from each other, or no words",
        ),
    ),
}
