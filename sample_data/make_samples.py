"""Write the made-up exports beside this file, and which rows were broken on purpose and for what (`broken.json`).

    python sample_data/make_samples.py [FOLDER]

Seeded: run again it writes the same bytes. Needs polars only and imports nothing of importer, so that what it says
about a row is an independent opinion. Every person in the files is invented, every address reserved for documentation.
"""

import json
import sys
from pathlib import Path
from random import Random

import crm_es
import loyalty
import shop_en
from export import broken

SAMPLES = {"crm_es.csv": crm_es.make, "shop_en.csv": shop_en.make, "loyalty.parquet": loyalty.make}


def main(folder: Path) -> None:
    """Write all samples and `broken.json` into a folder."""
    told: dict[str, object] = {}
    for name, make in SAMPLES.items():
        content, records = make(Random(f"2026 {name}"))
        (folder / name).write_bytes(content)
        rows = broken(records)
        told[name] = {"rows": len(records), "broken": rows}
        print(f"{name}: {len(records)} rows, {len(rows)} broken, {len(content):,} bytes")
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / "broken.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
