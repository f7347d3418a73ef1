"""HTML made of elements. Text is escaped here and nowhere else, and nothing but this makes an `Html`."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VOID = frozenset({"meta", "br", "col"})
Attribute = str | float | None


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: Attribute) -> Html:
    """Give an element. Children that are no `Html` are escaped; an attribute that is None is left out.

    `class_` means `class`, and `aria_label` means `aria-label`.
    """
    named = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{escape(_plain(str(value)), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{named}>")
    return Html(f"<{name}{named}>{join(children)}</{name}>")


def join(children: Iterable[str]) -> Html:
    """Give several pieces as one."""
    return Html("".join(child if isinstance(child, Html) else escape(_plain(child)) for child in children))


def prose(text: str) -> Html:
    """Give a text in which what stands between backticks is code."""
    return join(element("code", piece) if number % 2 else piece for number, piece in enumerate(text.split("`")))


def style_sheet(css: str) -> Html:
    """Give a style element; `css` is the program's own text."""
    return Html(f"<style>{css}</style>")


def document(head: Iterable[Html], body: Html) -> str:
    """Give a whole page."""
    return Html("<!DOCTYPE html>\n") + element("html", element("head", *head), body, lang="en") + "\n"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> Html:
    """Give a table whose first column names its rows; `numbers` are the columns that hold figures."""

    def side(index: int) -> str | None:
        return "number" if index in numbers else None

    head = [element("th", text, scope="col", class_=side(index)) for index, text in enumerate(heads)]
    lines = []
    for first, *others in rows:
        cells = [
            element("td", cell, class_=side(index), data_label=heads[index] or None)
            for index, cell in enumerate(others, 1)
        ]
        lines.append(element("tr", element("th", first, scope="row"), *cells))
    made = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *lines),
    )
    # It scrolls by itself on a narrow screen, by the keyboard too.
    return element("div", made, class_="table", tabindex="0", role="region", aria_label=caption)


def section(title: str, *children: str) -> Html:
    """Give a part of the page under its heading."""
    return element("section", element("h2", title), *children)


def items(texts: Iterable[str], class_: str | None = None) -> Html:
    """Give a list."""
    return element("ul", *(element("li", text) for text in texts), class_=class_)


def _plain(text: str) -> str:
    # Controls, overrides of direction and lone surrogates show as what they are.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
