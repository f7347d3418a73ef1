"""The parts of the page that tell of time: how sending went, and the last runs of the same mapping."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from importer.outcome import LANDED, State
from importer.report.charts import bar_chart, figure, line_chart
from importer.report.html import Html, element, items, join, section, table
from importer.report.shown import count, duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.report.figures import Figures
    from importer.report.past import Past

TABLE_POINTS = 30
STEPS = {"prepare": "Reading and judging", "plan": "Planning", "send": "Sending", "total": "In all"}


def sending_part(figures: Figures) -> Html | None:
    """Give rows a second, latency and requests in flight over time, with waits marked."""
    summary, line = figures.summary, figures.summary.timeline
    if not summary.requests and not line:
        return None
    told = f"{count(summary.requests)} requests, sign-in and {count(summary.retries)} repeats included"
    if took := summary.seconds.get("send"):
        told += f", in {duration(took)} of sending"
    parts: list[str] = [element("p", f"{told}.")]
    if not line or len(line["seconds"]) < 2:  # noqa: PLR2004  # a line needs two points
        parts.append(element("p", "Sending was too short to be drawn over time.", class_="quiet"))
        return section("Sending, over time", *parts)
    parts.append(element("div", *_charts(line), class_="charts"))
    parts += _waits_told(line)
    parts.append(_points(line))
    return section("Sending, over time", *parts)


def _charts(line: Mapping[str, list[Any]]) -> tuple[Html, ...]:
    until = line["seconds"]
    lengths = [max(end - begin, 0.001) for begin, end in pairwise([0.0, *until])]
    rates = [rows / length for rows, length in zip(line["rows"], lengths, strict=True)]
    waits = [(end - length, end) for end, length, why in zip(until, lengths, line["waiting"], strict=True) if why]
    latency = line["latency_ms"]
    whole = duration(until[-1])
    mean = sum(line["rows"]) / max(until[-1], 0.001)
    known = [value for value in latency if value is not None]
    told = (
        (rates, f"Rows a second, over {whole}: at most {count(max(rates))}, {count(mean)} on average"),
        (latency, f"Latency in ms, over {whole}: at most {count(max(known, default=0))}"),
        (line["in_flight"], f"Requests in flight, over {whole}: at most {count(max(line['in_flight']))}"),
    )
    return tuple(figure(line_chart(until, values, text, waits), text) for values, text in told)


def _waits_told(line: Mapping[str, list[Any]]) -> list[Html]:
    whys = {why: line["waiting"].count(why) for why in dict.fromkeys(line["waiting"]) if why}
    if not whys:
        return []
    points = len(line["seconds"])
    told = (f"{why}: at some time in {number} of the {points} points" for why, number in whys.items())
    return [element("p", "Where the ground is coloured, sending waited:"), items(told)]


def _points(line: Mapping[str, list[Any]]) -> Html:
    step = max(1, -(-len(line["seconds"]) // TABLE_POINTS))
    rows = [
        (
            duration(line["seconds"][last]),
            count(sum(line["rows"][first : last + 1])),
            "" if line["latency_ms"][last] is None else f"{line['latency_ms'][last]:,.0f}",
            count(line["in_flight"][last]),
            next((why for why in line["waiting"][first : last + 1] if why), ""),
        )
        for first in range(0, len(line["seconds"]), step)
        for last in [min(first + step, len(line["seconds"])) - 1]
    ]
    heads = ("Until", "Rows", "Latency, ms", "In flight", "Waited")
    return element(
        "details",
        element("summary", "The same as a table"),
        table("Sending over time", heads, rows, numbers=(0, 1, 2, 3)),
    )


def past_part(figures: Figures) -> Html | None:
    """Give the last runs of the same mapping as small charts, and their figures."""
    past = figures.past
    if len(past) < 2:  # noqa: PLR2004  # this run alone is no history
        return None
    wrong = (State.REJECTED, State.FAILED, State.UNKNOWN)
    series: dict[str, Sequence[float]] = {
        "Rows read": [one.summary.read for one in past],
        "Landed": [_sum(one, tuple(LANDED)) for one in past],
        "Rejected, failed or unknown": [_sum(one, wrong) for one in past],
        "Seconds": [round(one.summary.seconds.get("total", 0.0), 1) for one in past],
    }
    charts = [
        figure(bar_chart(values, text), text)
        for name, values in series.items()
        for text in [f"{name}, from {values[0]:,} to {values[-1]:,}"]
    ]
    heads = ("Run", "Read", *(state.value for state in State), "Exit")
    lines = [_line(one) for one in reversed(past)]
    return section(
        "The last runs of this mapping",
        element("div", *charts, class_="charts small"),
        table("Runs, newest first", heads, lines, numbers=range(1, 10)),
    )


def _line(one: Past) -> Sequence[str]:
    summary = one.summary
    name = join((summary.run_id, " (this one)" if one.here else ""))
    states = (count(summary.states.get(state, 0)) for state in State)
    return (name, count(summary.read), *states, str(int(summary.exit_code)))


def _sum(one: Past, states: Sequence[State]) -> int:
    return sum(one.summary.states.get(state, 0) for state in states)


def seconds_told(seconds: Mapping[str, float]) -> str:
    """Give how long each step took."""
    return ", ".join(f"{told.lower()} {duration(seconds[step])}" for step, told in STEPS.items() if step in seconds)
