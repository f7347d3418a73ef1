"""Which fields differ, against Python's own reader of JSON."""

import json
from typing import Any, Self

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.reconcile.compared import Shape
from importer.reconcile.fields import find_differences

TEXT = st.sampled_from(["a", "á", 'q"\\', "5", "true", "\U0001f600", "x\ny"])
NUMBER = st.sampled_from(["5", "-1.5", "12345678901234567890.0123456789", "12345678901234567890.0123456788", "0"])
SHAPE = Shape(plain=("email", "country"), tags=("tier", "na me"), lists={"addresses": ("city", "alias")})


class Number(float):
    """Keeps its digits when it is written."""

    def __new__(cls, digits: str) -> Self:
        made = super().__new__(cls, digits)
        made.digits = digits  # type: ignore[attr-defined]  # beside the float
        return made

    def __repr__(self) -> str:
        return str(self.digits)  # type: ignore[attr-defined]  # see above


LEAF = st.one_of(TEXT, st.booleans(), NUMBER.map(Number))
BODY = st.fixed_dictionaries(
    {},
    optional={
        "email": TEXT,
        "country": TEXT,
        "other": TEXT,
        "tags": st.fixed_dictionaries({}, optional={"tier": LEAF, "na me": LEAF, "more": LEAF}),
        "addresses": st.lists(
            st.fixed_dictionaries({}, optional={"city": TEXT, "alias": TEXT, "state": TEXT}), max_size=3
        ),
    },
)
NESTED = st.one_of(LEAF, st.lists(TEXT, max_size=2), st.dictionaries(TEXT, TEXT, max_size=2))


def write(body: Any) -> str:  # noqa: ANN401  # any JSON
    """Write compact JSON in which numbers keep their digits."""
    if isinstance(body, Number):
        return repr(body)
    if isinstance(body, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{write(value)}" for name, value in body.items()) + "}"
    if isinstance(body, list):
        return "[" + ",".join(map(write, body)) + "]"
    return json.dumps(body, ensure_ascii=False)


def text(value: Any) -> str:  # noqa: ANN401  # any JSON
    return value if isinstance(value, str) else write(value)


def flat(body: dict[str, Any], tags: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {name: text(body[name]) for name in ("email", "country") if name in body}
    found |= {f"tags.{tag}": text(value) for tag, value in body.get("tags", {}).items() if tag in tags}
    for number, item in enumerate(body.get("addresses", ())):
        found |= {f"addresses[{number}].{name}": text(item[name]) for name in ("city", "alias") if name in item}
    return found


def judged(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> set[tuple[int, str]]:
    told = set()
    for number, (one, other) in enumerate(zip(here, there, strict=True)):
        first, second = flat(one, SHAPE.tags), flat(other, SHAPE.tags)
        told |= {(number, name) for name in {*first, *second} if first.get(name) != second.get(name)}
    return told


def series(bodies: list[dict[str, Any]]) -> pl.Series:
    return pl.Series([write(body) for body in bodies], dtype=pl.String)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(BODY, BODY), max_size=4), st.booleans())
def test_the_fields_that_differ_are_those_that_python_sees(pairs: list[tuple[Any, Any]], nested: bool) -> None:  # noqa: FBT001  # drawn
    here, there = [one for one, _ in pairs], [other for _, other in pairs]
    shape = Shape(SHAPE.plain, SHAPE.tags, SHAPE.lists, nested=nested)
    found = find_differences(series(here), series(there), series(there), shape)
    assert set(found.select("entry", "field").rows()) == judged(here, there)
    assert found.height == len(judged(here, there))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NESTED, NESTED), min_size=1, max_size=4))
def test_a_tag_that_holds_a_list_is_compared_whole(values: list[tuple[Any, Any]]) -> None:
    here = [{"tags": {"tier": one}} for one, _ in values]
    there = [{"tags": {"tier": other}} for _, other in values]
    found = find_differences(series(here), series(there), series(there), SHAPE)
    assert set(found["entry"]) == {number for number, _ in judged(here, there)}


def test_a_digit_beyond_a_float_is_seen_beside_another_difference() -> None:
    here, there = (
        pl.Series([f'{{"email":"{email}","tags":{{"tier":12345678901234567890.{digit}}}}}'])
        for email, digit in (("a@x.co", 1), ("b@x.co", 2))
    )
    found = find_differences(here, there, there, SHAPE)
    assert found["field"].to_list() == ["email", "tags.tier"]
    assert found["here"][1] == "12345678901234567890.1"
