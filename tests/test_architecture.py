"""The house stays as drawn: a file imports from lower floors and from its own folder only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "importer"
FLOORS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "contact",
            "durable",
            "errors",
            "event_loop",
            "field",
            "folder_lock",
            "kept",
            "outcome",
            "progress",
            "signals",
            "stopwatch",
            "summary",
            "surroundings",
            "task",
            "value",
            "watch",
        }
    ),
    frozenset({"columns", "folder", "http", "ledger", "rejects", "rules", "settings"}),
    frozenset({"bodies", "earlier", "mapping", "matching", "source"}),
    frozenset({"plan", "prepare", "reconcile", "resolve", "results", "session", "suggest", "upload"}),
    frozenset({"arrivals", "doctor", "explain", "guard", "preparing", "progress_line", "purge", "undo"}),
    frozenset({"console", "preview", "record", "report", "sending"}),
    frozenset({"checking", "pipeline", "reconciliation", "undoing"}),
    frozenset({"commands"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
APART = "sandbox"
FILES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(level for level, rooms in enumerate(FLOORS) if name in rooms)


def imported_rooms(path: Path) -> Iterator[str]:
    tree = ast.parse((PACKAGE / path).read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; write the whole name"
            names = [
                f"{node.module}.{alias.name}" if node.module == "importer" else str(node.module) for alias in node.names
            ]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("importer."))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_go_down_only(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    for there in imported_rooms(path):
        if there == here:
            continue
        if here == APART:
            assert floor(there) == 0, f"{path} imports {there}, but the sandbox stands apart"
        elif there == APART:
            assert here == "commands", f"{path} knows the sandbox, which only its commands may"
        else:
            assert floor(there) < floor(here) or floor(there) == floor(here) == 0, (
                f"{path} (floor {floor(here)}) imports {there} (floor {floor(there)})"
            )


def test_every_room_has_a_floor() -> None:
    rooms = {room(path) for path in FILES} - {"__init__", APART}
    assert rooms == rooms & frozenset().union(*FLOORS)


@pytest.mark.parametrize("path", [path for path in FILES if room(path) != "http"], ids=str)
def test_only_the_http_room_knows_http_libraries(path: Path) -> None:
    tree = ast.parse((PACKAGE / path).read_text("utf-8"))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert not names & {"httpx", "aiohttp", "httpcore", "requests"}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_only_the_console_prints(path: Path) -> None:
    calls = [
        node.lineno
        for node in ast.walk(ast.parse((PACKAGE / path).read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not calls or room(path) in {"console", APART}
