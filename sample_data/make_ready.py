"""Write a made-up export for each ready mapping into ready/, and which rows are broken for what (`ready/broken.json`).

    python sample_data/make_ready.py [FOLDER]

Seeded: run again it writes the same bytes. Every person is invented, every address reserved for documentation, and each
file is written as its system writes it: mark, quotes, line ends and letters.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from export import Record, broken, delimited
from ready_books import google, outlook
from ready_crm import hubspot, salesforce
from ready_mail import brevo, mailchimp, shopify
from ready_template import template


@dataclass(frozen=True)
class Export:
    """Who makes the records of a file, and how its system writes them."""

    make: Callable[[Random], list[Record]]
    encoding: str = "utf-8"
    delimiter: str = ","
    line_end: str = "\n"
    quoted: bool = False
    """All cells."""
    quoted_names: bool = False
    """The names in the header that hold a blank."""


EXPORTS = {
    "salesforce": Export(salesforce, quoted=True),
    "shopify": Export(shopify),
    "hubspot": Export(hubspot, quoted=True),
    "mailchimp": Export(mailchimp, quoted_names=True),
    "google": Export(google),
    "outlook": Export(outlook, encoding="cp1252", line_end="\r\n", quoted=True),
    "brevo": Export(brevo, encoding="utf-8-sig", delimiter=";"),
    "template": Export(template),
}


def written(export: Export, records: list[Record]) -> bytes:
    """Give the bytes of a file."""
    names = [f'"{name}"' if export.quoted_names and " " in name else name for name in records[0].cells]
    header = export.delimiter.join(names) if export.quoted_names else _line(export, names)
    lines = [header, *(_line(export, list(record.cells.values())) for record in records)]
    return "".join(line + export.line_end for line in lines).encode(export.encoding)


def _line(export: Export, cells: list[str]) -> str:
    return delimited(cells, export.delimiter, quote_all=export.quoted)


def main(folder: Path) -> None:
    """Write all files and `broken.json` into a folder."""
    told: dict[str, object] = {}
    for name, export in EXPORTS.items():
        records = export.make(Random(f"2026 {name}"))
        content = written(export, records)
        (folder / f"{name}.csv").write_bytes(content)
        told[name] = {"rows": len(records), "broken": broken(records)}
        print(f"{name}.csv: {len(records)} rows, {len(broken(records))} broken, {len(content):,} bytes")
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / "broken.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "ready")
