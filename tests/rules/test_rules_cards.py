import json
from time import process_time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.rules import mask_cards, mask_columns, mask_text
from importer.rules.card_text import card_numbers, has_card
from importer.rules.cards import MASKED, find_cards

# Numbers that issuers publish for tests.
CARDS = {
    "Visa": "4111111111111111",
    "Visa, 13 digits": "4222222222222",
    "Mastercard": "5555555555554444",
    "Mastercard, 2 series": "2223003122003222",
    "American Express": "378282246310005",
    "Diners Club": "30569309025904",
    "Discover": "6011111111111117",
    "JCB": "3530111333300000",
    "UnionPay": "6240008631401148",
    "Maestro": "6759649826438453",
}


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


@pytest.mark.parametrize("number", CARDS.values(), ids=CARDS)
def test_an_issuers_number_is_found_and_masked_in_any_text(number: str) -> None:
    masked = f"[card {'*' * (len(number) - 4)}{number[-4:]}]"
    for text in ("{}", " {} ", "n.{}x", "paid with {} on 3/4", "{} 12/27", "7 {}", "a\n{}\nb"):
        assert mask_text(text.format(number)) == text.format(masked)


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111\u00a01111\u00a01111\u00a01111",
        "41 11-111111111111",
        "4111 1111 1111 1111 1227",
    ],
)
def test_single_blanks_and_dashes_do_not_hide_a_number(text: str) -> None:
    assert mask_text(text).startswith("[card ************1111]")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # check digit
        "1111111111111117",  # no issuer
        "41111111111111111111",  # 20 digits
        "371449635398431000000",
        "123456789012",
        "2026-11-22 04:33:51",
        "+57 300 123 4567",
        "************1111",
        "**** **** **** 1111",
        "[card ************1111]",
    ],
)
def test_other_digits_stay_as_they_are(text: str) -> None:
    assert mask_text(text) == text


# Other numbers of 13 to 19 digits that begin as an issuer's and whose check digit is right, yet in no form of a card.
@pytest.mark.parametrize(
    "text",
    [
        "41.11.11.11.11.11.11.11",
        "4111,1111/1111;1111",
        "4111-1111 / 1111-1111",  # two local phone numbers
        "4111.111111111111",
        "4,111,111,111,111,112",  # check digit
        "4,111,111,111,111,111,222",  # goes on
        "222,4,111,111,111,111,111",
        "14,111,111,111,111,111",
        "4.111,111,111,111,111",
        "4111.1111111111111",
        "4111......1111......1111......1111",
        "4111x1111x1111x1111",
        "4111]1111]1111]1111",
        "4111, 1111, 1111, 11115",
        "4111\u200b2222\u200b3333\u200b4444",
        "2024/01/02 10:20:30.123456",
        "2024-01-02T10:20:30+05:00",
        "2026-11-22 04:33:51.000000",
        "-33.448890,-70.669265",
        "4.609710123, -74.081750456",
        "192.168.100.200, 10.200.100.254",
        "1,234,567.89; 4,567,890.12",
        "+57 300 123 4567 / +57 310 987 6543",
        "1001,1002,1003,1004,1005,1006",
        "12.345.678/0001-95",
        "5f0c1a34-4111-4111-8111-00000000abcd",
        "C:\\new\\table\\4111",
    ],
)
def test_common_values_with_many_digits_are_no_cards(text: str) -> None:
    assert mask_text(text) == text
    assert find_cards(pl.Series([text])).to_list() == [False]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4,111,111,111,111,111", "[card ************1111]"),
        ("4.111.111.111.111.111", "[card ************1111]"),
        ("$4,111,111,111,111,111.00 MXN", "$[card ************1111].00 MXN"),
        ("4.111.111.111.111.111,00", "[card ************1111],00"),
        ("4'111'111'111'111'111", "[card ************1111]"),
        ("378,282,246,310,005", "[card ***********0005]"),
        ("30.569.309.025.904", "[card **********5904]"),
        ("4,\u200b111,111,111,111,111", "[card ************1111]"),
        ("\uff14,111,111,111,111,111", "[card ************1111]"),
    ],
)
def test_a_number_that_a_spreadsheet_wrote_in_thousands_is_found(text: str, masked: str) -> None:
    assert mask_text(text) == masked
    assert find_cards(pl.Series([text])).to_list() == [True]


