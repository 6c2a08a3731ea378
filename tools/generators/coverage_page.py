"""docs/coverage.md: which lines, branches and conditions of the firmware core the tests run."""

from __future__ import annotations

import json
from typing import Any

from core_coverage import EVIDENCE, OPEN, verdict

HEAD = """# What the tests run of the firmware core

Written from `docs/evidence/coverage.json` and `firmware_proto/tests/open_conditions.toml` by `make generate`; do not
edit. Measured by `tools/measure_coverage.py` on core {core} (first digits of a SHA-256 over its sources) with
{compiler}: {tests:,} tests of the interlocks, of the firmware and of the protocol. What they do to a copy with a
planted defect is not counted.

A *condition* counts when the tests show that it alone turns the decision that it is part of (MC/DC, modified
condition/decision coverage). A high figure proves nothing by itself: that a test would notice a defect is shown by
the planted ones. It does show what nobody has tried.

| file | lines | branches | conditions |
| --- | --- | --- | --- |
"""

OPEN_HEAD = """
## Open in guard

{count} lines of guard hold a condition that was never true, never false, or never decisive. Each has its reason; a line
without one, and a reason for a line that is open no more, fail the measurement.

| file | line | why |
| --- | --- | --- |
"""


def coverage() -> str:
    """The page."""
    kept = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    files: dict[str, dict[str, list[int]]] = kept["files"]
    guard = {name: each for name, each in files.items() if name.startswith("guard")}
    rest = {name: each for name, each in files.items() if name not in guard}
    text = HEAD.format(core=kept["core"], compiler=kept["compiler"], tests=kept["tests"])
    text += _row("**guard**, all", _sum(guard)) + "".join(_row(*pair) for pair in guard.items())
    text += _row("**the rest**, all", _sum(rest)) + "".join(_row(*pair) for pair in rest.items())
    told = verdict.reasons(OPEN)
    text += OPEN_HEAD.format(count=len(kept["open"]))
    return text + "".join(_open_row(file, line, told) for file, line in kept["open"])


def _sum(files: dict[str, dict[str, list[int]]]) -> dict[str, list[int]]:
    return {key: [sum(each[key][i] for each in files.values()) for i in range(2)] for key in verdict.SUMS}


def _row(name: str, each: dict[str, list[int]]) -> str:
    return f"| {name} | " + " | ".join(_share(*each[key]) for key in verdict.SUMS) + " |\n"


def _share(run: int, there: int) -> str:
    if there == 0:
        return "–"
    percent = "100" if run == there else f"{min(100 * run / there, 99.9):.1f}"
    return f"{percent} % ({run} of {there})"


def _open_row(file: str, line: str, told: dict[tuple[str, str], Any]) -> str:
    code = line.replace("|", "\\|")
    return f"| {file} | `{code}` | {told.get((file, line), '**no reason yet**')} |\n"
