"""Composes YAML text into nodes with positions. Nothing is resolved and nothing is executed: a scalar is its text.

The parser's events are composed here and not by PyYAML: so depth is checked before it is descended, aliases stay shared
until they are counted, and tags are seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from importer.mapping.fault import Fault, Position, plain, refuse

if TYPE_CHECKING:
    from pathlib import Path

DEEPEST = 32
"""Lists and tables inside each other."""
MOST_VALUES = 50_000
"""Values in a mapping, each use of an alias counted."""

_TEXT_TAGS = {None, "tag:yaml.org,2002:str"}
# The C parser is eight times as fast; a PyYAML built without it still works.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What the parser says, and what people can do about it.
_SENTENCES = (
    ("tab character", "a tab stands where blanks are meant; indent with blanks"),
    (
        "cannot start any token",
        "a tab, or text that begins with @ ` or %; indent with blanks, and put such text in quotes",
    ),
    ("mapping values are not allowed", "a second `: ` in one line, or wrong indentation; put text with `: ` in quotes"),
    ("expected node content", "a value is missing, or a { or [ is not closed"),
    ("expected ',' or", "a { or [ is not closed, or text with { } [ ] or , in it is not in quotes"),
    ("unexpected end of stream", "a quote is not closed"),
    ("escape", "a backslash in double quotes begins an escape that YAML does not know; use single quotes"),
    ("expected ':'", "a line that is neither `key: value` nor an entry of a list; is a `:` missing?"),
    ("simple key", "a line that is neither `key: value` nor an entry of a list; is a `:` missing?"),
    ("expected key", "this line does not fit the lines above; is its indentation the same, and are its quotes closed?"),
    ("block end", "this line does not fit the lines above; is its indentation the same, and are its quotes closed?"),
    ("block entry", "a list entry where none is meant; is its indentation the same as the others'?"),
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as it was written; `bare` without quotes."""

    at: Position
    text: str
    bare: bool


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    at: Position
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Keys and their values, twice-written keys included."""

    at: Position
    pairs: tuple[tuple[Node, Node], ...]


Node: TypeAlias = Scalar | Sequence | Table


def compose(path: Path, text: str) -> tuple[Node, tuple[Fault, ...]]:
    """Give the root node of a text and the faults that leave the rest readable (tags, unknown aliases).

    Raises MappingError with its position where the text is not YAML, nested more than 32 deep, empty, or more than one
    document.
    """
    parser = _PARSER(text)
    composer = _Composer(path, parser)
    try:
        root = composer.document()
    except yaml.YAMLError as error:
        raise refuse(path, [_syntax(error)]) from None
    finally:
        parser.dispose()
    return root, tuple(composer.faults)


def _syntax(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "")
    sentence = next((said for known, said in _SENTENCES if known in problem), None)
    at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Fault(at, "", f"not valid YAML: {sentence or plain(problem) or 'it can not be read'}")


@dataclass(slots=True)
class _Composer:
    path: Path
    parser: Any
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    nodes: int = 0

    def document(self) -> Node:
        self.parser.get_event()
        if not self.parser.check_event(yaml.DocumentStartEvent):
            raise refuse(self.path, [Fault((1, 1), "", "the mapping is empty")])
        self.parser.get_event()
        root = self.node(self.parser.get_event(), 0)
        self.parser.get_event()
        if self.parser.check_event(yaml.DocumentStartEvent):
            what = "a second document begins here; a mapping is one document, so give this its own file"
            raise refuse(self.path, [Fault(_at(self.parser.get_event()), "", what)])
        return root

    def node(self, event: Any, depth: int) -> Node:  # noqa: ANN401  # the C parser has no types
        at = _at(event)
        if depth > DEEPEST:
            raise refuse(self.path, [Fault(at, "", f"nested more than {DEEPEST} deep; a mapping never is")])
        self.nodes += 1
        if self.nodes > 2 * MOST_VALUES:  # keys are nodes too
            raise refuse(self.path, [Fault(at, "", f"more than {MOST_VALUES:,} values; a mapping never has so many")])
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event.anchor or "", at)
        if event.tag not in _TEXT_TAGS:
            tag = plain(event.tag.replace("tag:yaml.org,2002:", "!!"))
            what = f"the tag {tag} is not understood; a mapping is text, lists and tables: take it out"
            self.faults.append(Fault(at, "", what))
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(at, event.value, bare=event.implicit[0])
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(at, depth)
        else:
            node = self.table(at, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def sequence(self, at: Position, depth: int) -> Sequence:
        items = []
        while not isinstance(event := self.parser.get_event(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Sequence(at, tuple(items))

    def table(self, at: Position, depth: int) -> Table:
        pairs = []
        while not isinstance(event := self.parser.get_event(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            pairs.append((key, self.node(self.parser.get_event(), depth + 1)))
        return Table(at, tuple(pairs))

    def alias(self, anchor: str, at: Position) -> Node:
        # An anchor is known once its node is whole, so nothing can hold itself.
        if anchor not in self.anchors:
            self.faults.append(Fault(at, "", f"*{plain(anchor)} has no finished &{plain(anchor)} above it"))
        return self.anchors.get(anchor, Scalar(at, "", bare=False))


def _at(event: Any) -> Position:  # noqa: ANN401  # the C parser has no types
    return event.start_mark.line + 1, event.start_mark.column + 1
