"""The import check passes clean modules and rejects a planted violation of each rule."""

from __future__ import annotations

from pathlib import Path

import check_imports
import pytest

#: A clean tree: each package, each with what it is allowed to do.
CLEAN = {
    "src/penctl/__init__.py": '"""Lazy."""\n',
    "src/penctl/errors.py": "from enum import IntEnum\n",
    "src/penctl/hardware/__init__.py": "import tomllib\n",
    "src/penctl/pen.py": "import time\nfrom penctl.protocol import frame\n",
    "src/penctl/protocol/__init__.py": "",
    "src/penctl/protocol/frame.py": "import struct\nfrom cobs import cobs\nfrom ..errors import PenError\n",
    "sim/pensim/__init__.py": "",
    "sim/pensim/kernel.py": "import ctypes\nimport penctl.hardware\nfrom penctl.protocol import tick\n",
    "sim/pensim/bench.py": "def pen():\n    from penctl import Pen\n    return Pen\n",
    "gui/pengui/__init__.py": "import PySide6\nimport penctl.pen\n",
}

PLANTED = {
    "penctl imports the simulator": ("src/penctl/pen.py", "import pensim.bench"),
    "penctl imports the simulator in a function": (
        "src/penctl/pen.py",
        "def f():\n    from pensim import bench",
    ),
    "penctl imports the simulator by name": (
        "src/penctl/pen.py",
        "import importlib\nimportlib.import_module('pensim')",
    ),
    "penctl imports the screen": ("src/penctl/pen.py", "from pengui import app"),
    "penctl imports Qt": ("src/penctl/pen.py", "from PySide6.QtCore import QTimer"),
    "the simulator imports the screen": ("sim/pensim/kernel.py", "import pengui"),
    "the simulator imports Qt": ("sim/pensim/kernel.py", "import PySide6"),
    "the kernel imports the host's pen": ("sim/pensim/kernel.py", "from penctl.pen import Pen"),
    "the kernel imports the whole of penctl": ("sim/pensim/kernel.py", "import penctl"),
    "the bench imports the recorder": ("sim/pensim/bench.py", "from penctl.recording import Recorder"),
    "the screen imports the simulator": ("gui/pengui/app.py", "import pensim"),
    "the screen's worker imports Qt": ("gui/pengui/worker/engine.py", "from PySide6.QtCore import QThread"),
    "the protocol imports a clock": ("src/penctl/protocol/link.py", "import time"),
    "the protocol imports a clock in a function": (
        "src/penctl/protocol/link.py",
        "def f():\n    import time",
    ),
    "the protocol imports a port": ("src/penctl/protocol/link.py", "import serial"),
    "the protocol imports threads": ("src/penctl/protocol/link.py", "from threading import Lock"),
    "the protocol imports the file system": ("src/penctl/protocol/link.py", "from pathlib import Path"),
    "the protocol opens a file": ("src/penctl/protocol/link.py", "open('x')"),
    "the protocol reads a clock by a method": (
        "src/penctl/protocol/link.py",
        "def f(d):\n    return d.now()",
    ),
    "the protocol imports the hardware reader": (
        "src/penctl/protocol/link.py",
        "from penctl import hardware",
    ),
    "the protocol imports a neighbour by dots": ("src/penctl/protocol/link.py", "from ..pen import Pen"),
    "the errors import the file system": ("src/penctl/errors.py", "import os"),
    "the clinical rules import a clock": ("src/penctl/treatment/dose.py", "import time"),
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean source tree, small: the number of modules is held by its own test."""
    monkeypatch.setattr(check_imports, "FEWEST_MODULES", {})
    for name, text in CLEAN.items():
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def test_a_clean_tree_has_no_defect(tree: Path) -> None:
    """Requirement: the import check accepts what the layering allows, so that a rejection means something."""
    count, defects = check_imports.check(tree)
    assert defects == []
    assert count == len(CLEAN)


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_import_is_rejected(tree: Path, case: str) -> None:
    """Requirement: each rule of who may import whom is held by a check that finds its violation."""
    name, text = PLANTED[case]
    write(tree, name, CLEAN.get(name, "") + text)
    _, defects = check_imports.check(tree)
    assert len(defects) == 1, defects
    assert defects[0].startswith(f"{name}:")


def test_every_rule_has_a_planted_violation() -> None:
    """Requirement: no rule stands in the table that was never seen to reject anything."""
    importers = {rule.importer for rule in check_imports.RULES}
    planted_in = {name.split("/")[1] for name, _ in PLANTED.values()}
    assert {importer.split(".")[0] for importer in importers} == planted_in
    assert len(PLANTED) > len(check_imports.RULES)


def test_a_check_that_sees_too_few_modules_fails(tmp_path: Path) -> None:
    """Requirement: the check asserts how many modules it saw; an empty folder does not pass."""
    count, defects = check_imports.check(tmp_path)
    assert count == 0
    assert len(defects) == len(check_imports.FEWEST_MODULES)
