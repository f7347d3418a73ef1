"""Drawings of figures as inline SVG. Each says in words what it shows; figures stand beside it as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.report.html import Html, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDE, HIGH = 1000, 100
LEAST = 3.0
"""Of `WIDE`: what is there at all can be seen."""


def stacked_bar(parts: Mapping[str, int], told: str) -> Html:
    """Give one bar cut in proportion; each part has its name as class."""
    whole = sum(parts.values())
    there = {name: count for name, count in parts.items() if count}
    widths = {name: max(LEAST, WIDE * count / whole) for name, count in there.items()}
    scale = WIDE / sum(widths.values()) if widths else 1.0
    pieces, at = [], 0.0
    for name, width in widths.items():
        piece = element("rect", class_=f"{name} seam", x=round(at, 2), y=0, width=round(width * scale, 2), height=HIGH)
        pieces.append(piece)
        at += width * scale
    return _drawing("states", told, pieces)


def swatch(name: str) -> Html:
    """Give a small square in the colour of a state; it says nothing that its text does not."""
    piece = element("rect", class_=name, width=10, height=10)
    return element("svg", piece, class_="swatch", viewBox="0 0 10 10", aria_hidden="true")


def share_bar(share: float) -> Html:
    """Give a bar that is filled by a share of 0 to 1; the figure stands beside it."""
    pieces = (
        element("rect", class_="rest", width=WIDE, height=HIGH),
        element("rect", class_="bar", width=round(WIDE * min(max(share, 0.0), 1.0), 1), height=HIGH),
    )
    return element(
        "svg", *pieces, class_="share", viewBox=f"0 0 {WIDE} {HIGH}", preserveAspectRatio="none", aria_hidden="true"
    )


def line_chart(
    xs: Sequence[float], ys: Sequence[float | None], told: str, waits: Iterable[tuple[float, float]] = ()
) -> Html:
    """Give a line over what is waited; it begins at nothing and is cut where a value is not known."""
    last, most = max(xs, default=0.0) or 1.0, max((y for y in ys if y is not None), default=0.0) or 1.0
    pieces = [
        element("rect", class_="wait", x=_at(begin, last), y=0, width=_at(end - begin, last), height=HIGH)
        for begin, end in waits
    ]
    path, pen = [], "M"
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            pen = "M"
            continue
        path.append(f"{pen}{_at(x, last)} {round(HIGH - 0.95 * HIGH * y / most, 2)}")
        pen = "L"
    return _drawing("chart", told, [*pieces, element("path", class_="line", d="".join(path))])


def bar_chart(values: Sequence[float], told: str) -> Html:
    """Give one bar for each value, in their order."""
    most, step = max(values, default=0.0) or 1.0, WIDE / max(len(values), 1)
    pieces = [
        element(
            "rect",
            class_="bar seam",
            x=round(index * step, 2),
            y=round(HIGH - 0.95 * HIGH * value / most, 2),
            width=round(step, 2),
            height=round(0.95 * HIGH * value / most, 2),
        )
        for index, value in enumerate(values)
    ]
    return _drawing("chart", told, pieces)


def figure(chart: Html, caption: str) -> Html:
    """Give a drawing with its caption."""
    return element("figure", chart, element("figcaption", caption))


def _drawing(class_: str, told: str, pieces: Sequence[Html]) -> Html:
    return element(
        "svg",
        *pieces,
        class_=class_,
        viewBox=f"0 0 {WIDE} {HIGH}",
        preserveAspectRatio="none",
        role="img",
        aria_label=told,
    )


def _at(x: float, last: float) -> float:
    return round(WIDE * x / last, 2)
