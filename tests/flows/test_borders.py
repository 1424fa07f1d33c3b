"""What modules hand to each other has a class: none takes or gives a dictionary of anything."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "warehouse")
LOOSE = {"dict", "Mapping", "MutableMapping", "defaultdict"}


def open_to_others(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The annotations, and the aliases, that another module may come to depend on."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(node.name):
            yield node.args
            if node.returns:
                yield node.returns
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            yield from open_to_others(node.body)
        elif isinstance(node, ast.AnnAssign) and is_public(ast.unparse(node.target)):
            yield node.annotation
        elif isinstance(node, ast.Assign) and is_public(ast.unparse(node.targets[0])):
            yield node.value


def is_public(name: str) -> bool:
    return not name.startswith("_") or name.startswith("__")


def loose(text: str) -> list[str]:
    """The dictionaries of anything by name that a module's border has."""
    nodes = (node for one in open_to_others(ast.parse(text).body) for node in ast.walk(one))
    return [ast.unparse(node) for node in nodes if isinstance(node, ast.Subscript) and is_loose(node)]


def is_loose(node: ast.Subscript) -> bool:
    of = ast.unparse(node.value).rpartition(".")[2]
    names = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    return of in LOOSE and bool(names) and ast.unparse(names[-1]).rpartition(".")[2] == "Any"


@pytest.mark.parametrize("room", ROOMS)
def test_no_dictionary_of_anything_crosses_a_module_s_border(room):
    found = {
        str(file.relative_to(ROOT)): borders
        for file in sorted((ROOT / room).rglob("*.py"))
        if (borders := loose(file.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "def rows(name: str) -> list[dict[str, Any]]: ...",
        "def keep(*, row: Mapping[str, typing.Any]) -> None: ...",
        "class Entry:\n    payload: dict[str, Any]",
        "class Outbox:\n    def send(self, payload: Mapping[str, Any] | None) -> None: ...",
        "Rows = Mapping[tuple[str, str], list[dict[str, Any]]]",
    ],
)
def test_one_that_does_is_found(text):
    assert loose(text)
    assert not loose(text.replace("Any", "object"))
