"""The one table of verdicts: what each outcome of a request means for its row. The docs print this very table.

"Not acted on" is said only where it is sure: no byte of the request left, or the server said 429 or 401. A create whose
outcome is not known is never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.outcome import Method

if TYPE_CHECKING:
    from importer.http.answer import Answer
    from importer.http.exchange import Reply


class Fate(StrEnum):
    """What became of a request."""

    LANDED = "landed"
    REFUSED = "refused"
    NOT_ACTED = "not acted on"
    UNKNOWN = "unknown"


class Then(StrEnum):
    """What is done next with the row."""

    SETTLE = "recorded"
    REPEAT = "sent again after a wait"
    RENEW = "sent again once after a new sign-in, then the run stops (4)"
    STOP = "the run stops (4)"
    STOP_IF_FIRST = "recorded; before anything landed in the run, the run stops (4) and the row is unsent"
    STOP_IF_FIRST_UNKNOWN = "recorded; before anything landed in the run, the run stops (4)"


class Seen(StrEnum):
    """What came of a request, by the first of these that fits."""

    NOT_SENT = "no byte left"
    NO_ANSWER = "no answer, a 2xx cut short, or 1xx"
    PAGE = "2xx in HTML"
    OTHER = "2xx about another contact than the one sent"
    CONTACT = "2xx with an id"
    DENIED = "2xx with an empty list, or with an error and no id"
    NO_ID = "2xx without an id"
    SEE_OTHER = "303"
    REDIRECT = "other 3xx"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    ABSENT = "404, 405"
    REQUEST_TIMEOUT = "408"
    TOO_MANY = "429"
    REFUSAL = "other 4xx"
    SERVER_ERROR = "5xx and above"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One cell of the table."""

    fate: Fate
    then: Then = Then.SETTLE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one request's outcome means."""

    seen: Seen
    fate: Fate
    then: Then
    code: str | None
    """Stable, for machines: `http|422`, `net|timeout`, `answer|no_id`; None for what landed."""


AGAIN = Ruling(Fate.UNKNOWN, Then.REPEAT)
LOST = Ruling(Fate.UNKNOWN)
LANDED = Ruling(Fate.LANDED)
REFUSED = Ruling(Fate.REFUSED)
WAIT = Ruling(Fate.NOT_ACTED, Then.REPEAT)
RENEW = Ruling(Fate.NOT_ACTED, Then.RENEW)
STOP = Ruling(Fate.NOT_ACTED, Then.STOP)
WRONG_URL = Ruling(Fate.REFUSED, Then.STOP_IF_FIRST)
MOVED = Ruling(Fate.UNKNOWN, Then.STOP_IF_FIRST)
WRONG_PAGE = Ruling(Fate.UNKNOWN, Then.STOP_IF_FIRST_UNKNOWN)

TABLE: dict[Seen, dict[Method, Ruling]] = {
    Seen.NOT_SENT: {Method.CREATE: WAIT, Method.UPDATE: WAIT},
    Seen.NO_ANSWER: {Method.CREATE: LOST, Method.UPDATE: AGAIN},
    Seen.PAGE: {Method.CREATE: WRONG_PAGE, Method.UPDATE: LOST},
    # It answers something else: what became of this request is not told.
    Seen.OTHER: {Method.CREATE: LOST, Method.UPDATE: AGAIN},
    Seen.CONTACT: {Method.CREATE: LANDED, Method.UPDATE: LANDED},
    # It tells of no contact: whether this one was updated can't be believed from the status alone.
    Seen.DENIED: {Method.CREATE: LOST, Method.UPDATE: AGAIN},
    Seen.NO_ID: {Method.CREATE: LOST, Method.UPDATE: LANDED},
    # The server did something and points at what came of it.
    Seen.SEE_OTHER: {Method.CREATE: WRONG_PAGE, Method.UPDATE: LOST},
    Seen.REDIRECT: {Method.CREATE: MOVED, Method.UPDATE: REFUSED},
    Seen.UNAUTHORIZED: {Method.CREATE: RENEW, Method.UPDATE: RENEW},
    Seen.FORBIDDEN: {Method.CREATE: STOP, Method.UPDATE: STOP},
    Seen.ABSENT: {Method.CREATE: WRONG_URL, Method.UPDATE: REFUSED},
    Seen.REQUEST_TIMEOUT: {Method.CREATE: LOST, Method.UPDATE: AGAIN},
    Seen.TOO_MANY: {Method.CREATE: WAIT, Method.UPDATE: WAIT},
    Seen.REFUSAL: {Method.CREATE: REFUSED, Method.UPDATE: REFUSED},
    Seen.SERVER_ERROR: {Method.CREATE: LOST, Method.UPDATE: AGAIN},
}

LANDINGS = {
    (seen, method): Verdict(seen, ruling.fate, ruling.then, None)
    for seen, rulings in TABLE.items()
    for method, ruling in rulings.items()
    if ruling.fate is Fate.LANDED
}
"""What is said of nearly every request, made once."""
SUCCESS, REDIRECTS = 200, 300
ANSWERED = {
    Seen.PAGE: "answer|html",
    Seen.OTHER: "answer|other",
    Seen.DENIED: "answer|no_contact",
    Seen.NO_ID: "answer|no_id",
}
SINGLE = {
    303: Seen.SEE_OTHER,
    401: Seen.UNAUTHORIZED,
    403: Seen.FORBIDDEN,
    404: Seen.ABSENT,
    405: Seen.ABSENT,
    408: Seen.REQUEST_TIMEOUT,
    429: Seen.TOO_MANY,
}


def judge(method: Method, reply: Reply, answer: Answer, *, other: bool = False) -> Verdict:
    """Judge one request by its method, its reply and what could be read from it.

    `other` says that the contact in the answer is not the one that was sent.
    """
    seen = see(reply, answer)
    if other and seen in (Seen.CONTACT, Seen.NO_ID):
        seen = Seen.OTHER
    landed = LANDINGS.get((seen, method))
    if landed is not None:
        return landed
    ruling = TABLE[seen][method]
    return Verdict(seen, ruling.fate, ruling.then, _code(seen, reply))


def see(reply: Reply, answer: Answer) -> Seen:
    """Say which line of the table an outcome falls on."""
    if not reply.sent:
        return Seen.NOT_SENT
    status = reply.status
    if status is None or status < SUCCESS or (status < REDIRECTS and reply.failure in ("cut", "protocol")):
        return Seen.NO_ANSWER
    if status < REDIRECTS and answer.html:
        return Seen.PAGE
    if status < REDIRECTS:
        if answer.denied:
            return Seen.DENIED
        return Seen.CONTACT if answer.contact_id else Seen.NO_ID
    classes = {3: Seen.REDIRECT, 4: Seen.REFUSAL}
    return SINGLE.get(status) or classes.get(status // 100, Seen.SERVER_ERROR)


def _code(seen: Seen, reply: Reply) -> str:
    if seen in (Seen.NOT_SENT, Seen.NO_ANSWER):
        return f"net|{reply.failure}" if reply.failure else f"http|{reply.status}"
    return ANSWERED.get(seen) or f"http|{reply.status}"
