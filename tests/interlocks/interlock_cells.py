"""The table of cells of this suite: which tests hold which cells, and why some cells can have none.

A test says by `@pytest.mark.cell("IL-07", "trip")` which cell it holds; a test over a table of cases gets its
marks from `each`. What is not applicable is said in the file of the interlock's tests, as a literal
`NOT_APPLICABLE = {("IL-28", "hysteresis"): "why"}`. The kinds and the judgement are the runner's.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from penctl.hardware import load_interlocks
from penctl.qa.cells import KINDS, Cell

HERE = Path(__file__).resolve().parent
NAME = "NOT_APPLICABLE"


class Case(Protocol):
    """A row of a table of cases."""

    @property
    def interlock(self) -> int:
        """Number of the interlock."""

    @property
    def name(self) -> str:
        """What tells it from the other cases of that interlock; may be empty."""


def each(cases: Iterable[Case], kind: str) -> pytest.MarkDecorator:
    """Parametrise a test by `case`, each holding the cell of its interlock and this kind."""
    assert kind in KINDS
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(
                case, marks=pytest.mark.cell(il(case.interlock), kind), id=f"{il(case.interlock)} {case.name}"
            )
            for case in cases
        ],
    )


def il(number: int) -> str:
    """Id of an interlock."""
    return f"IL-{number:02d}"


def not_applicable(folder: Path = HERE) -> dict[Cell, str]:
    """The cells that no test can hold, and why, from the files of the suite.

    Raises ValueError for one that is said twice.
    """
    found: dict[Cell, str] = {}
    for path in sorted(folder.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == NAME:
                said: dict[Cell, str] = ast.literal_eval(node.value)
                if twice := found.keys() & said.keys():
                    raise ValueError(f"{path.name}: said twice: {sorted(twice)}")
                found |= said
    return found


def built_interlocks() -> list[str]:
    """Interlocks that the catalogue calls built."""
    return [row.id for row in load_interlocks().values() if row.built]


@dataclass(frozen=True)
class CellTest:
    """A test of the suite as pytest collects it, and the first line of its docstring."""

    name: str
    cells: tuple[Cell, ...]
    requirement: str


def collected_tests(folder: Path, events: Path) -> list[CellTest]:
    """What pytest collects of the suite, with all its marks; `events` is a file for the runner's plugin."""
    command: Sequence[str] = (
        *(sys.executable, "-m", "pytest", str(folder), "--collect-only", "-q", "-p", "penctl.qa.plugin"),
        *("-p", "no:cacheprovider", "-p", "no:xdist", "--override-ini", "addopts="),
        *("--import-mode=importlib", "--cell-events", str(events)),
    )
    # `penctl qa run` loads no plugins by itself; this collection is its own, and needs the time limit's.
    own = {name: value for name, value in os.environ.items() if name != "PYTEST_DISABLE_PLUGIN_AUTOLOAD"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=own)
    assert done.returncode == 0, done.stdout[-2000:]
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    (told,) = (line for line in lines if line["event"] == "collected")
    return [
        CellTest(
            test["id"].rpartition("/")[2],
            tuple((name, kind) for name, kind in test["cells"]),
            test["requirement"],
        )
        for test in told["tests"]
    ]
