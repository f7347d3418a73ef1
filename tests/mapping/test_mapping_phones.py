"""Phone numbers: what is taken, what is refused, and that the fast way is phonenumberslite's."""

import phonenumbers
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat

from importer.mapping.steps.phones import LONGEST, clear_numbers, judge_digits, phone_text, regions

REGIONS = ["CO", "MX", "CL", "PE", "AR", "BR", "UY", "EC", "ES", "PT", "US", "DO"]


def numbers(region: str, *texts: str | None) -> list[str | None]:
    frame = pl.LazyFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(phone_text(pl.col("text"), region)).collect().to_series().to_list()


READINGS: list[tuple[str, dict[str | None, str | None]]] = [
    (
        "CO",
        {
            "3105554814": "+573105554814",
            "310 555 4814": "+573105554814",
            "(310) 555-48.14": "+573105554814",
            "+57 310 555 4814": "+573105554814",
            "+57\u00a0310\u2011555\u20114814": "+573105554814",
            "\u202a+57 310 5554814\u202c": "+573105554814",
            "(+57) 310/5554814": "+573105554814",
            "0057 310 5554814": "+573105554814",
            "573105554814": "+573105554814",
            "03 310 555 4814": "+573105554814",
            "601 5554814": "+576015554814",
            "+34 612 34 56 78": "+34612345678",
            "0034612345678": "+34612345678",
            "5554814": None,
            "310555481": None,
            "31055548140": None,
            "3105554814 ext. 12": None,
            "3105554814x12": None,
            "3105554814 / 3205554814": None,
            "310-CALL-NOW": None,
            "Cel 3105554814": None,
            "3105554814.0": None,
            "3.105554814E9": None,
            "++573105554814": None,
            "57+3105554814": None,
            "+999 3105554814": None,
            "0000000000": None,
            "no tiene": None,
            "\u0663\u0661\u06605554814": None,
            "12": None,
            "+": None,
            "": None,
            None: None,
        },
    ),
    (
        "AR",
        {
            "011 15 2345-6789": "+5491123456789",
            "11 15 2345 6789": "+5491123456789",
            "+54 9 11 2345-6789": "+5491123456789",
            "+54 11 15 2345 6789": "+5491123456789",
            "011 4345-6789": "+541143456789",
            "15 2345 6789": None,
        },
    ),
    (
        "MX",
        {
            "55 1234 5678": "+525512345678",
            "+52 1 55 1234 5678": "+525512345678",
            "52 1 55 1234 5678": "+525512345678",
            "044 55 1234 5678": "+525512345678",
            "045 55 1234 5678": "+525512345678",
            "01 55 1234 5678": "+525512345678",
            "1 55 1234 5678": None,
        },
    ),
    ("CL", {"9 6123 4567": "+56961234567", "09 6123 4567": "+56961234567", "+56 (0)9 61234567": "+56961234567"}),
    ("BR", {"(11) 91234-5678": "+5511912345678", "0 21 11 91234-5678": "+5511912345678", "(11) 8123-4567": None}),
    ("US", {"(305) 155-0123": None, "1 305 234 5678": "+13052345678", "011 57 310 5554814": "+573105554814"}),
    ("DO", {"809 234 5678": "+18092345678", "1-829-234-5678": "+18292345678", "305 234 5678": "+13052345678"}),
    ("PE", {"+52 1 55 1234 5678": "+525512345678", "987 654 321": "+51987654321", "01 234 5678": "+5112345678"}),
]


@pytest.mark.parametrize(("region", "table"), READINGS, ids=[region for region, _ in READINGS])
def test_what_a_text_becomes(region: str, table: dict[str | None, str | None]) -> None:
    assert dict(zip(table, numbers(region, *table), strict=True)) == table


def test_a_cell_too_long_for_a_number_is_refused_unread() -> None:
    assert numbers("CO", "3105554814" + " " * LONGEST, "3" * 10_000_000) == [None, None]
    assert numbers("CO") == []


def plan(region: str) -> PhoneMetadata:
    found = PhoneMetadata.metadata_for_region(region)
    assert found is not None
    return found


def examples(region: str) -> list[str]:
    kinds = (plan(region).mobile, plan(region).fixed_line, plan(region).toll_free, plan(region).voip)
    return [kind.example_number for kind in kinds if kind is not None and kind.example_number]


@st.composite
def near_numbers(draw: st.DrawFn, region: str) -> str:
    """Draw what people type: a number of the plan, some digits of it changed, behind any prefix of that country."""
    number = draw(st.sampled_from(examples(region)))
    kept = draw(st.integers(0, len(number)))
    tail = draw(st.text("0123456789", min_size=max(0, len(number) - kept - 1), max_size=len(number) - kept + 1))
    code = str(plan(region).country_code)
    trunk = plan(region).national_prefix or "0"
    prefixes = ["", "", trunk, f"+{code}", code, f"00{code}", f"+{code}{trunk}", f"{code}{trunk}", f"+{code}9", "15"]
    foreign = ["+", "+1", "+34", "011", "0", "1", "9", "90", "021", "119", "+0", "00"]
    return draw(st.sampled_from([*prefixes, *foreign])) + number[:kept] + tail


@pytest.mark.parametrize("region", REGIONS)
def test_a_clear_number_is_what_phonenumberslite_makes_of_it(region: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(near_numbers(region), min_size=1, max_size=30))
    @example(examples(region))
    def agree(texts: list[str]) -> None:
        digits = pl.LazyFrame({"digits": texts}, schema={"digits": pl.String})
        clear = digits.select(clear_numbers(region)).collect().to_series().to_list()
        assert [one or judge_digits(text, region) for text, one in zip(texts, clear, strict=True)] == [
            judge_digits(text, region) for text in texts
        ]

    agree()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(REGIONS), st.text() | st.text("0123456789+-() .x/\u00a0\u202a\u2011"))
def test_arbitrary_text_is_a_number_only_where_phonenumberslite_says_so(region: str, text: str) -> None:
    (found,) = numbers(region, text)
    if found is not None:
        assert phonenumbers.is_valid_number(phonenumbers.parse(found))
        assert found.isascii()
        assert sum(letter.isdigit() for letter in text) >= len(found) - 5


@pytest.mark.parametrize("start", range(0, 245, 49))
def test_every_country_reads_its_own_numbers_as_they_are_written_there(start: int) -> None:
    for region in regions()[start : start + 49]:
        for national in examples(region):
            number = phonenumbers.parse(f"+{plan(region).country_code}{national}")
            forms = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
            texts = [phonenumbers.format_number(number, form) for form in forms]
            wanted = [judge_digits(text, region) for text in texts]
            assert numbers(region, *texts) == wanted, region
