"""The pytest plugin of `penctl qa run`: selects cells, adds their properties, and tells events line by line.

Events are JSON objects, one a line, flushed at once: a process that crashes has told everything up to then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import pytest

from penctl.qa.cells import Cell, Scope
from penctl.qa.fixtures import record_measurement

__all__ = ["record_measurement"]

MARK: Final = 'cell(interlock, kind): the cell that a test holds, as in "IL-07", "trip"'
LONGEST_MESSAGE: Final = 400


class CellHooks:
    """The hook that a suite's conftest.py may offer, marked `pytest.hookimpl(optionalhook=True)`."""

    def pytest_cells_not_applicable(self) -> Mapping[Cell, str]:  # type: ignore[empty-body]
        """Cells that no test can hold, each with the reason."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let a suite say what is not applicable."""
    pluginmanager.add_hookspecs(CellHooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that the runner sets."""
    group = parser.getgroup("penctl", "cells of the interlocks")
    group.addoption("--cell-events", metavar="FILE", help="tell the events of the run in this file")
    group.addoption(
        "--cell-interlock", action="append", default=[], help="run the cells of this interlock only"
    )
    group.addoption("--cell-kind", action="append", default=[], help="run the cells of this kind only")
    group.addoption("--cell-seed", type=int, default=1, help="seed of the simulated pens (default: 1)")


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark and begin to tell, where a file is given."""
    config.addinivalue_line("markers", MARK)
    path = config.getoption("cell_events")
    if path:
        config.pluginmanager.register(Teller(Path(path), config), "penctl-cells")


def cells_of(item: pytest.Item) -> list[Cell]:
    """The cells of a test, as its marks name them; a mark that is no cell is told as ("?", its arguments)."""
    cells = []
    for mark in item.iter_markers("cell"):
        whole = len(mark.args) == 2 and all(isinstance(value, str) for value in mark.args)
        cells.append((mark.args[0], mark.args[1]) if whole else ("?", repr(mark.args)))
    return sorted(cells)


def requirement_of(item: pytest.Item) -> str:
    """The first line of the test's docstring: what it holds."""
    text: str = getattr(getattr(item, "function", None), "__doc__", None) or ""
    return text.strip().partition("\n")[0]


class Teller:
    """Writes what happens to the event file."""

    def __init__(self, path: Path, config: pytest.Config) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8")
        self._config = config
        self._scope = Scope(tuple(config.getoption("cell_interlock")), tuple(config.getoption("cell_kind")))
        self._out_of_scope: list[pytest.Item] = []

    def _tell(self, event: str, **fields: Any) -> None:
        self._file.write(json.dumps({"event": event, **fields}) + "\n")
        self._file.flush()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the tests of the cells that were asked for, and give each the properties of its report."""
        if not self._scope.whole:
            kept = [item for item in items if any(cell in self._scope for cell in cells_of(item))]
            self._out_of_scope = [item for item in items if item not in kept]
            items[:] = kept
            config.hook.pytest_deselected(items=self._out_of_scope)
        for item in items:
            cells = cells_of(item)
            item.user_properties += [("interlock", name) for name in sorted({cell[0] for cell in cells})]
            item.user_properties += [("cell kind", kind) for kind in sorted({cell[1] for cell in cells})]
            item.user_properties.append(("requirement", requirement_of(item)))

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """A test that somebody else took out is told: its cell is not held."""
        taken_out = [item for item in items if item not in self._out_of_scope]
        if taken_out:
            self._tell("deselected", tests=[_described(item) for item in taken_out])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell what will be run, and what is not applicable."""
        for said in self._config.hook.pytest_cells_not_applicable():
            self._tell("not applicable", cells=[[*cell, reason] for cell, reason in said.items()])
        self._tell("collected", tests=[_described(item) for item in session.items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected, or skips itself as a whole, is told."""
        if not report.passed:
            self._tell("collection", id=report.nodeid, outcome=report.outcome, message=_message(report))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell each part of each test; properties are whole at its end."""
        self._tell(
            "report",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            expected=hasattr(report, "wasxfail"),
            message="" if report.passed else _message(report),
            properties=report.user_properties if report.when == "teardown" else [],
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, exitstatus: int) -> Iterator[None]:
        """Tell the end; a run that did not get so far was cut off."""
        result = yield
        self._tell("finished", exitstatus=int(exitstatus))
        return result

    def pytest_unconfigure(self) -> None:
        """Close the file."""
        self._file.close()


def _described(item: pytest.Item) -> dict[str, Any]:
    return {"id": item.nodeid, "cells": cells_of(item), "requirement": requirement_of(item)}


def _message(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The failure in a line."""
    told = report.longrepr
    if isinstance(told, tuple):  # a skip: file, line, reason
        return str(told[2])
    crash = getattr(told, "reprcrash", None)
    text = str(crash.message if crash is not None else told).strip()
    lines = text.splitlines() or [""]
    return (lines[0] if crash is not None else lines[-1])[:LONGEST_MESSAGE]
