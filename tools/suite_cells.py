"""Which file of the suite holds which cells, read from the marks of its tests without running pytest.

A test over a table of cases has its marks on the cases, so that the text alone does not say it: the files are
imported.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from penctl.qa.cells import Cell


@lru_cache(maxsize=2)
def cells_by_file(folder: Path) -> dict[str, frozenset[Cell]]:
    """Cells of each test file of the folder, by the file's name."""
    folder = folder.resolve()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return {path.name: frozenset(_cells(_load(path))) for path in sorted(folder.glob("test_*.py"))}


def not_applicable(folder: Path) -> dict[Cell, str]:
    """The cells that no test can hold, and why."""
    found: dict[Cell, str] = {}
    for path in sorted(folder.glob("test_*.py")):
        found |= getattr(_load(path), "NOT_APPLICABLE", {})
    return found


def files_of(folder: Path) -> dict[str, list[str]]:
    """Test files of each interlock, by its id."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, cells in cells_by_file(folder).items():
        for interlock in sorted({cell[0] for cell in cells}):
            found[interlock].append(name)
    return found


@lru_cache(maxsize=64)
def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"suite_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _cells(module: Any) -> set[Cell]:
    found: set[Cell] = set()
    for name, test in vars(module).items():
        if name.startswith("test"):
            for mark in getattr(test, "pytestmark", ()):
                found |= _of_mark(mark)
    return found


def _of_mark(mark: Any) -> set[Cell]:
    if mark.name == "cell":
        return {(mark.args[0], mark.args[1])}
    if mark.name != "parametrize":
        return set()
    inner = (one for case in mark.args[1] for one in getattr(case, "marks", ()))
    return {cell for one in inner for cell in _of_mark(getattr(one, "mark", one))}
