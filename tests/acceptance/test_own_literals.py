"""The acceptance tests write the hard limits themselves, so that one typo cannot pass them all."""

from __future__ import annotations

import ast
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FORBIDDEN = ("penctl.hardware", "penctl.data", "hardware", "generated", "pensim.plant")
HARDWARE_PATH = re.compile(r"\b(hardware|firmware_proto/generated)/\w+|\w+\.toml")
FILES = sorted(path for path in FOLDER.glob("*.py") if path.name != Path(__file__).name)


def imports_of(source: str) -> set[str]:
    """Every module that a source imports, wherever in it, and modules named to importlib."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "import_module",
            "__import__",
        ):
            found |= {str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)}
    return found


def forbidden_in(source: str) -> set[str]:
    return {
        name
        for name in imports_of(source)
        if any(name == bad or name.startswith(bad + ".") for bad in FORBIDDEN)
    }


def test_no_acceptance_test_imports_the_limits_that_it_holds() -> None:
    """Done when: acceptance tests import neither hardware/ nor generated files."""
    assert len(FILES) >= 8
    found = {path.name: forbidden_in(path.read_text()) for path in FILES}
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_only_the_planted_defect_names_a_generated_file() -> None:
    """Done when: none reads the data by path either; the planted defect compiles a spoilt copy of one."""
    naming = {path.name for path in FILES if HARDWARE_PATH.search(path.read_text())}
    assert naming <= {"test_planted_defects.py"}


def test_the_rule_itself_rejects_a_planted_import() -> None:
    """The rule above can fail."""
    for planted in (
        "from penctl.hardware import load_limits",
        "import penctl.hardware.limits",
        "from penctl import hardware",
        "def f():\n    from pensim.plant.parameters import FROM_PEN",
        "import importlib\nimportlib.import_module('penctl.hardware')",
    ):
        assert forbidden_in(planted), planted
    assert not forbidden_in("from penctl import Pen\nfrom pensim.bench import Bench")


def test_the_limits_stand_in_the_tests_as_literals() -> None:
    """Done when: 0.25 mm, 2.5 mm and the rates are written out."""
    depth, rate, bad = ((FOLDER / f"test_{name}.py").read_text() for name in ("depth", "rate", "bad_input"))
    assert "HOME_CAP_MM = 0.25\n" in depth
    assert "CLINICAL_CAP_MM = 2.5\n" in depth
    assert '("home", 50, 100), ("clinical", 50, 150)' in rate
    assert "2501" in bad
    assert "251" in bad
