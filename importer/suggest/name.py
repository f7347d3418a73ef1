"""The mapping's name from the file's, without what changes from export to export."""

from __future__ import annotations

import re
from pathlib import Path

from importer.suggest.headers import normal_form, word_class

FALLBACK = "contacts"
LONGEST = 40


def name_for(path: str) -> str:
    """Give a name such as `clientes` for `Clientes_2024-11 (2).csv`, or `contacts` where nothing is left.

    It takes no date, month or digit: under a new name every month all customers would be created again.
    """
    words = re.findall("[a-z]+", normal_form(Path(path).name.split(".")[0]))
    kept = [word for word in words if word not in word_class("changing")]
    return "-".join(kept)[:LONGEST].strip("-") or FALLBACK
