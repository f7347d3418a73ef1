"""Random texts with pieces of card numbers: the scanner and a slow reading of what a card number is agree on each."""

from datetime import date

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slow_rules import has_card as slow_has_card

from importer.mapping.compile import compile_mapping
from importer.mapping.model import Mapping
from importer.rules import has_card, judge, mask_text
from importer.rules.cards import find_cards

NUMBERS = ("4111111111111111", "378282246310005", "30569309025904", "4222222222222", "6304111111111111119")
GROUPS = (
    "4111",
    "1111",
    "3782",
    "822463",
    "10005",
    "8224",
    "6310",
    "005",
    "3056",
    "930902",
    "5904",
    "4222",
    "222",
    "22222",
)
MARKS = (
    *(
        " ",
        "-",
        ".",
        ",",
        "/",
        "_",
        "\t",
        "\n",
        "  ",
        " - ",
        ", ",
        "|",
        "\u2009",
        "\u2014",
        "\u2212",
        "\u200b",
        "\ufeff",
    ),
    *("\\u0020", "\\t", "]", "x", "é", "", "\u0301", "......"),
)
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(NUMBERS),
        st.tuples(st.lists(st.sampled_from(GROUPS), min_size=3, max_size=5), st.sampled_from(MARKS)).map(
            lambda pair: pair[1].join(pair[0])
        ),
        st.sampled_from(MARKS),
        st.sampled_from(["1", "4", "\uff14", "\\u0034", "12/27", "*", "[card ************1111]"]),
    ),
    max_size=4,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("7\u200b4111111111111111")
@example("4111, 1111,1111 ,1111")
@example("378\u200b2-822\u200b463-10005")
def test_the_scanner_finds_what_a_slow_reading_finds(text: str) -> None:
    assert has_card(text) == slow_has_card(text)
    assert find_cards(pl.Series([text, "4111111111111111"])).to_list() == [slow_has_card(text), True]


THREES = st.tuples(
    st.sampled_from(["4", "41", "378", "30", "1", "411"]),
    st.lists(st.sampled_from(["111", "282", "246", "310", "005", "112"]), min_size=3, max_size=6),
    st.sampled_from([",", ".", "'", "\u2019", ",\u200b", " ", ", "]),
).map(lambda parts: parts[2].join([parts[0], *parts[1]]))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(THREES | TEXTS | st.sampled_from(["4,111,111,111,111,111", ".00", ",", "1", " "]), max_size=3).map("".join)
)
@example("7,4,111,111,111,111,111")
def test_numbers_in_thousands_are_found_as_a_slow_reading_finds_them(text: str) -> None:
    assert has_card(text) == slow_has_card(text)
    assert find_cards(pl.Series([text])).to_list() == [slow_has_card(text)]


@settings(max_examples=200, deadline=None)
@given(st.lists(THREES | TEXTS, max_size=4).map("".join), st.sampled_from(["x", "é", "\u200b ", "| "]))
def test_a_long_text_is_judged_as_a_short_one(text: str, around: str) -> None:
    filling = around * 2_000
    assert mask_text(f"{filling}x{text}x{filling}") == f"{filling}x{mask_text(text)}x{filling}"


COMPILED = compile_mapping(
    Mapping.model_validate(
        {
            "version": "1",
            "name": "a",
            "contact": {
                "city": {"columns": ["A", "B", "C"], "join": ""},
                "source": {"columns": ["C", "B"], "join": "."},
                "first_name": {"column": "A", "replace": {"x": "1", "é": ""}},
            },
        }
    )
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(*3 * [st.none() | st.sampled_from(GROUPS) | TEXTS]), min_size=1, max_size=3))
def test_no_value_of_an_accepted_row_holds_a_number(rows: list[tuple[str | None, ...]]) -> None:
    cells = pl.DataFrame(rows, schema=dict.fromkeys("ABC", pl.String), orient="row")
    found = judge(cells, COMPILED.values, today=date(2026, 11, 22))
    for values in found.values.filter(found.reasons.is_null()).iter_rows():
        assert not any(slow_has_card(text) for text in values if text is not None)
    for position, row in enumerate(found.values.iter_rows(named=True)):
        told = (found.reasons[position] or "").split()
        assert all((f"{place}|card_number" in told) <= (text is None) for place, text in row.items())
