"""Figures as a person reads them."""

from __future__ import annotations

MINUTE, HOUR = 60, 3600


def count(number: float) -> str:
    """Give a whole number with its thousands parted."""
    return f"{number:,.0f}"


def share(part: int, whole: int) -> str:
    """Give a share in percent: never 0 % of something, nor 100 % of less than all."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    if percent < 0.1:  # noqa: PLR2004  # what the next line can still show
        return "< 0.1 %"
    if part < whole and percent > 99.9:  # noqa: PLR2004  # as above
        return "> 99.9 %"
    return f"{percent:.1f} %"


def duration(seconds: float) -> str:
    """Give a length of time in the two units that matter."""
    whole = round(seconds)
    if seconds < 10:  # noqa: PLR2004  # below it tenths matter
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def rows(number: int) -> str:
    """Give a number of rows."""
    return "1 row" if number == 1 else f"{number:,} rows"
