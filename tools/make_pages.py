#!/usr/bin/env python3
"""Write the pages of docs/ that come from data; `--check` only compares and exits 1 on drift."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from generators import coverage_page, interlock_page, link_page, pages  # noqa: E402

PAGES: dict[str, Callable[[], str]] = {
    "risk.md": pages.risk,
    "coverage.md": coverage_page.coverage,
    "interlocks.md": interlock_page.interlocks,
    "evidence/link.md": link_page.link,
}


def drifted(directory: Path) -> list[str]:
    """Names of the pages that are missing or differ from what the data give."""
    return [name for name, text in PAGES.items() if not _holds(directory / name, text())]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str] | None = None) -> int:
    """Write the pages that differ, or name them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when a page differs")
    parser.add_argument("--directory", type=Path, default=ROOT / "docs", help="where the pages lie")
    options = parser.parse_args(arguments)
    names = drifted(options.directory)
    for name in names:
        path = options.directory / name
        if options.check:
            print(f"{path} is not what its data give: run `make generate` and commit it", file=sys.stderr)
        else:
            path.write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote {path}")
    return 1 if names and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
