"""Words for nothing that stand in cells: for the whole file where no cell could mean them, else for single fields."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.suggest.headers import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.suggest.draft import Column, Draft, Line, Steps

NAMES = frozenset(("first_name", "second_name", "last_name", "second_last_name", "legal_name", "card_holder"))
"""Fields that a person called Null fills."""
RULE = 0.02
"""The share of cells from which on such a word in a column of names is nobody's name."""
SEVERAL = 3
_ANSWERS = frozenset(("na", "s/n", "s.n.", "none", "nil", "i", "_", "*"))
"""Words that are an answer or a code somewhere: `NA` is Namibia, `S/N` a house without a number."""


def common_blanks(columns: Iterable[Column]) -> tuple[str, ...]:
    """Give the words, as they are written, that can be no name because they are more than letters: `N/D`, `-`."""
    seen: Counter[str] = Counter()
    for column in columns:
        for word, how in column.evidence.look.blanks.items():
            if not word.isalpha() and normal_form(word) not in _ANSWERS:
                seen[word] += how.count
    return tuple(sorted(seen, key=lambda word: (-seen[word], word)))


def with_blanks(draft: Draft, columns: Sequence[Column]) -> Draft:
    """Give each sure line the words of letters alone (`NULL`) that its own columns hold and it can't mean."""
    by_name = {column.name: column for column in columns}
    by_pattern: dict[str, list[Column]] = {}
    for column in columns:
        by_pattern.setdefault(column.heading.pattern or "", []).append(column)

    def mend(line: Line) -> Line:
        one, several = line.steps.get("column"), line.steps.get("columns")
        named = [one] if isinstance(one, str) else list(several or ())
        read = [
            column
            for name in named
            for column in ([by_name[name]] if name in by_name else by_pattern.get(str(name), []))
        ]
        words = list(dict.fromkeys(word for column in read for word in _words(line.field, column)))
        steps: Steps = {**line.steps, "blank": words} if words and line.sure else line.steps
        return replace(line, steps=steps)

    return replace(
        draft,
        lines=tuple(mend(line) for line in draft.lines),
        items=tuple(replace(item, lines=tuple(mend(line) for line in item.lines)) for item in draft.items),
    )


def _words(field: str, column: Column) -> Iterable[str]:
    for word, how in column.evidence.look.blanks.items():
        often = how.count >= max(SEVERAL, RULE * column.evidence.rows)
        if word.isalpha() and normal_form(word) not in _ANSWERS and (field not in NAMES or often):
            yield word
