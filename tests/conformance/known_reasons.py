"""Why we differ from a published suite, said once for all cases alike. A case that no reason fits fails the test."""

from collections.abc import Callable
from dataclasses import dataclass

from published_case import Case

SHAPE = '"row|shape"'


@dataclass(frozen=True)
class Reason:
    """A difference that is meant."""

    sentence: str
    fits: Callable[[Case], bool]


REASONS = (
    Reason(
        "An address at a number instead of a domain (`[127.0.0.1]`) is refused: no customer has one.",
        lambda case: "@[" in case.given and case.ours == "refused",
    ),
    Reason(
        "A domain without a dot is refused: no mail from outside reaches it.",
        lambda case: "@" in case.given and "." not in case.given.rpartition("@")[2] and case.ours == "refused",
    ),
    Reason(
        "A name with an address in angle brackets is refused: the field takes the address alone. Their test says yes "
        "with an option that is off by default.",
        lambda case: case.given.endswith(">") and case.ours == "refused",
    ),
    Reason(
        "A quoted part before the @ is refused: most mail systems refuse it too, and in exports it is damage. Where "
        "email-validator's test says yes, it is with an option that is off by default.",
        lambda case: case.given.startswith('"') and "@" in case.given and case.ours == "refused",
    ),
    Reason(
        "More than 64 characters before the @ are taken: email-validator refuses them only with an option, and the "
        "mail server knows best.",
        lambda case: len(case.given.partition("@")[0]) > 64 and case.ours == "taken",
    ),
    Reason(
        "Zeros left out between the dashes of a Costa Rican number are put back by python-stdnum; here dashes are "
        "separators and mean nothing, so the number is too short.",
        lambda case: case.name.startswith("CR CPF") and "-" in case.given and case.ours == "refused",
    ),
    Reason(
        "A zero that the Dominican number lost in front is put back by python-stdnum; here `pad: 9` does, if the "
        "mapping says so.",
        lambda case: case.name.startswith("DO RNC") and len(case.given) < 9 and case.ours == "refused",
    ),
    Reason(
        "Letters of the country before a Salvadoran number are refused: `strip: SV` takes them away.",
        lambda case: case.name.startswith("SV NIT") and case.given.startswith("SV") and case.ours == "refused",
    ),
    Reason(
        "A header that names two columns alike is refused: nobody can tell which of them a mapping means. Papa Parse "
        "renames one.",
        lambda case: case.ours == "the file is refused" and _repeats(case.given.splitlines()[0]),
    ),
    Reason(
        "In a file of one column a blank line is no record either; Papa Parse gives a blank cell.",
        lambda case: '[""]' in case.theirs and "," not in case.given,
    ),
    Reason(
        "A quote that opens and is never rightly closed costs the records whose lines it may reach, each by itself; "
        "Papa Parse makes one malformed record of them.",
        lambda case: SHAPE in case.theirs and SHAPE in case.ours and '"' in case.given,
    ),
    Reason(
        "A quote inside an unquoted cell, or blanks between a quote and the delimiter, may be a record that was cut or "
        "shifted: it is rejected as `row|shape` with its text, never guessed. The others read on.",
        lambda case: SHAPE in case.ours and SHAPE not in case.theirs and '"' in case.given,
    ),
)


def reason_of(case: Case) -> str | None:
    """Give the first reason that fits a disagreement."""
    return next((reason.sentence for reason in REASONS if reason.fits(case)), None)


def _repeats(header: str) -> bool:
    names = header.split(",")
    return len(set(names)) < len(names)
