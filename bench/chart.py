"""Bars as an SVG for the docs: readable without colour, in light and in dark."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLE = (
    "text{font:14px sans-serif;fill:#222}.o{fill:#2563eb}.r{fill:#9ca3af}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.r{fill:#6b7280}}"
)
WIDTH, LINE, NAMES, FIGURES = 720, 30, 190, 90


@dataclass(frozen=True)
class Bar:
    """One bar."""

    name: str
    value: float
    ours: bool = False


def draw(title: str, bars: Sequence[Bar]) -> str:
    """Give the SVG of bars from 0, the longest as wide as there is room."""
    height = LINE * (len(bars) + 2)
    most = max(bar.value for bar in bars)
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        f"<style>{STYLE}</style>",
        f'<text x="0" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for number, bar in enumerate(bars, 1):
        y, long = number * LINE + 8, (WIDTH - NAMES - FIGURES) * bar.value / most
        lines += [
            f'<text x="0" y="{y + 16}">{escape(bar.name)}</text>',
            f'<rect class="{"o" if bar.ours else "r"}" x="{NAMES}" y="{y}" width="{long:.1f}" height="{LINE - 8}"/>',
            f'<text x="{NAMES + long + 6:.1f}" y="{y + 16}">{bar.value:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>\n"])
