"""The controller as hardware: watchdog, brown-out, restart, clocks, and the second switch-off path."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plant_rig import drive, fault, plant, run

from penctl.protocol.enums import RestartCause
from pensim.bench import Bench
from pensim.errors import BenchError
from pensim.plant.fault_points import Kind, Target

WATCHDOG_S = 0.050
"""IL-31: the watchdog has cut by then."""


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_controller_that_hangs_is_cut_and_restarted_by_its_watchdog(seed: int) -> None:
    """IL-31: outputs that stay as they are are removed within 50 ms by a hardware with its own clock."""
    with Bench(seed=seed) as bench:
        bench.advance(0.1)
        hang = bench.inject("controller", "off", for_s=0.2)
        began_s = bench.time_s
        bench.kernel.outputs.drive_enable = 1
        while bench.kernel.state.watchdog_acts == 0:
            bench.advance(0.0001)
            assert bench.time_s - began_s <= WATCHDOG_S
        assert hang.took_effect_s is not None
        assert bench.time_s - began_s > 0.015
        assert not bench.kernel.running
        assert bench.kernel.outputs.drive_enable == 0
        bench.advance(0.0001)
        assert bench.kernel.state.sto == 0
        hang.clear()
        bench.advance(0.05)
        assert bench.kernel.running
        assert bench.kernel.world["restart_cause"] == RestartCause.WATCHDOG


def test_a_watchdog_that_is_broken_lets_a_hang_stay() -> None:
    """The twin of the hang: without the watchdog nothing ends it."""
    with Bench(seed=1) as bench:
        bench.advance(0.1)
        broken = bench.inject("watchdog", "off")
        bench.inject("controller", "off")
        bench.advance(0.3)
        assert broken.took_effect_s is not None
        assert bench.kernel.state.watchdog_acts == 0


@pytest.mark.parametrize("times", [2.0, 5.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tick_that_runs_too_fast_is_noticed_by_the_window(times: float, seed: int) -> None:
    """IL-31: an early change is as bad as a late one."""
    with Bench(seed=seed) as bench:
        bench.advance(0.1)
        bench.inject("controller", "runaway", value=times, for_s=0.001)
        bench.advance(0.002)
        assert bench.kernel.state.watchdog_acts == 1


def test_a_healthy_pen_and_a_short_gap_do_not_wake_the_watchdog() -> None:
    """IL-31, no trip: a gap that IL-32 sees (above 5 ms) is below the watchdog's window."""
    with Bench(seed=1) as bench:
        bench.advance(0.5)
        bench.inject("controller", "off", for_s=0.010)
        bench.advance(0.5)
        assert bench.kernel.state.watchdog_acts == 0


@pytest.mark.parametrize("cause", list(RestartCause))
def test_a_restart_loses_ram_and_keeps_memory_and_tag(cause: RestartCause) -> None:
    """Issue 4, memory: what the pen wrote is there after any restart; its clock begins anew."""
    with Bench(seed=1) as bench:
        bench.advance(0.2)
        bench.memory.content[4000] = 0xA5
        memory, tag = bench.memory.content.copy(), bench.tag.content.copy()
        bench.restart(cause.name)
        bench.advance(0.001)
        assert bench.kernel.inputs.time_us <= 1100
        assert bench.kernel.inputs.stage_um in range(-5, 6)
        assert bench.kernel.world["restart_cause"] == cause
        assert bench.memory.content[4000] == 0xA5
        assert (bench.tag.content == tag).all()
        assert memory.any()


def test_a_pen_that_is_off_answers_nothing_and_drives_nothing() -> None:
    """Power off: outputs off by their pull-downs, the supply of the bridge discharges, nothing is sent."""
    with Bench(seed=1) as bench:
        bench.advance(0.1)
        bench.power_off()
        bench.kernel.host_read()
        bench.kernel.host_write(b"\0hello\0")
        bench.advance(0.2)
        assert bench.kernel.host_in_waiting == 0
        assert bench.kernel.host_out_waiting == 0
        assert bench.kernel.state.supply < 1.0
        assert (bench.kernel.state.sto, bench.kernel.state.short) == (0, 1)
        bench.power_on()
        with pytest.raises(BenchError, match="is on"):
            bench.power_on()
        with pytest.raises(BenchError, match="WATCHDOG"):
            bench.restart("BOREDOM")
        bench.advance(0.01)
        assert bench.kernel.state.supply > 8.0


