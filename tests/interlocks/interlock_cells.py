"""The table of cells: thirteen kinds for each built interlock, each run or not applicable with a reason.

A test says by `@pytest.mark.cell("IL-07", "trip")` which cell it holds. What has a mark is read from the
source, so that the table is the same whichever tests are selected.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

KINDS = (
    "inhibited",  # no trip where the design inhibits it
    "trip",
    "below limit",  # no trip at the limit less a little
    "hysteresis",
    "reaction time",  # from the physical onset
    "safe state held",
    "reset refused",  # while the cause is present
    "reset act",  # the right act, by the right role
    "no restart",  # nothing starts by itself
    "log row",
    "priority signal",
    "guide words",  # not provided; not needed; too early, too late; stopped too soon, applied too long
    "second fault",  # masked by a second simultaneous fault
)

NOT_APPLICABLE: Mapping[tuple[str, str], str] = {
    ("IL-28", "inhibited"): "every command is checked in every state; the design inhibits it nowhere",
    (
        "IL-28",
        "hysteresis",
    ): "a limit is compared once for each command; there is no state that could have a release",
    ("IL-28", "reset refused"): "nothing latches, so there is nothing to reset",
}
"""Cells that no test can hold, and why."""

Cell = tuple[str, str]


@dataclass(frozen=True)
class CellTest:
    """A test that holds a cell."""

    cell: Cell
    name: str
    docstring: str


def cell_tests(folder: Path) -> list[CellTest]:
    """Every mark of a cell on a test of this folder. Raises ValueError for a mark that is not two strings."""
    found: list[CellTest] = []
    for path in sorted(folder.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                docstring = ast.get_docstring(node) or ""
                found += [CellTest(cell, f"{path.name}::{node.name}", docstring) for cell in _marks(node)]
    return found


def _marks(node: ast.FunctionDef) -> list[Cell]:
    marks: list[Cell] = []
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.cell":
            values = [argument.value for argument in decorator.args if isinstance(argument, ast.Constant)]
            if len(values) != 2 or not all(isinstance(value, str) for value in values):
                raise ValueError(f"{node.name}: a cell is an interlock and a kind, both written out")
            marks.append((str(values[0]), str(values[1])))
    return marks


def built_interlocks(catalogue: Path) -> list[str]:
    """Interlocks that the catalogue calls built."""
    rows = tomllib.loads(catalogue.read_text(encoding="utf-8"))["interlock"]
    return [row["id"] for row in rows if row["built"]]


def gaps(
    built: Iterable[str], run: Iterable[Cell], not_applicable: Mapping[Cell, str] = NOT_APPLICABLE
) -> list[str]:
    """What is wrong with the table, in words; empty when it is complete."""
    cells = {(interlock, kind) for interlock in built for kind in KINDS}
    marked = set(run)
    wrong = [f"{cell}: no test, and no reason why not" for cell in cells - marked - set(not_applicable)]
    wrong += [f"{cell}: not applicable, and a test all the same" for cell in marked & set(not_applicable)]
    wrong += [f"{cell}: no such cell" for cell in (marked | set(not_applicable)) - cells]
    wrong += [
        f"{cell}: the reason is no sentence" for cell, why in not_applicable.items() if len(why.split()) < 4
    ]
    return sorted(wrong)
