#!/usr/bin/env python3
"""Measure which lines, branches and conditions (MC/DC) of the firmware core the tests run.

usage: measure_coverage.py [--folder FOLDER] [--keep]

Builds the core with clang so that it counts, runs the tests of the interlocks and of the firmware on it, and
writes docs/evidence/coverage.json; `make generate` then writes docs/coverage.md. In guard each condition has
to be seen both ways, or firmware_proto/tests/open_conditions.toml says why not: the exit code is 1 when it is
not, or when a reason is out of date, and 2 when nothing could be measured. Ten minutes of two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tools")]

from core_coverage import CORE, EVIDENCE, OPEN, build, verdict  # noqa: E402
from link_campaign.evidence import core_digest  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Build, run, read, judge, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "coverage", help="where to build")
    parser.add_argument("--keep", action="store_true", help="judge the counts of the last run, run no test")
    options = parser.parse_args(arguments)
    try:
        return _measure(options.folder, keep=options.keep)
    except (build.CoverageError, ValueError) as error:
        print(f"measure_coverage: {error}", file=sys.stderr)
        return 2


def _measure(folder: Path, *, keep: bool) -> int:
    tools = build.find_tools()
    library = folder / "libpencore.so"
    said = folder / "passed.txt"
    if not keep:
        library = build.build(tools, folder)
        said.write_text("\n".join(build.run_tests(library)), encoding="utf-8")
    files = build.counts(tools, library)
    found, told = verdict.open_lines(files, CORE), verdict.reasons(OPEN)
    passed = sum(
        int(line.split(" passed")[0].split()[-1]) for line in said.read_text(encoding="utf-8").splitlines()
    )
    evidence = {
        "core": core_digest(),
        "compiler": tools.said(),
        "tests": passed,
        "files": verdict.figures(files, CORE),
        "open": [[file, line] for file, line in found],
    }
    EVIDENCE.write_text(json.dumps(evidence, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    wrong = list(verdict.defects(found, told))
    print(
        "\n".join(
            [
                *wrong,
                f"measure_coverage: {passed} tests, {len(found)} open lines in guard, {len(wrong)} defects",
            ]
        )
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
