"""Depth stage: pulses, enables, backlash, end stops, home switch, and its faults."""

from __future__ import annotations

import pytest
from plant_rig import fault, plant, run

from pensim.kernel import Kernel
from pensim.plant.fault_points import Kind, Target

FREE, RETRACT, OFF = 2, 1, 0
STEP_UM = 3.125


def go(kernel: Kernel, steps: int, enable: int = FREE) -> float:
    """Ask for so many steps, one a tick, and wait; returns the way in um."""
    before = kernel.state.depth
    kernel.outputs.stage_enable = enable
    for _ in range(abs(steps)):
        kernel.outputs.stage_steps += 1 if steps > 0 else -1
        kernel.advance(5)
    run(kernel, 0.02)
    return float((kernel.state.depth - before) * 1e6)


def test_steps_move_the_stage_by_their_length_behind_the_backlash() -> None:
    """Stage: 3.125 um a step; the first steps of a direction take up the play."""
    kernel = plant(1.0)
    assert go(kernel, 100) == pytest.approx(100 * STEP_UM - 5.0, abs=0.1)
    assert go(kernel, 100) == pytest.approx(100 * STEP_UM, abs=0.1)
    assert go(kernel, -100) == pytest.approx(-100 * STEP_UM + 10.0, abs=0.1)


def test_at_most_one_step_a_tick_is_taken() -> None:
    """Stage: a jump of the count is one pulse; the rest is lost."""
    kernel = plant(1.0, parameters={"backlash": 0.0})
    kernel.outputs.stage_enable = FREE
    kernel.outputs.stage_steps = 50
    run(kernel, 0.05)
    assert (kernel.state.depth - 1e-3) * 1e6 == pytest.approx(STEP_UM, abs=0.01)


def test_the_enable_decides_which_way_the_stage_may_go() -> None:
    """Stage: off holds, retract-only blocks deeper steps by hardware, and lost pulses do not come back."""
    kernel = plant(1.0, parameters={"backlash": 0.0})
    assert go(kernel, 20, OFF) == 0.0
    assert go(kernel, -20, OFF) == 0.0
    assert go(kernel, 20, RETRACT) == 0.0
    assert go(kernel, -20, RETRACT) == pytest.approx(-20 * STEP_UM, abs=0.1)
    assert go(kernel, 20, FREE) == pytest.approx(20 * STEP_UM, abs=0.1)


@pytest.mark.parametrize(("steps", "end_um"), [(700, 2700.0), (-700, -600.0)])
def test_end_stops_end_the_way(steps: int, end_um: float) -> None:
    """Stage: mechanical ends at -0.6 and 2.7 mm; the stepper loses steps there and comes back at once."""
    kernel = plant(1.0, parameters={"backlash": 0.0})
    go(kernel, steps)
    assert kernel.state.depth * 1e6 == pytest.approx(end_um, abs=0.01)
    back = go(kernel, -10 if steps > 0 else 10)
    assert abs(back) == pytest.approx(10 * STEP_UM, abs=0.1)


def test_the_home_switch_closes_at_home_and_opens_a_little_later() -> None:
    """Stage: home at -0.500 mm with the error of the index, and hysteresis."""
    kernel = plant(-0.45, parameters={"backlash": 0.0})
    kernel.advance(1)
    assert kernel.inputs.stage_home == 0
    go(kernel, -17)
    assert kernel.state.depth * 1e3 == pytest.approx(-0.503, abs=0.001)
    assert kernel.inputs.stage_home == 1
    go(kernel, 4)
    assert kernel.inputs.stage_home == 1
    go(kernel, 4)
    assert kernel.inputs.stage_home == 0


def test_where_the_stage_stands_at_power_on_is_not_known() -> None:
    """Stage: between -0.4 and 1.0 mm, from seed to seed; sensor A then reads zero."""
    depths = []
    for seed in range(1, 40):
        kernel = Kernel(seed=seed)
        kernel.advance(3)
        depths.append(kernel.state.depth * 1e3)
        assert abs(kernel.inputs.stage_um) < 8
    assert -0.4 <= min(depths) < -0.2
    assert 0.8 < max(depths) <= 1.0


@pytest.mark.parametrize(
    ("kind", "fields", "low_um", "high_um"),
    [
        (Kind.STUCK, {}, 0.0, 0.0),
        (Kind.WRONG, {"gain": 2.0}, 310.0, 315.0),
        (Kind.RUNAWAY, {"value": 5.0}, 250.0, 320.0),
    ],
)
def test_a_failing_stage_moves_otherwise_and_says_so(
    kind: Kind, fields: dict[str, float], low_um: float, high_um: float
) -> None:
    """Faults: stuck, slipping and running away each take effect on 50 steps."""
    kernel = plant(1.0, parameters={"backlash": 0.0})
    row = fault(kernel, Target.STAGE, kind, **fields)
    if kind is not Kind.RUNAWAY:
        run(kernel, 0.1)
        assert row["took_effect"] == 0
    way = go(kernel, 50) if kind is not Kind.RUNAWAY else go(kernel, 0) + go(kernel, 50)
    assert row["took_effect"] == 1
    assert low_um <= way <= high_um + 200.0 * (kind is Kind.RUNAWAY)


def test_a_stage_that_runs_away_is_held_by_the_retract_only_enable() -> None:
    """C1: after a stop the stage's hardware blocks deeper motion, also that of a failing driver."""
    kernel = plant(1.0)
    fault(kernel, Target.STAGE, Kind.RUNAWAY, value=5.0)
    kernel.outputs.stage_enable = RETRACT
    run(kernel, 0.1)
    assert kernel.state.depth == pytest.approx(1e-3)


def test_a_stuck_home_switch_says_so() -> None:
    """Faults: the switch reads home although the stage is not there."""
    kernel = plant(1.0)
    row = fault(kernel, Target.HOME_SWITCH, Kind.STUCK, value=1.0)
    kernel.advance(2)
    assert kernel.inputs.stage_home == 1
    assert row["took_effect"] == 1
