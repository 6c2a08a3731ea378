"""Control's stroke: no wrong reading of supply or shaft turns the motor up, or puts a stop off its top."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from compiled import compile_once
from guard_rig import STRICT, copy_core, plant

AS_IT_IS = 2**31 - 1
INVALID = -(2**31)
SET_HZ = 80.0
SETTLED = 5000
"""Ticks of 0.1 ms: spun up and even."""
TICKS = 6500
STROKE_TICKS = 125
NEVER = 10**6

Run = Callable[..., tuple[np.ndarray, np.ndarray]]


def _library(firmware: Path, target: Path) -> Run:
    """Control's stroke and its rig from a firmware folder."""
    files = [firmware / "core" / "stroke.c", firmware / "tests" / "stroke_rig.c"]
    include = [f"-I{firmware / part}" for part in ("core", "generated")]
    command = ["cc", *STRICT, "-O1", "-shared", "-fPIC", *include, "-o", str(target), *map(str, files), "-lm"]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    c = ctypes.CDLL(str(target))

    def address(array: np.ndarray) -> ctypes.c_void_p:
        return array.ctypes.data_as(ctypes.c_void_p)

    def run(
        ticks: int,
        supply: dict[int, int] | None = None,
        shaft: dict[int, int] | None = None,
        stop_at: int = NEVER,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rate in Hz and turns of the shaft in each tick, with these readings at these ticks."""
        supply_mv = np.full(ticks, 7400, dtype=np.int32)
        counts = np.full(ticks, AS_IT_IS, dtype=np.int32)
        for readings, given in ((supply_mv, supply), (counts, shaft)):
            for tick, value in (given or {}).items():
                readings[tick] = value
        hz, turns = np.zeros(ticks), np.zeros(ticks)
        c.stroke_rig_run(
            address(supply_mv),
            address(counts),
            ctypes.c_int64(ticks),
            ctypes.c_int32(int(SET_HZ * 1000)),
            ctypes.c_int64(stop_at),
            address(hz),
            address(turns),
        )
        return hz, turns

    return run


@pytest.fixture(scope="module")
def stroke(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Control's stroke as it is."""
    return _library(source_root / "firmware_proto", tmp_path_factory.mktemp("stroke") / "libstroke.so")


SUPPLIES = [-2_000_000, -7400, -1, 0, 1, 1100, INVALID, 9001, 2_000_000, 2**31 - 1]


@pytest.mark.parametrize("supply_mv", SUPPLIES)
@pytest.mark.parametrize("ticks", [1, 40])
def test_a_wrong_reading_of_the_supply_does_not_turn_the_motor_up(
    stroke: Run, supply_mv: int, ticks: int
) -> None:
    """Requirement: at no place of the stroke does one wrong reading, or 4 ms of them, change the rate."""
    usual, _ = stroke(TICKS)
    most = 0.0
    for at in range(SETTLED, SETTLED + STROKE_TICKS, 12):
        hz, _ = stroke(TICKS, supply=dict.fromkeys(range(at, at + ticks), supply_mv))
        most = max(most, float(np.abs(hz - usual)[at:].max()))
    assert most < 2.0


def _counts_at(stroke: Run, at: int) -> int:
    """What the shaft reads at a tick."""
    _, turns = stroke(at)
    return int(turns[-1] % 1.0 * 4096)


@pytest.mark.parametrize("away", [150, -150, 1024, -1024, 2030, 2047, 2048, 2049, -2030])
def test_a_wrong_reading_of_the_shaft_does_not_turn_the_motor_up(stroke: Run, away: int) -> None:
    """Requirement: a reading where no shaft can have got to is none, at half a turn as well."""
    usual, _ = stroke(TICKS)
    for at in (SETTLED, SETTLED + 40, SETTLED + 90):
        wrong = (_counts_at(stroke, at) + away) % 4096
        hz, _ = stroke(TICKS, shaft={at: wrong})
        assert float(np.abs(hz - usual)[at:].max()) < 4.0


@pytest.mark.parametrize("ticks", [1, 7, 12])
def test_missing_readings_of_the_shaft_are_no_higher_speed(stroke: Run, ticks: int) -> None:
    """Requirement: the way of several ticks is no way of one."""
    usual, _ = stroke(TICKS)
    hz, _ = stroke(TICKS, shaft=dict.fromkeys(range(SETTLED, SETTLED + ticks), INVALID))
    assert float(np.abs(hz - usual)[SETTLED:].max()) < 4.0


@pytest.mark.parametrize("away", [-1024, 2047, 2048, 2049])
@pytest.mark.parametrize("after", [0, 3, 20])
def test_a_stop_ends_at_its_top_in_spite_of_wrong_readings(stroke: Run, away: int, after: int) -> None:
    """Requirement: C1 rests at the same top as without them, and never runs backwards through a turn."""
    _, usual = stroke(TICKS, stop_at=SETTLED)
    at = SETTLED + after
    wrong = (int(usual[at - 1] % 1.0 * 4096) + away) % 4096
    _, turns = stroke(TICKS, stop_at=SETTLED, shaft={at: wrong}, supply={at: -2_000_000})
    assert abs(turns[SETTLED + 1000] - round(turns[SETTLED + 1000])) < 0.05
    assert abs(float(turns[-1] - usual[-1])) < 0.05
    assert float(np.diff(turns[SETTLED:]).min()) > -0.01


@dataclass(frozen=True)
class Defect:
    """A piece of source, what it is replaced by, and the check that must fail for it."""

    what: str
    source: str
    planted: str
    check: Callable[[Run], None]


DEFECTS = [
    Defect(
        "the supply is believed",
        "    if (supply_mv >= PEN_IL17_MINIMUM_MV && supply_mv <= PEN_SUPPLY_MAX_MV) {",
        "    if (true) {",
        lambda run: test_a_wrong_reading_of_the_supply_does_not_turn_the_motor_up(run, -2_000_000, 1),
    ),
    Defect(
        "the shaft is believed",
        "if (delta > ticks * FASTEST_COUNTS || delta < -ticks * FASTEST_COUNTS) {",
        "if (false) {",
        lambda run: test_a_wrong_reading_of_the_shaft_does_not_turn_the_motor_up(run, 2048),
    ),
    Defect(
        "the way of several ticks is one tick's",
        "remember(stroke, delta / ticks);",
        "remember(stroke, i == 0 ? delta : 0);",
        lambda run: test_missing_readings_of_the_shaft_are_no_higher_speed(run, 7),
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.what.replace(" ", "-"))
def test_each_planted_defect_is_noticed(source_root: Path, tmp_path: Path, defect: Defect) -> None:
    """Requirement: the tests above fail when control's stroke does."""
    firmware = copy_core(source_root, tmp_path)
    plant(firmware, "stroke.c", defect.source, defect.planted)
    with pytest.raises(AssertionError):
        defect.check(_library(firmware, tmp_path / "libstroke.so"))
