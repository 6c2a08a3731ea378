"""The examples of the documents do what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import penctl
import pensim

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "docs/library.md",
    "docs/recipes.md",
    "docs/recordings.md",
    "docs/ports.md",
    "docs/treatment.md",
    "docs/records.md",
)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _examples() -> list[tuple[str, str]]:
    """Page with the number of the block, and the block."""
    found = []
    for page in PAGES:
        for number, code in enumerate(BLOCK.findall((ROOT / page).read_text(encoding="utf-8")), start=1):
            found.append((f"{page} {number}", code))
    return found


def test_the_pages_have_examples() -> None:
    """A test of examples that finds none would hold nothing."""
    pages = [name.split()[0] for name, _ in _examples()]
    assert pages.count("README.md") >= 1
    assert pages.count("docs/library.md") >= 8
    assert pages.count("docs/recipes.md") >= 10


@pytest.mark.parametrize(("name", "code"), _examples(), ids=[name for name, _ in _examples()])
def test_an_example_runs_as_it_stands(
    name: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3: each block of Python runs by itself, with the simulated pen."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "docs/examples", tmp_path / "docs/examples")
    exec(compile(code, name, "exec"), {"__name__": "example"})  # noqa: S102 - our own pages


def test_the_examples_are_typed_as_strictly_as_the_library(tmp_path: Path) -> None:
    """Issue 3: py.typed is there, so a user's own strict check sees the library's types."""
    pytest.importorskip("mypy")
    packages = [Path(package.__file__ or "").parent for package in (penctl, pensim)]
    assert all((package / "py.typed").is_file() for package in packages)
    for number, (_, code) in enumerate(_examples()):
        (tmp_path / f"example_{number}.py").write_text(code, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    options = ["--strict", "--cache-dir", str(tmp_path / "cache"), "--config-file", "", "--no-incremental"]
    options += ["--disable-error-code", "import-untyped", "--follow-imports", "silent"]
    command = [sys.executable, "-m", "mypy", *options, str(tmp_path)]
    found = {**os.environ, "MYPYPATH": os.pathsep.join(str(package.parent) for package in packages)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=110, check=False, cwd=tmp_path, env=found
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert errors, done.stderr
    assert all("wrong.py" in line for line in errors), done.stdout
    assert {int(line.split("wrong.py:")[1].split(":")[0]) for line in errors} == {4, 5, 6}


WRONG = """
from penctl import Pen
with Pen("pensim://?seed=1") as pen:
    pen.set_depth_um("deep")
    print(pen.status().depth)
    state: int = pen.wait(0.1)
"""
"""Negative control: lines 4 to 6 are wrong, and a library whose types are lost lets them pass."""
