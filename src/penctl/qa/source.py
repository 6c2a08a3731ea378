"""What a suite's source text says, whichever tests pytest then collects."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from penctl.qa.cells import Cell

MARK = "pytest.mark.cell"


@dataclass
class Written:
    """Marks as (test, cell), where a test is `file.py::function`, and what is wrong with the text."""

    marks: list[tuple[str, Cell]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_suite(folder: Path) -> Written:
    """Read every test_*.py of the folder and of the folders in it."""
    written = Written()
    for path in sorted(folder.rglob("test_*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError, OSError) as error:
            written.problems.append(f"{path.name}: cannot be read as Python: {error}")
            continue
        _read(path.name, tree, written)
    return written


def _read(file: str, tree: ast.Module, written: Written) -> None:
    names: list[str] = []
    for scope, prefix in _scopes(tree):
        tests = [node for node in scope if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        tests = [node for node in tests if node.name.startswith("test")]
        names += [f"{file}::{prefix}{node.name}" for node in tests]
        for node in tests:
            for decorator in node.decorator_list:
                _mark(f"{file}::{prefix}{node.name}", decorator, written)
    shadowed = [name for name, count in Counter(names).items() if count > 1]
    written.problems += [f"{name}: defined twice, and only the last one is run" for name in shadowed]


def _scopes(tree: ast.Module) -> list[tuple[list[ast.stmt], str]]:
    """The bodies in which pytest looks for tests: the module's and those of its classes."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test")]
    return [(tree.body, ""), *((node.body, f"{node.name}::") for node in classes)]


def _mark(test: str, decorator: ast.expr, written: Written) -> None:
    if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == MARK):
        return
    values = [node.value for node in decorator.args if isinstance(node, ast.Constant)]
    if len(values) == len(decorator.args) == 2 and all(isinstance(value, str) for value in values):
        written.marks.append((test, (str(values[0]), str(values[1]))))
    else:
        written.problems.append(f"{test}: a cell is an interlock and a kind, both written out")
