"""What stops the drive: shorted winding, emergency chain, delayed hold-to-run path; and the stop log."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plant_rig import bring_to_rate, cut, drive, fault, plant, press, run

from pensim.kernel import Kernel
from pensim.plant.fault_points import Kind, Target

DEAD_CENTRE_RAD = math.radians(15.0)


def at_150_hz(seed: int, nominal: bool = False) -> Kernel:
    """A pen in the air at 150 Hz, stopped at an angle that differs from seed to seed."""
    kernel = plant(seed=seed, nominal=nominal)
    bring_to_rate(kernel, 150.0, seconds=0.4)
    kernel.advance(seed * 7 % 67)
    return kernel


def test_a_shorted_winding_stops_the_needles_within_two_strokes() -> None:
    """C0: at most 2 further strokes from 150 Hz in air; needles clear within 260 ms by the spring.

    Friction holds some cranks near the bottom dead centre, where the spring has no lever: those are few, and
    the pen says so to the operator.
    """
    stuck = 0
    for seed in range(1, 61):
        kernel = at_150_hz(seed)
        row = cut(kernel, 0.5)
        assert row["strokes_after"] <= 2
        assert row["rest_us"] - row["off_us"] < 260_000
        if row["clear_us"] < 0:
            stuck += 1
            assert abs(kernel.state.theta - math.pi) < DEAD_CENTRE_RAD
        else:
            assert row["clear_us"] - row["off_us"] < 260_000
    assert stuck <= 2


def test_an_open_winding_lets_the_rotor_run_on() -> None:
    """Why C0 shorts the winding: with that path open the rotor's 32 mJ last for some forty strokes."""
    kernel = plant(parameters={"yoke_friction": 0.0})
    bring_to_rate(kernel, 150.0)
    row = fault(kernel, Target.WINDING_SHORT, Kind.OFF)
    stop = cut(kernel)
    assert 38 <= stop["strokes_after"] <= 57
    assert stop["rest_us"] - stop["off_us"] < 950_000
    assert row["took_effect"] == 1
    with_friction = plant()
    bring_to_rate(with_friction, 150.0)
    fault(with_friction, Target.WINDING_SHORT, Kind.OFF)
    assert 15 <= cut(with_friction)["strokes_after"] <= 40


def test_skin_stops_the_needles_sooner() -> None:
    """C0 in skin: at most one further stroke."""
    kernel = plant(1.5, "typical")
    press(kernel)
    bring_to_rate(kernel, 150.0)
    assert cut(kernel)["strokes_after"] <= 1


def clear_us(after: np.ndarray) -> int:
    """First moment from which the needles stay inside the nose; -1 when they are out at the end."""
    last_out = np.flatnonzero(after["tip_um"] >= 0.0)[-1]
    return -1 if last_out == len(after) - 1 else int(after["time_us"][last_out]) + 100


@pytest.mark.parametrize("spring", [{}, {"spring_preload": 0.0, "spring_rate": 0.0}])
def test_the_stop_log_tells_the_three_moments(spring: dict[str, float]) -> None:
    """C0 and C1: each stop records drive off, last stroke, needles clear; the truth of the trace agrees.

    Cut at six moments of a stroke. Without a return spring some cranks rest with the needles out: no moment
    of needles clear is recorded then.
    """
    ends_clear = []
    for ticks in range(0, 66, 11):
        kernel = plant(trace_decimation=1, parameters=spring)
        bring_to_rate(kernel, 150.0)
        kernel.advance(ticks)
        row = cut(kernel)
        trace = kernel.trace()
        assert row["off_us"] == trace["time_us"][np.flatnonzero(trace["drive_on"])[-1]] + 100
        after = trace[trace["time_us"] >= row["off_us"]]
        assert row["clear_us"] == clear_us(after)
        assert row["omega_off"] == pytest.approx(2 * math.pi * 150.0, rel=0.05)
        before, here = after["theta"][:-1], after["theta"][1:]
        bottoms = (before < math.pi) & (here >= math.pi) & (here - before < math.pi)
        assert row["strokes_after"] == np.count_nonzero(bottoms)
        last_us = after["time_us"][1:][bottoms]
        assert row["last_bottom_us"] == (last_us[-1] if len(last_us) else -1)
        ends_clear.append(row["clear_us"] >= 0)
    assert any(ends_clear)
    assert all(ends_clear) == (not spring)


def test_the_emergency_chain_cuts_the_drive_by_hardware() -> None:
    """IL-01's hardware: an opened chain removes the gate supply within bounce and 1 ms, unasked."""
    kernel = plant()
    drive(kernel, 6.0)
    run(kernel, 0.2)
    kernel.control.estop = 1
    began = kernel.time_us
    run(kernel, 0.3)
    row = kernel.stops()[-1]
    assert row["off_us"] - began <= 5_000
    assert row["cause"] == 1
    assert kernel.inputs.drive_feedback == 0
    assert kernel.outputs.drive_enable == 1


