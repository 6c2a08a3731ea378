"""What the README points to is there; its example is run by tests/docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def readme(source_root: Path) -> str:
    return (source_root / "README.md").read_text(encoding="utf-8")


def test_every_make_target_that_is_named_exists(readme: str, source_root: Path) -> None:
    """Requirement: the README names no make target that the Makefile lacks."""
    makefile = (source_root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"^    make ([a-z]+)|`make ([a-z]+)", readme, re.MULTILINE))
    assert named
    assert {first or second for first, second in named} <= targets


def test_every_path_that_is_named_exists(readme: str, source_root: Path) -> None:
    """Requirement: the README points to no file or folder that is not there."""
    roots = "|".join(path.name for path in source_root.iterdir() if path.is_dir() and path.name[0] != ".")
    named = set(re.findall(rf"[`(]((?:{roots})/[\w./-]*)[`)]", readme))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (source_root / name).exists()] == []
