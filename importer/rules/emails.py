"""Email addresses by the standard of email-validator, without a look at the DNS.

A pattern accepts the plain ASCII form, another refuses what is plainly none, and email-validator judges the distinct
rest. All three agree: a property test says so. Refused are special-use domains (.test, .local, .invalid, …) and more
than 254 characters; accepted are internationalised names and domains, and a name of more than 64 characters, which
email-validator leaves to the mail server. The address itself stays as it is written.
"""

from __future__ import annotations

import polars as pl

_LABEL = "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
# No special-use domain ends in two or three letters; longer ones are named, since the pattern can't exclude any.
_TOP = "(?:[A-Za-z]{2,3}|info|email|online|store|shop|cloud|digital|tech|site|name|mobi|club|world)"
PLAIN = rf"^[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:{_LABEL}\.)+{_TOP}$"
"""Accepted at once, up to PLAIN_LENGTH bytes."""
PLAIN_LENGTH = 64
"""So short that no part of it can be too long."""
HOPELESS = r'[\x00-\x20"(),:;<>\[\]\x7f]'
"""Refused at once, and so is a text without @."""
LONGEST = 2_000
"""Bytes; the standard's limit is 254 characters, also after composing what is written decomposed."""


def is_no_email(text: pl.Expr) -> pl.Expr:
    """Tell where a text is no email address; null gives False."""
    return text.map_batches(_refused, return_dtype=pl.Boolean, is_elementwise=True)


def _refused(texts: pl.Series) -> pl.Series:
    """Tell for each text whether it is refused; null: False."""
    text = texts.alias("text")
    plain = text.str.contains(PLAIN) & (text.str.len_bytes() <= PLAIN_LENGTH)
    rows = (~plain).arg_true()
    doubtful = text.gather(rows)
    hopeless = (
        ~doubtful.str.contains("@", literal=True)
        | doubtful.str.contains(HOPELESS)
        | (doubtful.str.len_bytes() > LONGEST)
    )
    refused = [one for one in doubtful.filter(~hopeless).unique() if not _judge(one)]
    nowhere = pl.repeat(value=False, n=len(text), dtype=pl.Boolean, eager=True)
    return nowhere.scatter(rows, hopeless | doubtful.is_in(refused)).alias(texts.name)


def _judge(text: str) -> bool:
    from email_validator import validate_email  # noqa: PLC0415  # loading it takes time, and few files need it

    try:
        validate_email(text, check_deliverability=False)
    except ValueError:  # its own refusals, and those of the codecs it calls
        return False
    return True