def test_one_chain_is_enough() -> None:
    """IL-01 has two channels: with one contact welded the other still cuts, and the inputs differ."""
    kernel = plant()
    drive(kernel, 6.0)
    row = fault(kernel, Target.ESTOP_A, Kind.STUCK, value=1.0)
    run(kernel, 0.1)
    assert row["took_effect"] == 0
    kernel.control.estop = 1
    run(kernel, 0.05)
    assert row["took_effect"] == 1
    assert (kernel.inputs.estop_a_closed, kernel.inputs.estop_b_closed) == (1, 0)
    assert kernel.state.gate == 0


def test_releasing_hold_to_run_cuts_the_drive_by_hardware_after_150_ms() -> None:
    """IL-02's backing: a delayed path to STO that firmware cannot hold open."""
    kernel = plant()
    drive(kernel, 6.0)
    run(kernel, 0.2)
    kernel.control.hold = 0
    began = kernel.time_us
    run(kernel, 0.14)
    assert kernel.state.gate == 1
    run(kernel, 0.2)
    row = kernel.stops()[-1]
    assert 149_000 <= row["off_us"] - began <= 155_000
    assert row["cause"] == 2


def test_only_both_stuck_contacts_of_hold_to_run_keep_the_drive() -> None:
    """Faults: one welded contact shows (IL-04), and the hardware path still cuts; with both it does not."""
    for both in (False, True):
        kernel = plant()
        drive(kernel, 6.0)
        run(kernel, 0.05)
        rows = [fault(kernel, Target.HOLD_SWITCH, Kind.STUCK, value=1.0)]
        if both:
            rows.append(fault(kernel, Target.HOLD_RELEASED, Kind.STUCK, value=0.0))
        run(kernel, 0.2)
        assert not any(row["took_effect"] for row in rows)
        kernel.control.hold = 0
        run(kernel, 0.5)
        assert all(row["took_effect"] for row in rows)
        assert kernel.state.gate == int(both)
        assert (kernel.inputs.hold_pressed, kernel.inputs.hold_released) == (1, int(not both))


def test_the_hold_path_cuts_the_bridge_and_leaves_the_sto_stage() -> None:
    """The proof of the STO stage runs with the switch released: feedback and short follow, nothing moves."""
    kernel = plant()
    kernel.control.hold = 0
    run(kernel, 0.4)
    assert (kernel.inputs.drive_feedback, kernel.inputs.short_feedback) == (0, 1)
    kernel.outputs.drive_enable = 1
    kernel.outputs.bridge_duty_q15 = 20000
    run(kernel, 0.002)
    assert (kernel.inputs.drive_feedback, kernel.inputs.short_feedback) == (1, 0)
    run(kernel, 0.1)
    assert kernel.state.omega == 0.0
    assert kernel.state.gate == 0
    kernel.outputs.drive_enable = 0
    run(kernel, 0.002)
    assert (kernel.inputs.drive_feedback, kernel.inputs.short_feedback) == (0, 1)


def test_without_hold_to_run_the_bridge_brakes_as_the_short_does() -> None:
    """IL-02's backing: the path brakes through the low side, so that the rotor does not run on."""
    kernel = plant()
    bring_to_rate(kernel, 150.0)
    kernel.control.hold = 0
    run(kernel, 1.0)
    row = kernel.stops()[-1]
    assert row["cause"] == 2
    assert row["strokes_after"] <= 3
    assert row["rest_us"] > 0


def test_a_failed_sto_path_is_still_cut_by_the_emergency_chain() -> None:
    """IL-05's stimulus: the gate supply stays although guard has removed its enable."""
    kernel = plant()
    drive(kernel, 6.0)
    run(kernel, 0.2)
    row = fault(kernel, Target.STO, Kind.STUCK)
    kernel.outputs.drive_enable = 0
    run(kernel, 0.3)
    assert kernel.inputs.drive_feedback == 1
    assert kernel.state.omega > 500.0
    assert row["took_effect"] == 1
    kernel.control.estop = 1
    run(kernel, 0.3)
    assert kernel.inputs.drive_feedback == 0
    assert kernel.state.omega == 0.0


def test_contacts_bounce_when_they_change_and_never_otherwise() -> None:
    """Plant: bounce of push buttons, 1.5 ms, is in what firmware reads."""
    kernel = plant(trace_decimation=1)
    kernel.advance(200)
    start = len(kernel.trace())
    kernel.control.hold = 0
    kernel.advance(200)
    levels = kernel.trace()["hold"][start:]
    changes = np.flatnonzero(np.diff(levels))
    assert len(changes) > 0
    assert changes[-1] <= 16
    assert levels[-1] == 0
    assert kernel.trace()["hold"][60:start].all()
