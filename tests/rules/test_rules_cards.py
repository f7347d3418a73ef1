import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.rules import mask_cards, mask_text
from importer.rules.cards import MASKED, find_cards, has_card

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
        "4111  1111  1111  1111",  # two blanks: four numbers
        "4111.1111.1111.1111",
        "371449635398431000000",
        "123456789012",
        "\u0664\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661\u0661",
        "2026-11-22 04:33:51",
        "+57 300 123 4567",
        "************1111",
        "**** **** **** 1111",
        "[card ************1111]",
    ],
)
def test_other_digits_stay_as_they_are(text: str) -> None:
    assert mask_text(text) == text


def test_two_numbers_in_one_text_are_both_masked() -> None:
    text = "4111 1111 1111 1111 5555-5555-5555-4444"
    assert mask_text(text) == "[card ************1111] [card ************4444]"


def test_a_column_is_masked_and_null_stays_null() -> None:
    frame = pl.DataFrame({"A": ["x", None, "4111111111111111", ""]})
    assert frame.select(mask_cards(pl.col("A")))["A"].to_list() == ["x", None, "[card ************1111]", ""]
    empty = frame.clear().lazy().select(mask_cards(pl.col("A"))).collect()
    assert empty.schema == {"A": pl.String}


PIECES = st.sampled_from([*"0123456789 -x*[", *CARDS.values(), "4111 1111", "[card ", "****"])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_masking_leaves_no_number_and_is_done_once(text: str) -> None:
    masked = mask_text(text)
    assert not has_card(masked)
    assert mask_text(masked) == masked
    assert has_card(text) == (masked != text)
    assert find_cards(pl.Series([text, None])).to_list() == [has_card(text), False]
    if masked != text:
        assert pl.Series([masked]).str.contains(MASKED).all()


@given(st.from_regex(r"[3456][0-9]{12,18}", fullmatch=True))
def test_a_wrong_check_digit_makes_it_no_card(digits: str) -> None:
    if not luhn(digits):
        assert not has_card(digits)
    elif digits.startswith("4") and len(digits) in (13, 16, 19):
        assert has_card(digits)
