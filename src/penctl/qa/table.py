"""How a verdict is shown: kinds down, interlocks across, then what is wrong, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from penctl.qa.cells import KINDS, CellResult, Outcome, Verdict
from penctl.qa.measurements import Measurement

ACROSS: Final = 7
"""So many interlocks fit beside each other in 80 columns."""
_STYLES: Final = {
    Outcome.PASSED: "green",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.NOT_ASKED: "dim",
    Outcome.SKIPPED: "bold yellow",
    Outcome.DESELECTED: "bold yellow",
}
_BAD: Final = "bold red"


def show(console: Console, verdict: Verdict, measurements: list[Measurement]) -> None:
    """The table, the reasons, the measured values, the problems."""
    asked = [result.cell for result in verdict.results.values() if result.outcome is not Outcome.NOT_ASKED]
    interlocks = [name for name in verdict.interlocks if any(cell[0] == name for cell in asked)]
    kinds = [kind for kind in KINDS if any(cell[1] == kind for cell in asked)]
    for begin in range(0, len(interlocks), ACROSS):
        console.print(_cells(verdict, interlocks[begin : begin + ACROSS], kinds))
    if measurements:
        console.print(_measured(measurements))
    for title, style, lines in _lists(verdict):
        if lines:
            console.print(Text(title, style="bold"))
            for line in lines:
                console.print(Padding(Text(line, style=style), (0, 0, 0, 2)))
            console.print()
    console.print(conclusion(verdict))


def _cells(verdict: Verdict, interlocks: list[str], kinds: list[str]) -> Table:
    table = Table(title="Cells: what is tested of each interlock", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("kind", no_wrap=True)
    for interlock in interlocks:
        table.add_column(interlock, justify="right", no_wrap=True)
    for kind in kinds:
        table.add_row(kind, *(_cell(verdict.results[interlock, kind]) for interlock in interlocks))
    return table


def _cell(result: CellResult) -> Text:
    style = _STYLES.get(result.outcome, _BAD)
    count = f" {result.tests}" if result.outcome is Outcome.PASSED else ""
    return Text(result.outcome.value + count, style=style)


def _measured(measurements: list[Measurement]) -> Table:
    table = Table(title="Measured in the plant", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("what")
    for name in ("runs", "least", "most", "limit"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in measurements:
        limit = "" if one.limit is None else f"{one.limit:g} {one.unit}"
        most = Text(f"{one.most:.2f} {one.unit}", style="" if one.within else _BAD)
        table.add_row(one.name, str(one.count), f"{one.least:.2f} {one.unit}", most, limit)
    return table


def _lists(verdict: Verdict) -> Iterator[tuple[str, str, list[str]]]:
    def of(*outcomes: Outcome) -> list[str]:
        found = [result for result in verdict.results.values() if result.outcome in outcomes]
        return [f"{' '.join(result.cell)}: {result.why}" for result in found]

    yield "Not applicable", "", of(Outcome.NOT_APPLICABLE)
    bad = [outcome for outcome in Outcome if not outcome.held and outcome is not Outcome.NOT_ASKED]
    lines = [f"{outcome.value}  {line}" for outcome in bad for line in of(outcome)]
    yield "Not held", "red", lines
    yield "Problems", "red", list(verdict.problems)


def conclusion(verdict: Verdict) -> Text:
    """The verdict in a line."""
    passed, left_out = verdict.count(Outcome.PASSED), verdict.count(Outcome.NOT_APPLICABLE)
    counts = f"{len(verdict.results)} cells: {passed} passed, {left_out} not applicable"
    not_asked = verdict.count(Outcome.NOT_ASKED)
    wanting = len(verdict.results) - passed - left_out - not_asked
    if not verdict.held:
        count = f"{counts}, {wanting} not held" + (
            f", {len(verdict.problems)} problems" if verdict.problems else ""
        )
        return Text(f"NOT HELD. {count}.", style=_BAD)
    if not verdict.whole:
        return Text(f"PART ONLY. {counts}, {not_asked} not asked for.", style="bold yellow")
    return Text(f"HELD. {counts}.", style="bold green")


def as_json(verdict: Verdict, measurements: list[Measurement]) -> dict[str, Any]:
    """The stable keys of `penctl qa run --json`, but for seed and files."""
    return {
        "held": verdict.held,
        "whole": verdict.whole,
        "cells": [
            {
                "interlock": result.cell[0],
                "kind": result.cell[1],
                "outcome": result.outcome.name.lower(),
                "tests": result.tests,
                "why": result.why,
            }
            for result in verdict.results.values()
        ],
        "problems": list(verdict.problems),
        "measurements": [vars(one) for one in measurements],
    }
