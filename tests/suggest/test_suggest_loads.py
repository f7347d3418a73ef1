"""Whatever is commented out loads when its `# ` is taken away; a ready mapping of part of an export loads too."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from made_files import MadeFile, made_files
from program import REPOSITORY

from importer.mapping.compile import compile_mapping
from importer.mapping.load import check_columns, load_mapping
from importer.suggest.sample import take_sample
from importer.suggest.suggest import suggest

TODAY = date(2026, 11, 22)
READY = REPOSITORY / "mappings"
FILES = made_files("files.txt")[::3] + made_files("files_held_out.txt")[::3]
EXPORTS = sorted((REPOSITORY / "sample_data" / "ready").glob("*.csv"))


def freed(text: str) -> Iterator[str]:
    """Give the text with each commented line alone, or each commented group whole, freed of its mark."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        found = re.match(r"( *)# (\w+|- \w+): *(?:[^ ]|$)", line)
        if found is None or at < lines.index("version: 1"):
            continue
        indent, name = found.groups()
        end = at + 1
        while end < len(lines) and re.match(rf"{indent}#   +\S", lines[end]):
            end += 1
        free = [one.replace("# ", "", 1) for one in lines[at:end]]
        keep = [f"#{one}" if re.match(rf"{indent}{re.escape(name)}:", one) and indent == "  " else one for one in lines]
        yield "\n".join([*keep[:at], *free, *keep[end:]])


@pytest.mark.parametrize("made", FILES, ids=lambda made: made.name)
def test_each_commented_line_loads_when_it_is_freed(made: MadeFile, tmp_path: Path) -> None:
    path = made.write(tmp_path)
    text = suggest(str(path), today=TODAY, folders=()).text
    columns = tuple(take_sample(str(path)).cells.columns)
    if "\nkey:" not in text:
        text = re.sub(r"^# key: ", "key: ", text, count=1, flags=re.MULTILINE)
    tried = 0
    for number, one in enumerate(freed(text)):
        file = tmp_path / f"{number}.yaml"
        file.write_text(one, "utf-8")
        if "\nkey:" in one:
            check_columns(load_mapping(file), columns)
            tried += 1
    assert tried or "\nkey:" not in text or "# unsure:" not in text


@pytest.mark.parametrize(
    "export",
    [
        pytest.param(one, id=one.stem, marks=() if number % 4 == 0 else pytest.mark.torture)
        for number, one in enumerate(EXPORTS)
    ],
)
@pytest.mark.parametrize("change", ["lower", "short"])
def test_an_export_a_column_short_or_in_other_letters_gets_its_ready_mapping(
    export: Path, change: str, tmp_path: Path
) -> None:
    sample = take_sample(str(export)).cells
    cases = [sample.rename({name: name.lower() for name in sample.columns})]
    if change == "short":
        cases = [sample.drop(name) for name in sample.columns]
    whole = load_mapping(READY / f"{export.stem}.yaml").mapping
    for number, cells in enumerate(cases):
        source, file = tmp_path / f"{number}.csv", tmp_path / f"{number}.yaml"
        cells.head(40).write_csv(source)
        made = suggest(str(source), today=TODAY, folders=[READY])
        assert f"ready mapping `{export.stem}`" in made.text
        if made.runs:
            file.write_text(made.text, "utf-8")
            loaded = load_mapping(file)
            compile_mapping(loaded.mapping)
            check_columns(loaded, tuple(cells.columns))
            assert loaded.mapping.name == whole.name
    assert change == "short" or made.runs
