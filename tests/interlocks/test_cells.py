"""The table of cells is complete, and the suite's own tools notice what they must."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from interlock_cells import HERE, CellTest, built_interlocks, collected_tests, not_applicable
from interlock_rig import Rig, assert_drive_off

from penctl.hardware import load_interlocks
from penctl.qa.cells import KINDS, Cell, Evidence, Outcome, judge
from penctl.qa.cells import CellTest as RunTest

FEWEST_KINDS = 8
"""Not applicable stays the exception: so many of the thirteen kinds have tests."""


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> list[CellTest]:
    """Every test of the suite with its marks."""
    return collected_tests(HERE, tmp_path_factory.mktemp("cells") / "events.jsonl")


def wanting(
    built: list[str], tests: list[CellTest], reasons: dict[Cell, str] | None = None
) -> dict[Cell, Outcome]:
    """The cells that would not be held although every test passed."""
    run = [RunTest(test.name, test.cells, Outcome.PASSED) for test in tests]
    reasons = not_applicable() if reasons is None else reasons
    verdict = judge(built, Evidence(run, not_applicable=reasons))
    found = {cell: result.outcome for cell, result in verdict.results.items() if not result.outcome.held}
    strangers = [cell for cell in reasons if cell[0] not in built]
    return {**found, **dict.fromkeys(strangers, Outcome.ERROR)}


def test_every_cell_of_every_built_interlock_is_run_or_has_a_reason(tests: list[CellTest]) -> None:
    """Thirteen kinds of cell for each built interlock of the catalogue."""
    assert len(KINDS) == len(set(KINDS)) == 13
    assert wanting(built_interlocks(), tests) == {}


def test_what_is_built_is_fitted_and_no_test_is_of_another(tests: list[CellTest]) -> None:
    """What the reference pen lacks may not be claimed; no test speaks of an interlock that is not built."""
    rows = {row.id: row for row in load_interlocks().values()}
    built = built_interlocks()
    assert all(rows[name].fitted for name in built)
    assert {name for test in tests for name, _ in test.cells} == set(built)


def test_a_planted_gap_in_the_table_is_found(tests: list[CellTest]) -> None:
    """The check rejects a missing cell, an interlock without tests, an empty reason, a contradiction."""
    built = built_interlocks()
    assert len(wanting([*built, "IL-36"], tests)) == 13
    without = [test for test in tests if ("IL-07", "trip") not in test.cells]
    assert wanting(built, without) == {("IL-07", "trip"): Outcome.MISSING}
    reasons = not_applicable()
    cell = next(iter(reasons))
    both = [*tests, CellTest("both", (cell,), "")]
    assert wanting(built, both) == {cell: Outcome.TWICE}
    assert judge(built, Evidence(not_applicable={**reasons, cell: "n/a"})).problems


def test_the_first_line_of_each_test_names_its_interlock_and_its_cell(tests: list[CellTest]) -> None:
    """A reader of a report sees which cell a test holds."""
    for test in tests:
        for interlock, kind in test.cells:
            heads = (f"{interlock}, {kind}: ", f"Each interlock, {kind}: ")
            assert test.requirement.startswith(heads), test.name


def test_not_applicable_stays_the_exception(tests: list[CellTest]) -> None:
    """Each built interlock has tests of most kinds."""
    kinds = defaultdict(set)
    for test in tests:
        for interlock, kind in test.cells:
            kinds[interlock].add(kind)
    assert {name: len(kinds[name]) for name in built_interlocks() if len(kinds[name]) < FEWEST_KINDS} == {}


def test_the_end_of_a_test_notices_a_drive_that_is_left_on() -> None:
    """Negative control of the finaliser: a pen that cannot be stopped fails the test."""
    rig = Rig().running()
    rig.firmware_hangs()  # neither STOP nor its own deadman can act
    with pytest.raises(AssertionError, match="the drive was left on"):
        assert_drive_off(rig)


def test_a_reason_that_is_said_twice_is_named(tmp_path: Path) -> None:
    """Two files that excuse the same cell contradict each other sooner or later."""
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text('NOT_APPLICABLE = {("IL-01", "trip"): "it has none at all"}\n')
    with pytest.raises(ValueError, match=r"test_b\.py: said twice"):
        not_applicable(tmp_path)
