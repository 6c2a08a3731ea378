"""The table of cells and its rules. A cell is one interlock and one kind of test.

A cell counts as held only when every test of it was run and passed, or when its suite says why it is not
applicable. Whatever is missing, skipped, deselected or said twice is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

Cell = tuple[str, str]
"""Interlock and kind, as ("IL-07", "trip")."""

KINDS: Final = (
    "inhibited",  # no trip where the design inhibits it
    "trip",
    "below limit",  # no trip at the limit less a little
    "hysteresis",
    "reaction time",  # from the physical onset
    "safe state held",
    "reset refused",  # while the cause is present
    "reset act",  # the right act, by the right role
    "no restart",  # nothing starts by itself
    "log row",
    "priority signal",
    "guide words",  # not provided; not needed; too early or too late; stopped too soon or applied too long
    "second fault",  # masked by a second simultaneous fault
)
FEWEST_WORDS: Final = 4
"""A reason of fewer words says nothing."""


class Outcome(Enum):
    """How a test or a cell ended. The order is from bad to good: a cell is as bad as its worst test."""

    FAILED = "FAILED"
    ERROR = "ERROR"
    NOT_RUN = "NOT RUN"
    SKIPPED = "SKIPPED"
    DESELECTED = "DESELECTED"
    MISSING = "MISSING"
    TWICE = "TWICE"
    PASSED = "pass"
    NOT_APPLICABLE = "n/a"
    NOT_ASKED = "not asked"

    @property
    def held(self) -> bool:
        """Whether nothing is wanting."""
        return self in (Outcome.PASSED, Outcome.NOT_APPLICABLE)


_BADNESS: Final = {outcome: number for number, outcome in enumerate(Outcome)}


@dataclass(frozen=True)
class CellTest:
    """One test as pytest ran it, or did not. `message` is its failure in a line."""

    id: str
    cells: tuple[Cell, ...]
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True)
class CellResult:
    """How one cell ended, with so many tests; `why` says what is wrong, or why it is not applicable."""

    cell: Cell
    outcome: Outcome
    tests: int = 0
    why: str = ""


@dataclass(frozen=True)
class Scope:
    """What was asked for; an empty tuple asks for all."""

    interlocks: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __contains__(self, cell: Cell) -> bool:
        return cell[0] in (self.interlocks or (cell[0],)) and cell[1] in (self.kinds or (cell[1],))

    @property
    def whole(self) -> bool:
        """Whether every cell was asked for."""
        return not self.interlocks and not self.kinds


@dataclass(frozen=True)
class Evidence:
    """What a run of the suite showed.

    `written` are the marks in the suite's source, (test, cell); `problems` what went wrong besides tests.
    """

    tests: Sequence[CellTest] = ()
    written: Sequence[tuple[str, Cell]] = ()
    not_applicable: Mapping[Cell, str] = field(default_factory=dict)
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """The table of all cells, and everything that is wrong, in words."""

    interlocks: tuple[str, ...]
    results: Mapping[Cell, CellResult]
    problems: tuple[str, ...]
    scope: Scope

    @property
    def held(self) -> bool:
        """Whether every cell that was asked for was run and passed, or is not applicable for a reason."""
        asked = [result for result in self.results.values() if result.outcome is not Outcome.NOT_ASKED]
        return bool(asked) and all(result.outcome.held for result in asked) and not self.problems

    @property
    def whole(self) -> bool:
        """Whether every cell was asked for."""
        return self.scope.whole

    def count(self, *outcomes: Outcome) -> int:
        """How many cells ended so."""
        return sum(result.outcome in outcomes for result in self.results.values())


def judge(interlocks: Iterable[str], evidence: Evidence, scope: Scope | None = None) -> Verdict:
    """The verdict over every kind of cell of these interlocks."""
    scope = scope or Scope()
    names = tuple(interlocks)
    cells = [(interlock, kind) for interlock in names for kind in KINDS]
    results = {cell: _judge_cell(cell, evidence, scope) for cell in cells}
    problems = [*evidence.problems, *_strangers(set(cells), evidence), *_empty_reasons(evidence)]
    problems += [f"{test.id}: {test.outcome.value}, holds no cell" for test in _loose(evidence)]
    return Verdict(names, results, tuple(problems), scope)


def _judge_cell(cell: Cell, evidence: Evidence, scope: Scope) -> CellResult:
    if cell not in scope:
        return CellResult(cell, Outcome.NOT_ASKED)
    tests = [test for test in evidence.tests if cell in test.cells]
    written = sorted({name for name, marked in evidence.written if marked == cell})
    reason = evidence.not_applicable.get(cell)
    if reason is not None and (tests or written):
        names = [test.id for test in tests] or written
        return CellResult(
            cell, Outcome.TWICE, len(tests), f"said to be not applicable, and tested by {names[0]}"
        )
    if reason is not None:
        return CellResult(cell, Outcome.NOT_APPLICABLE, 0, reason)
    unseen = [name for name in written if all(_function(test.id) != name for test in tests)]
    if unseen:
        return CellResult(
            cell, Outcome.DESELECTED, len(tests), f"written, and not collected: {', '.join(unseen)}"
        )
    if not tests:
        return CellResult(cell, Outcome.MISSING, 0, "no test, and no reason why not")
    twice = [test.id for test in tests if test.cells.count(cell) > 1]
    if twice:
        return CellResult(cell, Outcome.TWICE, len(tests), f"marked twice on {twice[0]}")
    worst = min(tests, key=lambda test: _BADNESS[test.outcome])
    why = "" if worst.outcome is Outcome.PASSED else f"{_short(worst.id)}: {worst.message}".rstrip(": ")
    return CellResult(cell, worst.outcome, len(tests), why)


def _short(test_id: str) -> str:
    """The id of a test without the folders before it."""
    path, _, rest = test_id.partition("::")
    return f"{path.rpartition('/')[2]}::{rest}"


def _function(test_id: str) -> str:
    """File and function of a test, without the parameters behind."""
    return _short(test_id).partition("[")[0]


def _strangers(cells: set[Cell], evidence: Evidence) -> list[str]:
    named = {cell for test in evidence.tests for cell in test.cells}
    named |= {cell for _, cell in evidence.written} | set(evidence.not_applicable)
    return [f"{' '.join(cell)}: the table has no such cell" for cell in sorted(named - cells)]


def _empty_reasons(evidence: Evidence) -> list[str]:
    return [
        f"{' '.join(cell)}: {reason!r} is no reason for not applicable"
        for cell, reason in evidence.not_applicable.items()
        if len(reason.split()) < FEWEST_WORDS
    ]


def _loose(evidence: Evidence) -> list[CellTest]:
    """Tests without a mark that did not pass: the suite's own tools are tested by them."""
    return [test for test in evidence.tests if not test.cells and test.outcome is not Outcome.PASSED]
