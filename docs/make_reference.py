"""Writes mapping.md, codes.md, commands.md and ledger.md from the models, the registry, the commands and the schema.

With a folder's name it writes there, by which the tests see that nobody forgot to run it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import yaml
from reference_commands import commands_page
from reference_ledger import ledger_page

from importer.contact import fields_of
from importer.mapping.forms import BooleanWords, Condition, DocumentForm, Length, NumberForm, PhoneForm, Range
from importer.mapping.model import Example, FieldMap, Mapping, SourceOptions
from importer.mapping.options import RunOptions
from importer.mapping.steps.sql import ALLOWED
from importer.outcome import State
from importer.report.meanings import ANSWER, CURES, NETWORK, PENDING
from importer.rules import REGISTRY
from importer.rules.codes import UNDO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

FOLDER = Path(__file__).parent
EXAMPLES: dict[str, str] = yaml.safe_load((FOLDER / "mapping_examples.yaml").read_text("utf-8"))
BAR = "\\|"
"""A bar inside a table."""
UNDO_ABOUT = "A plan of `importer undo` says by these codes what becomes of a row ([how to undo](how-to-undo.md))."
SENT_ABOUT = "Rows that were sent, or about to be, bear these in `results.csv`. Every answer: [verdicts](verdicts.md)."
OWN_CODES = {
    "create|found": "`importer resolve` found it in the target's export.",
    "create|absent": "`importer resolve` proved that it was never created.",
}
INSIDE: dict[str, tuple[type[BaseModel], ...]] = {
    "source": (SourceOptions,),
    "run": (RunOptions,),
    "tests": (Example,),
    "boolean": (BooleanWords,),
    "number": (NumberForm,),
    "phone": (PhoneForm,),
    "document": (DocumentForm,),
    "range": (Range,),
    "length": (Length,),
    "when": (Condition,),
}
"""Keys whose value is a table, and what may stand in it."""


def mapping_page() -> str:
    """Give the reference of the mapping language."""
    text = (FOLDER / "mapping_intro.md").read_text("utf-8").replace("{ALLOWED}", ALLOWED)
    return text + "\n".join(_mapping_parts()).rstrip() + "\n"


def _mapping_parts() -> Iterator[str]:
    yield "## Around the fields\n"
    yield from _keys(Mapping, skipped=("contact",), renamed={"zone": "zone (of the mapping)"})
    yield "## A field\n"
    yield from _keys(FieldMap, skipped=(), renamed={})
    yield "## An item of `addresses`, `billing_info` or `payments`\n"
    yield "An item none of whose cells is filled is left out, constants, defaults and all.\n"
    for key, about in (
        ("repeat", "Repeats the item, with `{n}` from 1 in the names of its columns: at most 50 times."),
        ("when", "The item is meant only where this column is filled, or holds one of some words."),
    ):
        yield f"### `{key}`\n\n{about}\n"
        yield from _inside(key)
        yield _example(key)
    yield "## The fields of a contact\n"
    yield from _fields()


def _keys(model: type[BaseModel], *, skipped: tuple[str, ...], renamed: dict[str, str]) -> Iterator[str]:
    taken = {"zone (of the mapping)"}
    for key, info in model.model_fields.items():
        if key in skipped:
            continue
        name = renamed.get(key, key)
        yield f"### `{key}`{name.removeprefix(key)}\n"
        yield f"{_sentence(info)}{_form(info)}".strip() + "\n"
        yield from _inside(key)
        if name in EXAMPLES:
            yield _example(name)
        yield from (
            _example(more) for more in EXAMPLES if name == key and more.startswith(f"{key} (") and more not in taken
        )


def _inside(key: str) -> Iterator[str]:
    rows = [(inner, info) for model in INSIDE.get(key, ()) for inner, info in model.model_fields.items()]
    if rows:
        lines = [f"| `{inner}` | {_sentence(info)}{_form(info)} |" for inner, info in rows]
        yield "\n".join(["| in it | |", "|---|---|", *lines]) + "\n"


def _sentence(info: FieldInfo) -> str:
    text = info.description or ""
    text = text[:1].upper() + text[1:]
    return f"{text}." if text and not text.endswith((".", "...")) else text


def _form(info: FieldInfo) -> str:
    """Say the choices and what counts when the key is left out."""
    said = []
    if choices := _choices(info.annotation):
        said.append("One of " + ", ".join(f"`{choice}`" for choice in choices) + ".")
    if info.is_required():
        said.append("Always needed.")
    elif info.default not in (None, (), "") and isinstance(info.default, str | int):
        said.append(f"Left out: `{str(info.default).lower() if isinstance(info.default, bool) else info.default}`.")
    return "".join(f" {one}" for one in said)


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401  # a type annotation can be anything
    if get_origin(annotation) is Literal:
        return tuple(str(choice) for choice in get_args(annotation))
    options = get_args(annotation) if get_origin(annotation) in {Union, type(int | None)} else ()
    return next((found for option in options if (found := _choices(option))), ())


def _example(key: str) -> str:
    return f"```yaml\n{EXAMPLES[key].rstrip()}\n```\n"


def _fields() -> Iterator[str]:
    yield "`id` is the target's id of the contact: filled, that contact is updated. Tags have any names."
    yield "\n| field | holds | may be null | |\n|---|---|---|---|"
    for field in fields_of():
        yield f"| `{field.name}` | {field.kind.value} | {'yes' if field.nullable else 'no'} | {field.about} |"
        for inner in field.items:
            yield f"| `{field.name}[].{inner.name}` | {inner.kind.value} | | {inner.about} |"


def codes_page() -> str:
    """Give the page of codes."""
    rows = [(f"`{name}`", rule.cause, rule.cure) for name, rule in REGISTRY.items()]
    undone = [(_code(code), rule.cause, rule.cure) for code, rule in UNDO.items()]
    parts = [
        _table("rule", rows),
        f"## Rows that were sent\n\n{SENT_ABOUT}\n\n{_table('code', _sent_codes())}",
        f"## Rows of an undo\n\n{UNDO_ABOUT}\n\n{_table('code', undone)}",
    ]
    return (FOLDER / "codes_intro.md").read_text("utf-8") + "\n\n".join(parts) + "\n"


def _sent_codes() -> list[tuple[str, str, str]]:
    unknown = CURES[State.UNKNOWN]
    return [
        (_code("http|422"), "The server answered with that status; 422 is an example.", CURES[State.FAILED]),
        *((_code(f"net|{name}"), cause, unknown) for name, cause in NETWORK.items()),
        *((_code(f"answer|{name}"), cause, unknown) for name, cause in ANSWER.items()),
        *((_code(code), cause, unknown) for code, cause in PENDING.items()),
        (_code("create|found"), OWN_CODES["create|found"], "Nothing: the next run updates it once."),
        (_code("create|absent"), OWN_CODES["create|absent"], CURES[State.UNSENT]),
    ]


def _code(code: str) -> str:
    return f"`{code.replace('|', BAR)}`"


def _table(head: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = [f"| {code} | {cause} | {cure} |" for code, cause, cure in rows]
    return "\n".join([f"| {head} | what it says | what to do |", "|---|---|---|", *lines])


PAGES = {"mapping.md": mapping_page, "codes.md": codes_page, "commands.md": commands_page, "ledger.md": ledger_page}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
