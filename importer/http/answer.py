"""Reading what the server answered: the contact, its id, and the server's words about a refusal."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.http.exchange import Reply

IDENTITY = ("external_id", "email", "document_number")
MASK = "*"
LONGEST_WORDS = 300
LOOKED_AT = 4_000
SAFE_ID = re.compile(r"[A-Za-z0-9._~:@=+-]{1,200}")
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")
TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """The contact in an answer."""

    contact_id: str | None = None
    """None where there is no usable id: absent, not a text, empty, or with characters that no path segment has."""
    contact: bytes | None = field(default=None, repr=False)
    """The contact as one JSON object in UTF-8; None where there is none."""
    identity: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What tells whose contact it is, as the contact has it: the filled texts among `IDENTITY`, none masked."""
    html: bool = False
    denied: bool = False
    """It is JSON that speaks of no contact: an empty list, or an error and no id."""


def read_answer(reply: Reply) -> Answer:
    """Read a bare contact, `{"data": {…}}` or `{"data": [{…}]}` with exactly one; anything else has no contact."""
    if is_html(reply):
        return Answer(html=True)
    if reply.failure is not None:
        return Answer()
    whole = document = _parse(reply.body)
    wrong = False
    if isinstance(document, dict):
        wrong = bool(document.get("error") or document.get("errors"))
        inner = document.get("data")
        if isinstance(inner, (dict, list)):
            document = inner
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if document == [] or (wrong and not _has_id(document)):
        return Answer(denied=True)
    if not isinstance(document, dict):
        return Answer()
    return Answer(
        contact_id=_canonical(document["id"]) if _has_id(document) else None,
        contact=reply.body if document is whole and _is_terse(reply.body) else WRITER.encode(document).encode("ascii"),
        identity={name: text for name in IDENTITY if (text := _filled(document.get(name)))},
    )


def _is_terse(body: bytes) -> bool:
    """Whether a JSON object is written like one that we would write: then what came is kept as it came.

    Who writes a blank before the first value does so before each.
    """
    value = body.find(b'":') + 2
    return body.startswith(b"{") and body[value : value + 1] != b" " and b"\n" not in body


def _has_id(document: object) -> bool:
    found = document.get("id") if isinstance(document, dict) else None
    return isinstance(found, str) and SAFE_ID.fullmatch(found) is not None and found.strip(".") != ""


def _filled(value: object) -> str | None:
    # A server that hides what it stores (a***@example.com) tells nothing by it.
    return value if isinstance(value, str) and value.strip() and MASK not in value else None


def _canonical(contact_id: str) -> str:
    """Give a UUID in small letters, as row ids are, so that one contact has one name (RFC 9562, section 4)."""
    return contact_id.lower() if UUID.fullmatch(contact_id) else contact_id


def is_html(reply: Reply) -> bool:
    """Whether an answer is a page: its content type says so, or it says nothing and the body begins like one."""
    kind = reply.headers.get("content-type", "").lower()
    return "html" in kind or ("json" not in kind and reply.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<")


def read_words(reply: Reply, mask: Callable[[str], str]) -> str | None:
    """Give the server's words, for results.csv only: at most 300 characters on one line, without control characters.

    They may echo the row: `mask` takes card numbers out of the whole text, before it is cut.
    """
    if host := reply.headers.get("location"):
        return clean(f"redirects to {host}", mask)
    text = reply.body[:LOOKED_AT].decode("utf-8", "replace")
    if is_html(reply):
        title = TITLE.search(text)
        return clean(f"an HTML page: {title[1] if title else 'without title'}", mask)
    document = _parse(reply.body)
    if isinstance(document, dict):
        found = [_flatten(document.get(name)) for name in ("error", "message", "details")]
        text = ": ".join(dict.fromkeys(part for part in found if part)) or text
    return clean(text, mask) or None


def clean(text: str, mask: Callable[[str], str]) -> str:
    """Cut terminal escapes and all control, format and unassigned characters; white space becomes one blank."""
    plain = ESCAPES.sub("", text[:LOOKED_AT])
    visible = "".join(c if c.isspace() or unicodedata.category(c)[0] != "C" else "" for c in plain)
    line = mask(" ".join(visible.split()))
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"


def _flatten(part: object) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "; ".join(filter(None, (_flatten(item) for item in part[:20])))
    if isinstance(part, dict):
        path, message = part.get("path"), part.get("message")
        place = ".".join(str(step) for step in path[:20]) if isinstance(path, list) else path
        if isinstance(message, str):
            return f"{place}: {message}" if place else message
        return json.dumps(part, ensure_ascii=False)[:LOOKED_AT]
    return ""


def _parse(body: bytes) -> Any:  # noqa: ANN401  # whatever JSON the server sends
    # It is quick, but refuses what JSON allows: a byte order mark, half of a surrogate pair.
    with suppress(ValueError):
        # Texts mostly come once each: to look for the same one costs more than making it.
        return from_json(body, allow_inf_nan=False, cache_strings="none")
    try:
        return READER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are no JSON")


# Made once: json.loads and json.dumps make theirs anew for every call that is not plain.
READER = json.JSONDecoder(parse_constant=_refuse)
WRITER = json.JSONEncoder(separators=(",", ":"))
