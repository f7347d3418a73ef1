"""`date: auto`: the order of day and month is taken from the column, where the column proves it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.columns import Look, Sign, look_at
from importer.errors import MappingError
from importer.mapping.places import places
from importer.mapping.steps.moments import AUTO
from importer.mapping.steps.text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

    from importer.columns import Seen
    from importer.mapping.load import Loaded
    from importer.mapping.model import Mapping

Path = tuple[str | int, ...]
_ORDERED = {Sign.DAY_FIRST: "%d{0}%m{0}", Sign.MONTH_FIRST: "%m{0}%d{0}"}
_MARKS = "/-."


def prove_dates(loaded: Loaded, batches: Callable[[], Iterable[tuple[int, pl.DataFrame, pl.Series]]]) -> Loaded:
    """Put formats in place of every `date: auto`; the mapping as it is where there is none.

    `batches` gives all records of all sources: the source's index, its cells (String), and `row` (Int64, rising). They
    are read once, and only if a field asks for it. An order counts when at least one cell can be read only so and none
    only the other way. Raises MappingError where the cells speak against each other, or only fit both.
    """
    mapping = loaded.mapping
    fields = [place for place in places(mapping) if place.map.date == (AUTO,)]
    if not fields:
        return loaded
    looks: dict[Path, Look] = {}
    texts = {place: text_of(place.map, mapping.source.blank).value for place in fields}
    for source, cells, rows in batches():
        for place, text in texts.items():
            look = look_at(cells.select(text.alias("text")).to_series(), rows, source=source, dates=True)
            looks[place.path] = looks.get(place.path, Look()) + look
    pivots = {place.path: place.map.pivot for place in fields}
    contact: Any = mapping
    for path, look in looks.items():
        order = _order(".".join(map(str, path)), look)
        contact = _with_formats(contact, path, _formats(order, short=pivots[path] is not None))
    proven: Mapping = contact
    return replace(loaded, mapping=proven)


def _order(name: str, look: Look) -> Sign:
    day, month, either = (look.seen(sign) for sign in (Sign.DAY_FIRST, Sign.MONTH_FIRST, Sign.EITHER_ORDER))
    cure = 'write the format, such as date: "%d/%m/%Y", or have the column exported as YYYY-MM-DD'
    if day.count and month.count:
        raise MappingError(
            f"{name}: date: auto finds both orders: {_told(day)} can only have the day first, {_told(month)} only the "
            f"month; {cure}"
        )
    if either.count and not day.count and not month.count:
        raise MappingError(
            f"{name}: date: auto finds no proof: {_told(either)} read both ways, and no day is after the 12th; {cure}"
        )
    return Sign.MONTH_FIRST if month.count else Sign.DAY_FIRST


def _told(seen: Seen) -> str:
    rows = ", ".join(str(row) if not source else f"{row} of source {source + 1}" for source, row in seen.rows)
    return f"{seen.count:,} dates (row{'' if len(seen.rows) == 1 else 's'} {rows})"


def _formats(order: Sign, *, short: bool) -> tuple[str, ...]:
    years = ("%Y", "%y") if short else ("%Y",)
    return (*(_ORDERED[order].format(mark) + year for year in years for mark in _MARKS), "%Y-%m-%d", "%Y/%m/%d")


def _with_formats(node: Any, path: Path, formats: tuple[str, ...]) -> Any:  # noqa: ANN401  # a model, a dict or a tuple
    if not path:
        return node.model_copy(update={"date": formats})
    head, rest = path[0], path[1:]
    if isinstance(node, tuple):
        return tuple(_with_formats(one, rest, formats) if at == head else one for at, one in enumerate(node))
    if isinstance(node, dict):
        return {**node, head: _with_formats(node[head], rest, formats)}
    name = str(head)
    return node.model_copy(update={name: _with_formats(getattr(node, name), rest, formats)})
