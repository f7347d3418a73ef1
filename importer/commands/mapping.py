"""`importer mapping lint|test|schema`: care for mappings, without a source and without an account."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from importer.console import show_note, show_text
from importer.errors import Exit, MappingError, NoInputError, SettingsError
from importer.mapping.compile import compile_mapping
from importer.mapping.find import find_mapping
from importer.mapping.load import load_mapping
from importer.mapping.places import mapping_columns, places
from importer.mapping.schema import mapping_schema
from importer.mapping.warn import warnings
from importer.prepare.examples import run_examples


@click.group("mapping")
def command() -> None:
    """Care for mappings: find what is wrong, run their examples, help editors."""


@command.command("lint")
@click.argument("mapping")
def lint(mapping: str) -> int:
    """Say all that is wrong with MAPPING, each with file, line and column. Nothing else is read.

    Exit 4 if anything is wrong, else 0; what is only odd is told on stderr and does not count.
    """
    loaded = load_mapping(find_mapping(mapping, cwd=Path.cwd()))
    compile_mapping(loaded.mapping)
    for fault in warnings(loaded):
        line, column, *included = fault.at
        place = f"{fault.place}: " if fault.place else ""
        show_note(f"{included[0] if included else loaded.path}:{line}:{column}: odd: {place}{fault.what}")
    fields, columns = len(places(loaded.mapping)), len(mapping_columns(loaded.mapping))
    show_text(f"{loaded.path}: fine, {fields} fields from {columns} columns")
    return Exit.OK


@command.command("test")
@click.argument("mappings", nargs=-1, required=True, metavar="MAPPING...")
def test(mappings: tuple[str, ...]) -> int:
    """Run the examples under `tests:` of each MAPPING: cells in, and the expected body or reasons out.

    Exit 4 if a mapping is wrong, else 9 if one has none, else 3 if one comes out otherwise, else 0; all are tried.
    """
    today = datetime.now(UTC).date()
    failed = False
    refused, empty = [], []
    for name in mappings:
        try:
            loaded = load_mapping(find_mapping(name, cwd=Path.cwd()))
            verdicts = run_examples(loaded, compile_mapping(loaded.mapping), today)
        except MappingError as error:  # told at the end, so that the other mappings are tested too
            refused.append(str(error))
            continue
        if not verdicts:
            empty.append(f"{loaded.path}: it has no tests; write examples under `tests:`")
            continue
        wrong = [verdict for verdict in verdicts if verdict.differences]
        for verdict in wrong:
            show_text("\n".join([f"{loaded.path}: {verdict.name}", *(f"  {one}" for one in verdict.differences)]))
        show_text(f"{loaded.path}: {len(verdicts) - len(wrong)} of {len(verdicts)} examples came out as they say")
        failed |= bool(wrong)
    if refused:
        raise MappingError("\n".join([*refused, *empty]))
    if empty:
        raise NoInputError("\n".join(empty))
    return Exit.INCOMPLETE if failed else Exit.OK


@command.command("schema")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
def schema(output: Path | None) -> int:
    """Print the JSON Schema of mappings, by which an editor completes, explains and checks while you type.

    Put `# yaml-language-server: $schema=mapping.schema.json` into the first line of a mapping.
    """
    text = json.dumps(mapping_schema(), ensure_ascii=False, indent=2) + "\n"
    if output is None:
        show_text(text)
        return Exit.OK
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{output}: the schema can't be written: {error.strerror}") from None
    return Exit.OK