def test_a_battery_that_falls_away_restarts_the_controller_by_brown_out() -> None:
    """IL-17: below the controller's own supply it is held in reset, and starts again with that cause."""
    with Bench(seed=1) as bench:
        bench.advance(0.1)
        bench.inject("battery", "wrong", gain=0.3, for_s=0.05)
        bench.advance(0.01)
        assert not bench.kernel.running
        assert bench.kernel.outputs.drive_enable == 0
        bench.advance(0.03)
        assert not bench.kernel.running
        bench.advance(0.1)
        assert bench.kernel.running
        assert bench.kernel.world["restart_cause"] == RestartCause.BROWN_OUT


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_open_second_path_takes_the_supply_from_the_bridge(seed: int) -> None:
    """IL-05 and IL-06: below 1 V within 100 ms, and back within some ms."""
    kernel = plant(seed=seed, nominal=False)
    run(kernel, 0.05)
    kernel.outputs.supply_enable = 0
    run(kernel, 0.010)
    assert kernel.state.supply > 3.0
    run(kernel, 0.090)
    assert kernel.state.supply < 1.0
    assert kernel.inputs.supply_mv < 1000
    kernel.outputs.supply_enable = 1
    run(kernel, 0.005)
    assert kernel.state.supply > 8.0


def test_the_second_path_stops_a_bridge_that_the_sto_stage_no_longer_stops() -> None:
    """IL-05: with gate supply and bridge stuck, the open supply still ends the drive."""
    kernel = plant()
    drive(kernel, 6.0)
    run(kernel, 0.3)
    fault(kernel, Target.STO, Kind.STUCK)
    kernel.outputs.drive_enable = 0
    run(kernel, 0.1)
    assert kernel.state.omega > 500.0
    kernel.outputs.supply_enable = 0
    run(kernel, 0.5)
    assert abs(kernel.state.omega) < 1.0
    stuck = fault(kernel, Target.SUPPLY_SWITCH, Kind.STUCK, value=1.0)
    run(kernel, 0.5)
    assert stuck["took_effect"] == 1
    assert kernel.state.omega > 500.0


def test_the_second_clock_has_its_own_rate() -> None:
    """IL-32: 0.5 % at most between the two, drawn for each pen; a fault moves it beyond."""
    errors = []
    for seed in range(1, 30):
        bench = Bench(seed=seed)
        bench.advance(1.0)
        errors.append(int(bench.kernel.inputs.clock2_us) / int(bench.kernel.inputs.time_us) - 1.0)
    assert max(map(abs, errors)) <= 0.005
    assert np.std(errors) > 0.001
    before = int(bench.kernel.inputs.clock2_us)
    bench.inject("second_clock", "wrong", gain=1.05)
    bench.advance(1.0)
    passed = int(bench.kernel.inputs.clock2_us) - before
    assert passed == pytest.approx(1.05e6, rel=0.006)


@pytest.mark.parametrize(
    ("kind", "values", "passed_us"),
    [("wrong", {"gain": 1.1}, 11_000), ("wrong", {"value": -5000.0}, 5_000), ("stuck", {}, 0)],
)
def test_the_controllers_clock_can_drift_jump_back_and_stand_still(
    kind: str, values: dict[str, float], passed_us: int
) -> None:
    """IL-32's stimuli, each in what the firmware is told."""
    bench = Bench(seed=1)
    bench.advance(0.1)
    before = int(bench.kernel.inputs.time_us)
    bench.inject("clock", kind, **values)
    bench.advance(0.01)
    assert int(bench.kernel.inputs.time_us) - before == pytest.approx(passed_us, abs=101)


def test_a_gap_of_the_tick_is_seen_in_the_time_that_the_firmware_gets() -> None:
    """IL-32's stimulus: the tick comes once in 6 ms."""
    bench = Bench(seed=1)
    bench.advance(0.1)
    slow = bench.inject("controller", "slow", time_s=0.006)
    bench.advance(0.0595)
    assert slow.took_effect_s is not None
    assert bench.kernel.state.watchdog_acts == 0


def test_the_charge_falls_in_use_and_rises_on_the_charger() -> None:
    """IL-18: the gauge follows the charge within its tolerance; both ends hold."""
    bench = Bench(seed=4)
    bench.set_charge(0.5)
    bench.advance(0.1)
    gauge = int(bench.kernel.inputs.charge_permille)
    assert 475 <= gauge <= 525
    assert bench.kernel.inputs.charger_present == 0
    before = float(bench.kernel.state.charge)
    bench.advance(2.0)
    assert float(bench.kernel.state.charge) < before
    bench.hand.charger(True)
    low = float(bench.kernel.state.charge)
    bench.advance(2.0)
    assert bench.kernel.inputs.charger_present == 1
    assert float(bench.kernel.state.charge) > low
    bench.inject("battery_gauge", "stuck", value=30.0)
    bench.advance(0.01)
    assert bench.kernel.inputs.charge_permille == 30
    for charge in (-0.1, 1.1, math.nan):
        with pytest.raises(BenchError, match="0 to 1"):
            bench.set_charge(charge)


