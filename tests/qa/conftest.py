"""Suites of tests that are made up, each with the gap that it plants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from penctl.qa.cells import KINDS, Scope
from penctl.qa.runner import Run, run_suite
from penctl.qa.suite import Suite

HEAD = "import pytest\n\n"
CONFTEST = """
import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_cells_not_applicable():
    return {("IL-01", "hysteresis"): "a switch has no value that could have a release"}
"""


def cell_test(kind: str, body: str = "pass", *, interlock: str = "IL-01", above: str = "") -> str:
    """Source of a test that holds one cell."""
    name = f"test_{interlock}_{kind}".replace("-", "_").replace(" ", "_").lower()
    mark = f'@pytest.mark.cell("{interlock}", "{kind}")\n'
    return f'{above}{mark}def {name}():\n    """{interlock}, {kind}: made up."""\n    {body}\n\n\n'


class MadeUp:
    """A suite of one interlock with a test for each kind, hysteresis excepted; change it, then run it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tests = {kind: cell_test(kind) for kind in KINDS if kind != "hysteresis"}
        self.conftest = CONFTEST
        self.ini = ""
        self.more = ""

    def write(self) -> Path:
        """Write the suite and return its folder."""
        suite = self.folder / "suite"
        suite.mkdir()
        (suite / "conftest.py").write_text(self.conftest, encoding="utf-8")
        (suite / "pyproject.toml").write_text(self.ini, encoding="utf-8")
        text = HEAD + "".join(self.tests.values()) + dedent(self.more)
        (suite / "test_made_up.py").write_text(text, encoding="utf-8")
        return suite

    def run(self, scope: Scope | None = None, interlocks: tuple[str, ...] = ("IL-01",)) -> Run:
        """Run it."""
        folder = self.write()
        return run_suite(Suite(folder, folder), interlocks, self.folder, scope=scope or Scope())


@pytest.fixture
def made_up(tmp_path: Path) -> MadeUp:
    """A suite that holds all of its cells."""
    return MadeUp(tmp_path)


@pytest.fixture
def new_cell_test() -> Callable[..., str]:
    """Source of a test that holds one cell."""
    return cell_test
