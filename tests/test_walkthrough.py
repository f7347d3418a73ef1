"""What follows a page of docs sees every drift: in what is printed, in exit codes, in what happens meanwhile."""

from pathlib import Path

import pytest
from program import environment
from walkthrough import Reader, read_page

LIST = """\
```csv one.csv
no,mail
1,ana@x.example.com
2,none
```

```yaml mappings/crm.yaml
version: 1
name: crm
key: external_id
contact: {external_id: no, email: mail}
```
<!-- event: looked -->
"""
CHECK = """\
```console
$ importer check one.csv -m crm
...
Checked: 1 of 2 rows can be sent.
...
  report    /home/ana/bakery/importer-state/runs/20260105T090012-3f9a1c/report.html
...
[exit 3]
$ importer show 20260105T090012-3f9a1c
...
$ importer show 20260105T090012-ffffff
importer: there is no run 20260105T090012-ffffff in importer-state; `importer runs` lists them
[exit 2]
```
"""


def follow(folder: Path, page: str) -> list[str]:
    (folder / "page.md").write_text(page)
    seen: list[str] = []
    Reader(folder, environment()).follow(folder / "page.md", {"looked": lambda: seen.append((folder / "one.csv").name)})
    return seen


def test_a_page_that_tells_what_happens_is_followed_to_its_end(tmp_path: Path) -> None:
    assert follow(tmp_path, LIST + CHECK) == ["one.csv"]


@pytest.mark.parametrize(
    ("told", "otherwise", "where"),
    [
        ("1 of 2 rows", "2 of 2 rows", "page.md:15"),
        ("[exit 3]", "[exit 0]", "page.md:15"),
        ("[exit 3]\n", "", "page.md:15"),
        ("report.html\n...", "report.html", "page.md:15"),
        ("[exit 2]", "[exit 3]", "page.md:24"),
        ("importer check", "cat", "only importer's own commands"),
    ],
)
def test_what_is_printed_otherwise_is_told_with_its_place(
    told: str, otherwise: str, where: str, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=where):
        follow(tmp_path, LIST + CHECK.replace(told, otherwise))


def test_an_event_that_nobody_plays_is_told(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        follow(tmp_path, LIST.replace("looked", "heard"))


def test_blocks_without_a_path_or_a_command_are_no_steps(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```yaml\nversion: 1\n```\n\n```console\nimporter run\n```\n")
    assert read_page(page) == []