def test_nose_and_handle_follow_a_warm_body_within_two_seconds() -> None:
    """IL-16's stimulus: a heat source at nose or handle; the thermistor has 0.3 s."""
    bench = Bench(seed=1)
    bench.advance(0.5)
    cold = int(bench.kernel.inputs.nose_mc)
    bench.warm(nose_c=43.5, handle_c=40.0)
    bench.advance(0.3)
    part = (int(bench.kernel.inputs.nose_mc) - cold) / (43_500 - cold)
    assert part == pytest.approx(1.0 - math.exp(-1.0), abs=0.04)
    bench.advance(1.7)
    assert int(bench.kernel.inputs.nose_mc) == pytest.approx(43_500, abs=600)
    assert int(bench.kernel.inputs.handle_mc) == pytest.approx(40_000, abs=600)
    bench.warm()
    bench.room(20.0)
    bench.advance(5.0)
    assert bench.kernel.state.nose_c < 43.4
    with pytest.raises(BenchError, match="-20 to 120"):
        bench.warm(nose_c=500.0)


def test_both_contacts_of_hold_to_run_change_a_little_apart() -> None:
    """IL-04: one opens before the other closes, at most some ms apart, never both closed when they rest."""
    kernel = plant(seed=3, nominal=False)
    kernel.control.hold = 0
    run(kernel, 0.1)
    for hold in (1, 0):
        kernel.control.hold = hold
        apart, levels = 0, []
        for _ in range(100):
            kernel.advance(1)
            pair = (int(kernel.inputs.hold_pressed), int(kernel.inputs.hold_released))
            apart += pair[0] == pair[1]
            levels.append(pair)
        assert levels[-1] == (hold, 1 - hold)
        assert 5 < apart < 60


@pytest.mark.parametrize(
    ("target", "kind", "values", "field", "healthy", "failed"),
    [
        ("hold_released_contact", "stuck", {"value": 0.0}, "hold_released", 1, 0),
        ("button", "stuck", {"value": 1.0}, "button_pressed", 0, 1),
        ("lock_switch", "stuck", {"value": 0.0}, "cartridge_locked", 1, 0),
        ("charger_sense", "stuck", {"value": 1.0}, "charger_present", 0, 1),
        ("short_feedback", "stuck", {"value": 0.0}, "short_feedback", 1, 0),
        ("winding_short", "off", {}, "short_feedback", 1, 0),
        ("sounder", "stuck", {}, "sounder_feedback", 0, 1),
        ("cartridge_tag", "off", {}, "tag_present", 1, 0),
        ("battery_gauge", "wrong", {"gain": 0.0}, "charge_permille", None, 0),
    ],
)
def test_a_failing_part_shows_in_its_input(
    target: str, kind: str, values: dict[str, float], field: str, healthy: int | None, failed: int
) -> None:
    """Each new input is healthy by itself, and wrong by its fault; the fault says that it took effect."""
    bench = Bench(seed=1)
    bench.advance(3.0)  # the self-test has played its tone
    assert healthy is None or int(bench.kernel.inputs[field]) == healthy
    broken = bench.inject(target, kind, **values)
    bench.advance(0.05)
    assert int(bench.kernel.inputs[field]) == failed
    assert broken.took_effect_s is not None


def test_the_sounder_draws_its_current_while_it_plays() -> None:
    """IL-40: the feedback follows the output; a sounder that is broken draws none."""
    kernel = plant()
    run(kernel, 0.01)
    assert kernel.inputs.sounder_feedback == 0
    kernel.outputs.sounder = 3
    run(kernel, 0.01)
    assert kernel.inputs.sounder_feedback == 1
    broken = fault(kernel, Target.SOUNDER, Kind.OFF)
    run(kernel, 0.01)
    assert kernel.inputs.sounder_feedback == 0
    assert broken["took_effect"] == 1


def test_a_stage_that_slips_loses_some_steps() -> None:
    """IL-10's stimulus: half of the steps are lost, at random."""
    kernel = plant(depth_mm=0.0)
    kernel.outputs.stage_enable = 2
    slip = fault(kernel, Target.STAGE, Kind.INTERMITTENT, severity=0.5)
    for _ in range(400):
        kernel.outputs.stage_steps += 1
        kernel.advance(5)
    moved_um = float(kernel.state.depth) * 1e6
    assert slip["took_effect"] == 1
    assert 0.35 * 400 * 3.125 < moved_um < 0.65 * 400 * 3.125


@pytest.mark.parametrize("kind", ["weak", "wrong"])
def test_the_supply_sags(kind: str) -> None:
    """IL-17's stimulus: a battery of high resistance under load, or of low voltage."""
    kernel = plant()
    drive_duty = 20000
    kernel.outputs.bridge_duty_q15 = drive_duty
    kernel.outputs.drive_enable = 1
    run(kernel, 0.2)
    healthy = float(kernel.state.supply)
    way, value = (Kind.WEAK, 3.0) if kind == "weak" else (Kind.WRONG, -2.0)
    fault(kernel, Target.BATTERY, way, value=value)
    run(kernel, 0.2)
    assert float(kernel.state.supply) < healthy - 0.15