@pytest.mark.parametrize("unit", ["4 ", "4111\u200b", "\\u0034 "])
def test_a_cell_of_a_megabyte_of_digits_takes_no_minute(unit: str) -> None:
    start = process_time()
    assert not has_card(unit * (1_000_000 // len(unit)))
    assert process_time() - start < 10


PARTED = {
    "dots": ".", "commas": ",", "slashes": "/", "underscores": "_", "tabs": "\t", "line ends": "\n", "CRLF": "\r\n",
    "two blanks": "  ", "many blanks": "     ", "dash between blanks": " - ", "comma and blank": ", ", "bars": "|",
    "colons": ":", "thin": "\u2009", "narrow": "\u202f", "ideographic": "\u3000", "em dash": "\u2014",
    "minus": "\u2212", "zero width": "\u200b", "joiner": "\u200d", "soft hyphen": "\u00ad", "mark": "\ufeff",
    "NUL": "\0", "C1": "\x85",
    "escaped blank": "\\u0020", "escaped dash": "\\u002D", "escaped thin": "\\u2009", "escaped tab": "\\t",
    "escaped slash": "\\/", "blank and zero width": "\u200b \u200b", "no-break": "\u00a0", "dot": "\u00b7",
}  # fmt: skip  # a table


@pytest.mark.parametrize("mark", PARTED.values(), ids=PARTED)
def test_whatever_parts_the_groups_does_not_hide_a_number(mark: str) -> None:
    for groups, masked in (
        (("4111", "1111", "1111", "1111"), "[card ************1111]"),
        (("3782", "822463", "10005"), "[card ***********0005]"),
        (("3056", "930902", "5904"), "[card **********5904]"),
        (("3782", "8224", "6310", "005"), "[card ***********0005]"),
        (("6304", "1111", "1111", "1111", "119"), "[card ***************1119]"),
    ):
        text = mark.join(groups)
        for around in ("{}", "a {} b", "é {}", "{}; 12/27", "7\u200b{}", '{{"k": "\\u00e9 {}"}}'):
            assert mask_text(around.format(text)) == around.format(masked)
            assert find_cards(pl.Series([around.format(text)])).to_list() == [True]
        for longer in (f"7{text}", f"{text}7"):
            assert mask_text(longer) == longer


ZEROS = {"Arabic": 0x660, "Devanagari": 0x966, "full width": 0xFF10, "mathematical": 0x1D7D8}


@pytest.mark.parametrize("zero", ZEROS.values(), ids=ZEROS)
@pytest.mark.parametrize("mark", ["", " ", "."])
def test_digits_of_any_script_are_digits(zero: int, mark: str) -> None:
    groups = ["".join(chr(zero + int(digit)) for digit in group) for group in ("4111", "1111", "1111", "1111")]
    text = mark.join(groups)
    for written in (text, json.dumps(text)[1:-1], json.dumps(json.dumps(text)[1:-1])[1:-1]):
        assert mask_text(f"x {written} y") == "x [card ************1111] y"
        assert find_cards(pl.Series([written])).to_list() == [True]


def test_a_number_that_a_spreadsheet_took_for_an_amount_is_found() -> None:
    for text in ("4111111111111111.0", "4111111111111111,00", "4.111111111111111E+15", "4,111111111111111e15"):
        assert mask_text(text).startswith("[card ************1111]")
        assert find_cards(pl.Series([text])).to_list() == [True]
    assert mask_text("3.5301113333E+15") == "[card ************0000]"


def test_digits_written_as_escapes_are_masked_whole() -> None:
    escaped = "".join(f"\\u003{digit}" for digit in "4111111111111111")
    assert mask_text(f'["{escaped}"]') == '["[card ************1111]"]'


def test_two_numbers_in_one_text_are_both_masked() -> None:
    text = "4111 1111 1111 1111 5555-5555-5555-4444"
    assert mask_text(text) == "[card ************1111] [card ************4444]"


def test_a_column_is_masked_and_null_stays_null() -> None:
    frame = pl.DataFrame({"A": ["x", None, "4111111111111111", ""]})
    assert frame.select(mask_cards(pl.col("A")))["A"].to_list() == ["x", None, "[card ************1111]", ""]
    empty = frame.clear().lazy().select(mask_cards(pl.col("A"))).collect()
    assert empty.schema == {"A": pl.String}


def test_of_many_columns_those_with_a_card_number_are_masked() -> None:
    frame = pl.DataFrame({f"c{at}": [None, "x", ""] for at in range(50)})
    frame = frame.with_columns(c7=pl.Series([None, "4111111111111111", "4"]), c8=pl.lit("4111111111111111"))
    masked = mask_columns(frame, [name for name in frame.columns if name != "c8"])
    assert masked.drop("c7").equals(frame.drop("c7"))
    assert masked["c7"].to_list() == [None, "[card ************1111]", "4"]
    assert mask_columns(frame.clear(), ["c7"]).equals(frame.clear())


PIECES = st.sampled_from(
    [
        "\\u0031",
        "\\u0020",
        "\uff11",
        "E+15",
        "4.111111111111111",
        *"0123456789 -x*[]./,\t\u200b\\é",
        *CARDS.values(),
        "4111",
        "1111",
        ".1111",
        "4111 1111",
        "[card ",
        "****",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_masking_leaves_no_number_and_is_done_once(text: str) -> None:
    masked = mask_text(text)
    assert not has_card(masked)
    assert mask_text(masked) == masked
    assert has_card(text) == (masked != text)
    assert find_cards(pl.Series([text, None])).to_list() == [has_card(text), False]
    if masked != text:
        assert pl.Series([masked]).str.contains(MASKED).all()


@given(st.lists(PIECES, max_size=40).map("".join))
def test_the_quick_look_misses_nothing_that_the_exact_one_finds(text: str) -> None:
    # An escape behind a text has it looked at exactly, and a line end is part of no number.
    assert card_numbers(text) == card_numbers(text + r" \n")


@given(st.from_regex(r"[3456][0-9]{12,18}", fullmatch=True))
def test_a_wrong_check_digit_makes_it_no_card(digits: str) -> None:
    if not luhn(digits):
        assert not has_card(digits)
    elif digits.startswith("4") and len(digits) in (13, 16, 19):
        assert has_card(digits)
