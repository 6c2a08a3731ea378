"""Where the suite of the interlocks lies: in a source checkout, for it is not part of the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from penctl.errors import PenError

SUITE: Final = Path("tests") / "interlocks"


@dataclass(frozen=True)
class Suite:
    """The folder of the tests, and the checkout that it belongs to."""

    folder: Path
    root: Path


def find_suite(given: Path | None = None) -> Suite:
    """The suite that was named, else that of the checkout around the current folder or around this program.

    Raises:
        PenError: there is none, or the folder holds no tests.
    """
    folder = _first() if given is None else given.resolve()
    if not (folder.is_dir() and _has_tests(folder)):
        raise PenError(
            "There are no tests of interlocks in this folder",
            str(folder),
            remedy=f"Name the folder {SUITE.as_posix()} of a source checkout with --suite",
        )
    parents = [folder, *folder.parents]
    root = next((parent for parent in parents if (parent / "pyproject.toml").is_file()), folder)
    return Suite(folder, root)


def _has_tests(folder: Path) -> bool:
    """Whether this is a suite, with a conftest.py of its own. Another folder may be as large as a disk."""
    return (folder / "conftest.py").is_file() and any(folder.rglob("test_*.py"))


def _first() -> Path:
    for place in _places():
        if (place / SUITE).is_dir():
            return place / SUITE
    raise PenError(
        "The tests of the interlocks are not part of the installed package, and no source checkout is here",
        str(Path.cwd()),
        remedy=f"Run it in a checkout of penctl, or name its {SUITE.as_posix()} with --suite",
    )


def _places() -> Iterator[Path]:
    here = Path.cwd().resolve()
    yield from (here, *here.parents)
    yield from Path(__file__).resolve().parents
