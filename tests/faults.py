"""What the test server does with one request instead of, or besides, answering it. Imports nothing of the importer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from received import Received

Way = Literal["answer", "close", "reset", "hang", "dribble", "truncate", "garbage"]


@dataclass(frozen=True)
class Act:
    """One request's fate. A request that the pages refuse is never committed, whatever `commit` says."""

    way: Way = "answer"
    commit: bool = True
    status: int | None = None
    """Answered instead of the page's status (and instead of a refusal)."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Answered instead of the page's answer."""
    seconds: float = 0.0
    """Waited before the answer, or between the bytes of a dribble."""


ANSWER = Act()


def status(
    number: int, *, commit: bool = False, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Act:
    """Answer with this status; `commit` says whether the contact is stored all the same."""
    text = body if body is not None else b'{"error":"made up","details":"made up"}'
    return Act(commit=commit, status=number, headers=headers or {}, body=text)


def limited(retry_after: str | None = "1") -> Act:
    """429, with Retry-After as given; None leaves the header out."""
    return status(429, headers={} if retry_after is None else {"Retry-After": retry_after})


def cut(*, commit: bool = True) -> Act:
    """Close the connection without an answer (FIN)."""
    return Act("close", commit=commit)


def reset(*, commit: bool = True) -> Act:
    """Reset the connection without an answer (RST)."""
    return Act("reset", commit=commit)


def hang(*, commit: bool = True) -> Act:
    """Never answer; the connection stays open."""
    return Act("hang", commit=commit)


def slow(seconds: float) -> Act:
    """Commit, then answer so many seconds later."""
    return Act(seconds=seconds)


def dribble(seconds: float) -> Act:
    """Commit, then answer byte by byte with so many seconds between them."""
    return Act("dribble", seconds=seconds)


def truncate() -> Act:
    """Commit, then close in the middle of the answer's body."""
    return Act("truncate")


def garbage() -> Act:
    """Commit, then send what is no HTTP."""
    return Act("garbage")


def no_id() -> Act:
    """Commit, then answer with a contact that has no id."""
    return Act(body=b'{"email":"someone@example.com"}')


def html(*, commit: bool = False) -> Act:
    """Answer 200 with a page for people, as a proxy or a wrong path does."""
    page = b"<!doctype html><title>Welcome</title><p>Please sign in"
    return Act(commit=commit, status=200, headers={"Content-Type": "text/html"}, body=page)


def redirect(location: str, number: int = 307) -> Act:
    """Point elsewhere; nothing is committed."""
    return status(number, headers={"Location": location}, body=b"")


def oversize(size: int) -> Act:
    """Commit, then answer with a body of so many bytes."""
    return Act(body=b'{"id":"' + b"x" * size + b'"}')


Script = Callable[["Received"], Act | None] | Iterable[Act]
"""A callable sees every request, sign-in too, and gives an Act, or None for an answer.

A list is used up by creates and updates in the order of their arrival, and then everything is answered.
"""


def read_script(script: Script) -> Callable[["Received"], Act]:
    """Make one callable of either form."""
    if callable(script):
        return lambda received: script(received) or ANSWER
    left = iter(script)
    return lambda received: next(left, ANSWER) if received.method in ("POST", "PUT") else ANSWER
