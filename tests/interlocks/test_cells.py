"""The table of cells is complete, and the suite's own tools notice what they must."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from interlock_cells import KINDS, NOT_APPLICABLE, built_interlocks, cell_tests, gaps
from interlock_rig import Rig, assert_drive_off

HERE = Path(__file__).resolve().parent
SIX = ["IL-01", "IL-02", "IL-07", "IL-11", "IL-26", "IL-28"]


@pytest.fixture(scope="module")
def built(source_root: Path) -> list[str]:
    """Interlocks that the catalogue calls built."""
    return built_interlocks(source_root / "hardware" / "interlocks.toml")


def test_every_cell_of_every_built_interlock_is_run_or_has_a_reason(built: list[str]) -> None:
    """Thirteen kinds of cell for each built interlock of the catalogue."""
    assert len(KINDS) == len(set(KINDS)) == 13
    assert sorted(built) == SIX
    assert gaps(built, {test.cell for test in cell_tests(HERE)}) == []


def test_a_planted_gap_in_the_table_is_found(built: list[str]) -> None:
    """The check rejects a missing cell, a new interlock without tests, and an empty reason."""
    run = {test.cell for test in cell_tests(HERE)}
    assert len(gaps([*built, "IL-08"], run)) == 13
    assert len(gaps(built, run - {("IL-07", "trip")})) == 1
    assert len(gaps(built, run | {("IL-07", "tripp")})) == 1
    cell = next(iter(NOT_APPLICABLE))
    assert len(gaps(built, run, {**NOT_APPLICABLE, cell: ""})) == 1
    assert len(gaps(built, run | {cell})) == 1


def test_the_first_line_of_each_test_names_its_interlock_and_its_cell() -> None:
    """A reader of a report sees which cell a test holds."""
    for test in cell_tests(HERE):
        first = test.docstring.partition("\n")[0]
        assert first.startswith(f"{test.cell[0]}, {test.cell[1]}: "), test.name


def test_not_applicable_stays_the_exception() -> None:
    """Each built interlock has tests of at least ten kinds."""
    kinds = Counter(interlock for interlock, _ in {test.cell for test in cell_tests(HERE)})
    assert {interlock: count for interlock, count in kinds.items() if count < 10} == {}


def test_the_end_of_a_test_notices_a_drive_that_is_left_on() -> None:
    """Negative control of the finaliser: a pen that cannot be stopped fails the test."""
    rig = Rig().running()
    rig.firmware_hangs()  # neither STOP nor its own deadman can act
    with pytest.raises(AssertionError, match="the drive was left on"):
        assert_drive_off(rig)
