import polars as pl
import pytest

from importer.rules import REGISTRY, hint, hints


@pytest.mark.parametrize("name", REGISTRY)
def test_every_rule_says_cause_and_cure_in_sentences(name: str) -> None:
    rule = REGISTRY[name]
    assert rule.cause[0].isupper()
    assert rule.cause.endswith(".")
    assert rule.cure[0].isupper()
    assert rule.cure.endswith(".")
    assert hint(f"addresses[1].city|{name}") == f"addresses[1].city: {rule.cause} {rule.cure}"


def test_the_codes_other_rooms_use_are_registered_too() -> None:
    assert {"shape", "duplicate", "superseded", "pending"} <= set(REGISTRY)


def test_an_unknown_code_still_gets_a_hint() -> None:
    assert hint("x|nobody") == "x: It was refused. Look the code up in the docs."


def test_a_column_of_reasons_gets_its_hints() -> None:
    reasons = pl.Series(["email|email", None, "email|email dob|date", "email|email"])
    found = hints(reasons).to_list()
    assert found == [hint("email|email"), None, f"{hint('email|email')} / {hint('dob|date')}", hint("email|email")]
    assert hints(pl.Series([None, None], dtype=pl.String)).to_list() == [None, None]
    assert hints(pl.Series([], dtype=pl.String)).to_list() == []
