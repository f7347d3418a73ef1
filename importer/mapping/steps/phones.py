"""Phone numbers as E.164 (`+573105554814`), by the numbering plans of libphonenumber and a default region.

The plans are phonenumberslite's: its own patterns, as vector expressions, take the clear numbers, and phonenumberslite
judges the distinct rest. A number is taken when libphonenumber holds it valid, and written as libphonenumber does
(Argentina's 15 becomes 9 before the area code). What goes before that is decided here:

* Only digits, one `+` before them, white space, brackets, dots, dashes, slashes, and the invisible marks that phones
  copy along. Letters, an extension (`ext. 12`) and a second number are refused: left out in silence they would change
  who answers. A `match` in the mapping can cut them.
* `00` is read as `+` everywhere, though some countries want a carrier's code between `00` and the country.
* Mexico's 1 of mobiles (`+52 1 55 …`) and its trunk 01, 044, 045, and Chile's trunk 0, were abolished in 2019 and 2016;
  libphonenumber knows them no more and exports are full of them, so they are left out.
* `3105554814.0`, a number that became a fraction, is refused.
"""

from __future__ import annotations

from functools import cache, lru_cache, partial

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata, PhoneNumberFormat

from importer.mapping.steps.distinct import FLOATED, judged
from importer.mapping.steps.text import NOTHING, only

ANYWHERE = "ZZ"
"""The region of numbers whose country is not known: only those with + are read."""
LONGEST = 60
"""Bytes of a cell that can be one phone number."""
_SEPARATORS = (
    r"[\s().\[\]/\-\u{2010}-\u{2015}\u{2212}\u{ad}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2069}\u{feff}]"
)
_DIGITS = r"^\+?[0-9]{3,20}$"
_RETIRED = {"MX": r"^(?:(?:\+?52)?(?:01|04[45])|521)([0-9]{10})$", "CL": r"^(?:\+?56)?0([0-9]{9})$"}
"""Trunk prefixes that are dialled no more, before a whole national number."""
_RETIRED_ABROAD = r"^\+521([0-9]{10})$"


def regions() -> tuple[str, ...]:
    """Give the regions whose plan is known, as ISO 3166-1 alpha-2 codes in order."""
    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


def phone_text(text: pl.Expr, region: str) -> pl.Expr:
    """Give E.164 (String), null where a text is no valid number; `region` is whose numbers need no country code."""
    return text.map_batches(partial(_numbers, region=region), return_dtype=pl.String, is_elementwise=True)


def phone_text_by(text: pl.Expr, region: pl.Expr) -> pl.Expr:
    """Give E.164 as `phone_text` does, each text by the region in its own row (String, never null)."""
    rows = pl.struct(text.alias("text"), region.alias("region"))
    return rows.map_batches(_numbers_by_region, return_dtype=pl.String, is_elementwise=True)


def _numbers_by_region(rows: pl.Series) -> pl.Series:
    frame = rows.struct.unnest()
    found = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    for region in frame["region"].unique():
        of_region = frame["region"] == region
        found = found.scatter(of_region.arg_true(), _numbers(frame["text"].filter(of_region), region))
    return found


@lru_cache(maxsize=1 << 16)  # what gives no value is asked once more, for the failure
def judge_digits(digits: str, region: str) -> str | None:
    """Give E.164 by phonenumberslite alone; `digits` may begin with +. The oracle of the fast way."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def digits_of(text: pl.Expr, region: str) -> pl.Expr:
    """Give the digits of what is written as one phone number, with + where it says its country; else null."""
    short = only((text.str.len_bytes() <= LONGEST) & ~text.str.contains(FLOATED), text)
    bare = short.str.replace_all(_SEPARATORS, "")
    digits = only(bare.str.contains(_DIGITS), bare).str.replace("^00", "+")
    if region in _RETIRED:
        code = _plan(region).country_code
        digits = digits.str.replace(_RETIRED[region], f"+{code}${{1}}")
    return digits.str.replace(_RETIRED_ABROAD, "+52${1}")


def _numbers(texts: pl.Series, region: str) -> pl.Series:
    # Lazily, so that what the expressions share is worked out once.
    lazy = texts.to_frame("text").lazy().select(digits_of(pl.col("text"), region).alias("digits"))
    frame = lazy.with_columns(clear_numbers(region).alias("number")).collect(engine="in-memory")
    doubtful = frame["number"].is_null() & frame["digits"].is_not_null()
    if not doubtful.any():
        return frame["number"]
    rest = judged(frame["digits"].filter(doubtful), lambda digits: judge_digits(digits, region))
    return frame["number"].scatter(doubtful.arg_true(), rest)


@cache
def clear_numbers(region: str) -> pl.Expr:
    """Give E.164 of the column `digits` where the plan's own patterns leave no doubt, else null.

    Three ways of writing are clear: national, +country, and country without +. A number is clear when libphonenumber's
    parser could take no other way: it matches a fixed or mobile pattern once the trunk prefix is cut, does not look
    like one dialled abroad from this region, and does not begin with its country's code where that could be cut.
    """
    plan = PhoneMetadata.metadata_for_region(region)
    if plan is None:
        return NOTHING
    code, digits = str(plan.country_code), pl.col("digits")
    abroad = digits.str.starts_with(f"+{code}")
    led = only(digits.str.starts_with(code), digits)
    coded = (~led.str.contains(_whole(plan.general_desc))).fill_null(value=False)
    national = (
        pl.when(abroad)
        .then(digits.str.strip_prefix(f"+{code}"))
        .when(coded)
        .then(digits.str.strip_prefix(code))
        .otherwise(digits)
    )
    number = _without_trunk(national, plan)
    same = number == national
    for main in _others_of(plan):
        same &= _without_trunk(national, main) == national
    fits = number.str.contains(_whole(plan.general_desc)) & number.str.contains(_whole(plan.mobile, plan.fixed_line))
    fits &= same if _others_of(plan) else same | ~coded
    fits &= abroad | ~digits.str.contains(f"^(?:{plan.international_prefix})")
    return only(fits, pl.lit(f"+{code}") + number)


def _others_of(plan: PhoneMetadata) -> tuple[PhoneMetadata, ...]:
    """Give the plan by which +country is read, where it is another region's (the Dominican Republic: the USA's)."""
    main = phonenumbers.region_code_for_country_code(plan.country_code or 0)
    return () if main == plan.id else (_plan(main),)


def _without_trunk(number: pl.Expr, plan: PhoneMetadata) -> pl.Expr:
    """Cut or rewrite what is dialled before a number inside its country."""
    prefix = plan.national_prefix_for_parsing
    if not prefix:
        return number
    cut = number.str.replace(f"^(?:{prefix})", "")
    if not plan.national_prefix_transform_rule:
        return cut
    last = prefix.count("(") - prefix.count("(?")
    rule = plan.national_prefix_transform_rule.replace("\\", "$").replace("$1", "${1}").replace("$2", "${2}")
    groups = number.str.extract(f"^(?:{prefix})", last)
    rewritten = number.str.replace(f"^(?:{prefix})", rule)
    return pl.when(groups.is_not_null()).then(rewritten).otherwise(cut)


def _whole(*descriptions: phonenumbers.PhoneNumberDesc | None) -> str:
    found = [one.national_number_pattern for one in descriptions if one is not None and one.national_number_pattern]
    return f"^(?:{'|'.join(found)})$" if found else "^[^0-9+]$"


def _plan(region: str) -> PhoneMetadata:
    plan = PhoneMetadata.metadata_for_region(region)
    if plan is None:
        raise LookupError(f"no numbering plan for {region}")
    return plan
