"""Writes YAML scalars and one-line collections so that the mapping loader reads back what was meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"\w(?:[\w .()/°º%+-]*[\w.)+%])?")
_EMPTY = frozenset(("null", "~", "yes", "no", "on", "off", "y", "n"))


def scalar(text: str) -> str:
    """Give a text as a YAML scalar, quoted where it could be read otherwise."""
    if _PLAIN.fullmatch(text) and text.lower() not in _EMPTY and text.isprintable():
        return text
    if "'" not in text and text.isprintable() and "\\" in text:
        return f"'{text}'"
    signs = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(signs.get(c, c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'


def flow(value: str | Sequence[str] | Mapping[str, str]) -> str:
    """Give a text, a list or a table on one line."""
    if isinstance(value, str):
        return scalar(value)
    if hasattr(value, "items"):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(scalar(one) for one in value) + "]"
