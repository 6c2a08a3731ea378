"""IL-06, IL-34, IL-40: what the self-test proves, that each check can fail, and when it runs again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from core_rig import arm, choose, drive_is_off, opened, run, start, visit, why

from penctl.errors import SelfTestFailed
from penctl.protocol.enums import Flags, SelfTestCheck, State
from pensim.bench import Bench
from pensim.world import Factory

LONGEST_S = 3.0
DEEPEST_MM = 2.3


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_good_pen_passes_within_three_seconds_referenced_and_proved(seed: int) -> None:
    """Requirement: the self-test takes less than 3 s, travels all the way, and no needle comes out."""
    with Bench(seed=seed) as bench:
        deepest_um = bar_um = -1e9
        while bench.kernel.outputs.state != State.STANDBY:
            assert bench.time_s < LONGEST_S
            bench.advance(0.001)
            deepest_um = max(deepest_um, float(bench.kernel.state.depth) * 1e6)
            bar_um = max(bar_um, float(bench.kernel.state.bar) * 1e6)
        assert deepest_um > DEEPEST_MM * 1e3
        assert bar_um < 0.0
        flags = opened(bench).status().flags
        wanted = Flags.SELF_TEST_PASSED | Flags.PROVED | Flags.REFERENCED
        assert flags & wanted == wanted
        assert drive_is_off(bench)


def _stays(target: str, kind: str, **values: float) -> Callable[[Bench], Any]:
    return lambda bench: bench.inject(target, kind, **values)


def _corrupt_configuration(bench: Bench) -> None:
    """Both copies of the configuration; the power is then switched off and on."""
    bench.memory.content[0:200] = 0xA5
    bench.memory.content[2048 : 2048 + 200] = 0xA5
    bench.restart("POWER_ON")


def _hold(bench: Bench) -> None:
    bench.hand.hold(True)


FAULTS: list[tuple[SelfTestCheck, Callable[[Bench], Any]]] = [
    (SelfTestCheck.SUPPLY, _stays("supply_sensor", "wrong", gain=0.6, value=0.0)),
    (SelfTestCheck.HOLD_RELEASED, _hold),
    (SelfTestCheck.HOLD_CONTACTS, _stays("hold_released_contact", "stuck", value=0)),
    (SelfTestCheck.BAR_SENSOR, _stays("bar_sensor", "off")),
    (SelfTestCheck.STAGE_SENSOR, _stays("stage_sensor", "off")),
    (SelfTestCheck.SHAFT_SENSOR, _stays("shaft_sensor", "off")),
    (SelfTestCheck.CURRENT, _stays("current_sensor", "wrong", gain=1.0, value=80.0)),
    (SelfTestCheck.TEMPERATURE, _stays("nose_temperature", "wrong", gain=1.0, value=80_000.0)),
    (SelfTestCheck.PRESS_SENSOR, _stays("press_sensor", "wrong", gain=1.0, value=-5000.0)),
    (SelfTestCheck.SOUNDER, _stays("sounder", "off")),
    (SelfTestCheck.SHUT_OFF, _stays("sto", "off")),
    (SelfTestCheck.SECOND_PATH, _stays("supply_switch", "stuck", value=1)),
    (SelfTestCheck.WINDING_SHORT, _stays("winding_short", "stuck")),
    (SelfTestCheck.DEPTH_TRAVEL, _stays("stage_sensor", "wrong", gain=1.04, value=0.0)),
    (SelfTestCheck.REFERENCE, _stays("home_switch", "stuck", value=0)),
    (SelfTestCheck.MEMORY, lambda bench: bench.memory.fail("silent")),
    (SelfTestCheck.MEMORY, lambda bench: bench.memory.fail("refuse")),
    (SelfTestCheck.MEMORY, lambda bench: bench.memory.fail("forget")),
    (SelfTestCheck.CONFIGURATION, _corrupt_configuration),
]


@pytest.mark.parametrize(("check", "fault"), FAULTS, ids=[check.name for check, _ in FAULTS])
def test_each_check_can_fail_and_then_nothing_may_be_armed(
    check: SelfTestCheck, fault: Callable[[Bench], Any]
) -> None:
    """IL-34, IL-06, IL-40: the number of the check that failed is told, and arming is refused with it."""
    with Bench(seed=2) as bench:
        fault(bench)
        pen = bench.pen(role="clinician")
        pen.open_session()
        with pytest.raises(SelfTestFailed):
            pen.wait_ready()
        assert pen.status().self_test_check == check
        refused = why(lambda: arm(pen))
        assert (refused.reason, refused.value) == ("SELF_TEST_NOT_PASSED", check)
        assert drive_is_off(bench)


@pytest.mark.parametrize("gain", [0.97, 1.03])
def test_a_clock_that_goes_wrong_fails_the_self_test_beside_its_interlock(gain: float) -> None:
    """IL-32 is quicker and latches; the self-test compares the clocks by itself and says so."""
    with Bench(seed=2) as bench:
        bench.inject("second_clock", "wrong", gain=gain)
        pen = bench.pen(role="clinician")
        pen.open_session()
        bench.run(0.2)
        assert pen.status().self_test_check == SelfTestCheck.CLOCK
        assert bench.kernel.outputs.tripped == 32
        assert drive_is_off(bench)


def _until_travel(bench: Bench, depth_um: float) -> None:
    """The self-test goes on until the depth stage is that deep."""
    for _ in range(400):
        bench.run(0.01)
        if float(bench.kernel.state.depth) * 1e6 > depth_um:
            return
    raise AssertionError("the travel of the self-test never began")


@pytest.mark.parametrize("angle", [math.pi, math.pi - 0.05, math.pi + 0.05])
def test_a_crank_away_from_its_top_drives_no_needle_out_and_the_pen_can_work(angle: float) -> None:
    """Requirement: needles never come out in the self-test or in READY, and a restart ends no pen's life.

    The crank stands where it stood when the power went: the stage travels as far as keeps the bar inside,
    waits at its park while the pen is READY, and goes to its depth when the strokes have begun.
    """
    with Bench(seed=2, parameters={"start_angle": angle}) as bench:
        pen = opened(bench)
        visit(pen)
        choose(bench, pen, depth_um=2000, rate_hz=97.0)  # at 100 Hz the trace's rows meet no bottom
        arm(pen)
        assert float(bench.trace.bar_um.max()) < 0.0
        start(bench, pen)
        pen.wait(1.5)
        assert pen.status().state == State.RUN
        assert abs(float(bench.trace.bar_um[-2000:].max()) - 2000) < 50


def test_a_bar_that_comes_out_ends_the_travel() -> None:
    """Requirement: what moves the bar while the stage travels stops it at once, with a check of its own."""
    with Bench(seed=2) as bench:
        pen = bench.pen(role="clinician")
        pen.open_session()
        _until_travel(bench, 1500)
        bench.inject("bar_sensor", "wrong", gain=1.0, value=1500.0)
        bench.run(0.01)
        assert pen.status().self_test_check == SelfTestCheck.NEEDLES_INSIDE
        before = float(bench.kernel.state.depth)
        pen.wait(0.5)
        assert float(bench.kernel.state.depth) <= before


@pytest.mark.parametrize(
    ("factory", "check"), [(Factory(firmware_genuine=False), SelfTestCheck.FIRMWARE)], ids=["not genuine"]
)
def test_what_the_factory_or_the_boot_loader_found_fails_it(factory: Factory, check: SelfTestCheck) -> None:
    """IL-35: firmware that is not genuine never gets through the self-test."""
    with Bench(seed=2, factory=factory) as bench:
        pen = bench.pen(role="clinician")
        pen.open_session()
        with pytest.raises(SelfTestFailed):
            pen.wait_ready()
        assert pen.status().self_test_check == check


def test_a_damaged_controller_trips_and_stays_off_through_a_restart() -> None:
    """IL-33: the trip stays latched through a restart that is no power-off."""
    with Bench(seed=2) as bench:
        pen = opened(bench)
        bench.damage("ROM")
        bench.run(61.0)
        assert pen.status().tripped == 33
        bench.restart("SOFTWARE")
        pen.open_session()
        assert pen.status().tripped == 33
        assert drive_is_off(bench)


def test_a_fault_that_goes_away_lets_the_readings_pass_by_themselves() -> None:
    """Requirement: before anything has moved, the self-test goes on as soon as all is well."""
    with Bench(seed=2) as bench:
        bench.hand.hold(True)
        bench.advance(0.5)
        assert bench.kernel.outputs.state == State.SELF_TEST
        bench.hand.hold(False)
        bench.advance(LONGEST_S)
        assert bench.kernel.outputs.state == State.STANDBY


def test_after_a_failed_travel_the_stage_stands_until_somebody_asks() -> None:
    """Requirement: a part that failed while it moved is not moved again by itself; SELF_TEST begins anew."""
    with Bench(seed=2) as bench:
        fault = bench.inject("home_switch", "stuck", value=0)
        pen = bench.pen(role="clinician")
        pen.open_session()
        with pytest.raises(SelfTestFailed):
            pen.wait_ready()
        bench.clear_faults()
        assert fault is not None
        before = float(bench.kernel.state.depth)
        bench.run(2.0)
        assert abs(float(bench.kernel.state.depth) - before) < 5e-6
        pen.self_test()
        assert pen.status().state is State.STANDBY


def test_stop_ends_the_travel_and_it_does_not_go_on_by_itself() -> None:
    """Requirement: STOP is taken in every state; the self-test then waits for SELF_TEST."""
    with Bench(seed=2) as bench:
        pen = bench.pen(role="clinician")
        pen.open_session()
        bench.run(1.2)
        assert pen.status().state is State.SELF_TEST
        pen.stop_now()
        bench.run(0.1)
        before = float(bench.kernel.state.depth)
        bench.run(2.0)
        assert float(bench.kernel.state.depth) <= before + 5e-6
        assert why(lambda: arm(pen)).reason == "SELF_TEST_NEEDED"
        pen.self_test()
        assert pen.status().state is State.STANDBY


def test_the_emergency_stop_keeps_it_from_beginning() -> None:
    """IL-01: nothing is proved or moves while the emergency stop is pushed or its trip latched."""
    with Bench(seed=2) as bench:
        bench.hand.estop(True)
        bench.advance(2.0)
        assert bench.kernel.outputs.state == State.SAFE
        before = float(bench.kernel.state.depth)
        bench.hand.estop(False)
        bench.advance(2.0)
        assert bench.kernel.outputs.state == State.SAFE
        assert abs(float(bench.kernel.state.depth) - before) < 5e-6
        pen = bench.pen(role="clinician")
        pen.open_session()
        pen.reset()
        pen.wait_ready()
        assert pen.status().state is State.STANDBY


def test_another_visit_after_a_run_is_proved_again_and_the_same_one_is_not() -> None:
    """IL-06: the shut-off path is proved for each visit before its first run."""
    with Bench(seed=2) as bench:
        pen = opened(bench)
        visit(pen)
        assert pen.status().state is State.STANDBY  # the drive has not run since the self-test at power-on
        choose(bench, pen)
        run(bench, pen)
        visit(pen)
        assert pen.status().state is State.STANDBY
        pen.command("END_VISIT")
        visit(pen, b"visit-02")
        assert pen.status().state is State.SELF_TEST
        assert why(lambda: arm(pen)).reason == "SELF_TEST_NEEDED"
        pen.wait_ready()
        assert Flags.PROVED in pen.status().flags


def test_the_duty_of_the_bridge_stays_zero_through_the_proof() -> None:
    """IL-06: the drive is enabled for the proof, and nothing drives the motor with it."""
    with Bench(seed=2) as bench:
        enabled, duties, angles = 0, set(), []
        for _ in range(4000):
            bench.advance(0.0005)
            enabled += int(bench.kernel.outputs.drive_enable)
            duties.add(int(bench.kernel.outputs.bridge_duty_q15))
            angles.append(float(bench.kernel.state.theta))
        assert enabled > 0
        assert duties == {0}
        assert np.ptp(angles) < 0.05
