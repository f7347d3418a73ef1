"""`date: auto`: the order of day and month is taken from the column, where the column proves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer.columns import Look, Sign, look_at
from importer.errors import MappingError
from importer.mapping.places import places
from importer.mapping.steps.moments import AUTO
from importer.mapping.steps.text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from importer.columns import Seen
    from importer.mapping.load import Loaded
    from importer.mapping.model import Mapping as Model
    from importer.mapping.places import Place

Path = tuple[str | int, ...]
_WRITTEN = {Sign.DAY_FIRST: "%d/%m/%Y", Sign.MONTH_FIRST: "%m/%d/%Y"}
_MARKS = "/-."


@dataclass(frozen=True, slots=True)
class Proven:
    """A mapping without any `date: auto`, and what the columns showed."""

    loaded: Loaded
    orders: dict[str, str]
    """By its place in the mapping, the format that a proven order is written in: `%d/%m/%Y` or `%m/%d/%Y`."""


def prove_dates(
    loaded: Loaded,
    batches: Callable[[], Iterable[tuple[int, pl.DataFrame, pl.Series]]],
    known: Callable[[], Mapping[str, str]],
) -> Proven:
    """Put formats in place of every `date: auto`; the mapping as it is where there is none.

    `batches` gives all records of all sources: the source's index, its cells (String), and `row` (Int64, rising). They
    are read once, and only if a field asks for it. An order counts when at least one cell can be read only so and none
    only the other way; but what is `known` already counts, by place as in `Proven.orders`, whatever the cells show.
    Both are asked only if a field is to be proven. Raises MappingError where the cells speak against each other, or
    only fit both.
    """
    mapping = loaded.mapping
    fields = {".".join(map(str, place.path)): place for place in places(mapping) if place.map.date == (AUTO,)}
    if not fields:
        return Proven(loaded, {})
    orders = {name: order for name, order in known().items() if name in fields and order in _WRITTEN.values()}
    doubtful = {name: place for name, place in fields.items() if name not in orders}
    for name, look in _looks(mapping, doubtful, batches).items():
        if (order := _order(name, look)) is not None:
            orders[name] = _WRITTEN[order]
    contact: Any = mapping
    for name, place in fields.items():
        contact = _with_formats(contact, place.path, _formats(orders.get(name), short=place.map.pivot is not None))
    proven: Model = contact
    return Proven(replace(loaded, mapping=proven), orders)


def _looks(
    mapping: Model, fields: Mapping[str, Place], batches: Callable[[], Iterable[tuple[int, pl.DataFrame, pl.Series]]]
) -> dict[str, Look]:
    texts = {name: text_of(place.map, mapping.source.blank).value for name, place in fields.items()}
    looks = dict.fromkeys(fields, Look())
    for source, cells, rows in batches() if fields else ():
        for name, text in texts.items():
            look = look_at(cells.select(text.alias("text")).to_series(), rows, source=source, dates=True)
            looks[name] += look
    return looks


def _order(name: str, look: Look) -> Sign | None:
    day, month, either = (look.seen(sign) for sign in (Sign.DAY_FIRST, Sign.MONTH_FIRST, Sign.EITHER_ORDER))
    cure = (
        'write date: "%d/%m/%Y" where the day stands first, date: "%m/%d/%Y" where the month does, or have the column '
        "exported as YYYY-MM-DD"
    )
    if day.count and month.count:
        raise MappingError(
            f"{name}: date: auto finds both orders: {_told(day)} can only have the day first, {_told(month)} only the "
            f"month; {cure}"
        )
    if either.count and not day.count and not month.count:
        raise MappingError(
            f"{name}: date: auto finds no proof: {_told(either)} read both ways, and no day is after the 12th; {cure}"
        )
    if not day.count and not month.count:
        return None
    return Sign.MONTH_FIRST if month.count else Sign.DAY_FIRST


def _told(seen: Seen) -> str:
    rows = ", ".join(str(row) if not source else f"{row} of source {source + 1}" for source, row in seen.rows)
    return f"{seen.count:,} dates (row{'' if len(seen.rows) == 1 else 's'} {rows})"


def _formats(order: str | None, *, short: bool) -> tuple[str, ...]:
    # Where nothing is proven each date is the same both ways.
    written, years = order or _WRITTEN[Sign.DAY_FIRST], ("%Y", "%y") if short else ("%Y",)
    marked = [written.replace("/", mark).replace("%Y", year) for year in years for mark in _MARKS]
    return (*marked, "%Y-%m-%d", "%Y/%m/%d")


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
