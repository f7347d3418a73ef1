"""Whatever two files hold, every row of each ends in one class."""

import csv
import secrets
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from importer.matching import ORDER
from importer.progress import Silent
from importer.reconcile.classes import Class
from importer.reconciliation import Around, Asked, reconcile_export

MAPPING = """
version: 1
name: crm
key: external_id
duplicates: {duplicates}
contact:
  id: id
  external_id: no
  email: {{column: mail, case: lower}}
  phone: {{column: phone, phone: CO}}
  document_number: doc
  tags: {{points: {{column: points, number: true}}}}
"""
COLUMNS = ["id", "no", "mail", "phone", "doc", "points"]
CELLS = st.tuples(
    st.sampled_from(["", "", "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "no id"]),
    st.sampled_from(["", "1", "2", "3", "4", "=5"]),
    st.sampled_from(["", "a@x.co", "A@x.co", "b@x.co", "no email"]),
    st.sampled_from(["", "3105554814", "310 555 4814", "3105554815", "1"]),
    st.sampled_from(["", "1001", "1002"]),
    st.sampled_from(["", "1", "1.50", "many"]),
)
# A record with a cell too many has no readable shape.
ROWS = st.lists(st.one_of(CELLS, CELLS.map(lambda cells: (*cells, "more"))), min_size=1, max_size=12)


@settings(max_examples=20, deadline=None)
@given(ROWS, ROWS, st.sampled_from(["reject", "first", "last"]), st.permutations(ORDER))
def test_the_classes_of_each_side_add_up_to_its_rows(
    here: list[tuple[str, ...]], there: list[tuple[str, ...]], duplicates: str, order: list[str]
) -> None:
    with TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "crm.yaml").write_text(MAPPING.format(duplicates=duplicates))
        for name, rows in (("here.csv", here), ("there.csv", there)):
            with (folder / name).open("w", newline="") as file:
                csv.writer(file, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
        asked = Asked(
            export=str(folder / "here.csv"),
            mapping=str(folder / "crm.yaml"),
            against=str(folder / "there.csv"),
            other_mapping=None,
            order=order,
        )
        around = Around(
            now=lambda: datetime.now(UTC),
            token_hex=secrets.token_hex,
            working_dir=folder,
            progress=Silent(),
            announce=lambda _: None,
        )
        found = reconcile_export(asked, folder / "state", around).found
    assert (found.here.total(), found.there.total()) == (len(here), len(there))
    for paired in (Class.SAME, Class.DIFFERENT):
        assert found.here[paired] == found.there[paired]
    assert found.here[Class.SAME] + found.here[Class.DIFFERENT] == sum(found.matched.values())
    assert not found.here[Class.ONLY_THERE]
    assert not found.there[Class.ONLY_HERE]
