"""Whether an answer speaks of the contact that was sent.

An answer about somebody else, taken for this row's, would tie a customer to a stranger's id, and every later update
would go there. But servers write what they store in their own way, and a good row must not become unknown for that: so
only what can't be a way of writing the same counts as another.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.http.answer import Answer
    from importer.task import Task

LABEL = re.compile(r"[+-]")
FIRST = "external_id"
ALIASES = {"googlemail.com": "gmail.com"}


def is_other(task: Task, answer: Answer) -> bool:
    """Whether an answer speaks of another contact than the one that was sent.

    The first of these that both sides have decides alone: the contact's id, `external_id`, `email`, `document_number`.
    An answer that has none of them may be about anybody, and is not called another's.
    """
    if task.contact_id is not None and answer.contact_id is not None:
        return answer.contact_id.lower() != task.contact_id.lower()
    if not answer.identity:
        return False
    if _has_member(task.body, FIRST, answer.identity.get(FIRST)):
        return False
    sent = from_json(task.body)
    for name, is_same in SAME.items():
        ours, theirs = sent.get(name), answer.identity.get(name)
        if theirs and ours and ours.strip():
            return not is_same(_fold(ours), _fold(theirs))
    return False


def _has_member(body: bytes, name: str, value: str | None) -> bool:
    r"""Whether a body, as we write it, surely has that very text as a member of its own; False is not sure.

    No text in a body can look like a member, since a `"` in one is written as `\"`; but what lies beyond the first
    bracket may be a member of something in it.
    """
    if value is None or '"' in value or "\\" in value:
        return False
    found = body.find(f'"{name}":"{value}"'.encode("utf-8", "surrogatepass"))
    return found > 0 and body.rfind(b"{", 0, found) <= 0 and body.rfind(b"[", 0, found) < 0


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_same_email(ours: str, theirs: str) -> bool:
    """Whether two folded addresses may be one person's: dots and labels (`+shop`, `-shop`) before the `@` don't count.

    Nor does it count whether an international domain is written in ASCII.
    """
    return _plain(ours) == _plain(theirs)


def _plain(email: str) -> tuple[str, str]:
    local, _, domain = email.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        # What is no domain is compared as it stands.
        return local, domain
    return LABEL.split(local)[0].replace(".", ""), ALIASES.get(domain, domain)


def is_same_document(ours: str, theirs: str) -> bool:
    """Whether two folded document numbers may be one: marks don't count, nor a check digit or prefix on one side."""
    one, other = (re.sub(r"[\W_]", "", text) for text in (ours, theirs))
    return one in other or other in one


def _is_equal(ours: str, theirs: str) -> bool:
    return ours == theirs


SAME: dict[str, Callable[[str, str], bool]] = {
    "external_id": _is_equal,
    "email": is_same_email,
    "document_number": is_same_document,
}
"""What identifies a contact besides its id, the surest first, and when two folded texts of it may be the same."""
