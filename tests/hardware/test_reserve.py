"""The motor's reserve by calculation."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penctl import hardware
from penctl.hardware.reserve import (
    highest_rate_hz,
    needed,
    required_cases,
    winding_resistance_ohm,
    with_motor_at_tolerance,
)

PEN = hardware.load_pen()


def test_both_promised_cases_fit_an_empty_battery() -> None:
    """Requirement: 150 Hz up to 1.5 mm and 120 Hz at 2.5 mm with 5 N, winding at its limit, at 7.0 V."""
    for need in required_cases(PEN):
        assert need.voltage_v < 7.0
        assert need.reserve_v == pytest.approx(7.0 - need.voltage_v)
        assert need.reserve_v > 0.2


def test_150_hz_at_full_depth_is_not_promised_because_it_does_not_fit() -> None:
    """Requirement: the calculation can say no; 150 Hz at 2.5 mm is beyond an empty battery."""
    assert needed(PEN, 150, 2.5, 5.0, 125).reserve_v < 0
    assert 120 < highest_rate_hz(PEN, 2.5, 5.0, 125, 7.0) < 150


def test_the_winding_gets_40_percent_more_resistance_from_22_to_125_degrees() -> None:
    """Requirement: the winding's heat is in the reserve."""
    assert winding_resistance_ohm(PEN, 22) == 2.83
    assert winding_resistance_ohm(PEN, 125) / 2.83 == pytest.approx(1.40, abs=0.01)


def test_without_load_the_motor_needs_little_more_than_its_own_voltage() -> None:
    """Requirement: at depth 0 without friction of the yoke only k w and the motor's friction are left."""
    smooth = dataclasses.replace(
        PEN,
        yoke=dataclasses.replace(
            PEN.yoke, friction_coefficient=dataclasses.replace(PEN.yoke.friction_coefficient, value=0.0)
        ),
    )
    need = needed(smooth, 100, 0.0, 5.0, 22)
    assert need.torque_mnm == pytest.approx(0.12)
    assert need.voltage_v == pytest.approx(0.00535 * 2 * math.pi * 100 + 3.13 * 0.12 / 5.35, rel=1e-9)


def test_the_mean_values_agree_with_an_integration_over_the_crank_angle() -> None:
    """Requirement: leaving out the speed's ripple costs less than 1.5 % of the voltage."""
    for need in required_cases(PEN):
        rate_hz = _integrated_rate_hz(need.voltage_v, need.depth_mm * 1e-3, need.force_n, need.winding_c)
        assert rate_hz == pytest.approx(need.rate_hz, rel=0.015)


def _integrated_rate_hz(volts: float, depth_m: float, force_n: float, winding_c: float) -> float:
    """Stroke rate in the steady state at a constant voltage, with inertia and ripple, by crank angle."""
    k, bar = PEN.motor.torque_constant.si, PEN.needle_bar
    resistance_ohm = winding_resistance_ohm(PEN, winding_c) + PEN.bridge.resistance.si
    steps, half_m, omega, time_s = 1000, PEN.yoke.stroke.si / 2, volts / k, 0.0
    step_rad = 2 * math.pi / steps
    for _ in range(40):
        time_s = 0.0
        for step in range(steps):
            theta = (step + 0.5) * step_rad
            arm, curve = half_m * math.sin(theta), half_m * math.cos(theta)
            travel = half_m - curve
            out = depth_m - 2 * half_m + travel > 0
            skin = (force_n if arm > 0 else -0.4 * force_n) if out else 0.0
            spring = bar.spring_preload.si + bar.spring_rate.si * travel
            inertia = bar.mass.si * curve * omega**2
            rubbing = PEN.yoke.friction_coefficient.si * abs(skin + spring + inertia) * abs(arm)
            torque = k * (volts - k * omega) / resistance_ohm - PEN.motor.friction_torque.si - rubbing
            torque -= (skin + spring + inertia) * arm
            after = math.sqrt(
                omega**2 + 2 * step_rad * torque / (PEN.motor.rotor_inertia.si + bar.mass.si * arm**2)
            )
            time_s += 2 * step_rad / (omega + after)
            omega = after
    return 1 / time_s


def test_tolerances_of_the_motor_move_the_need_the_way_they_must() -> None:
    """Requirement: the reserve can be read for a bad motor too."""
    nominal = required_cases(PEN)[0].voltage_v
    assert required_cases(with_motor_at_tolerance(PEN, 1, 0))[0].voltage_v > nominal
    assert required_cases(with_motor_at_tolerance(PEN, -1, 0))[0].voltage_v < nominal
    assert required_cases(with_motor_at_tolerance(PEN, 0, 0))[0].voltage_v == nominal


@given(
    rate_hz=st.floats(30, 180),
    depth_mm=st.floats(0, 2.9),
    force_n=st.floats(0, 10),
    winding_c=st.floats(0, 125),
)
def test_more_of_anything_never_needs_less(
    rate_hz: float, depth_mm: float, force_n: float, winding_c: float
) -> None:
    """Requirement: the need grows with rate, depth and the winding's heat, and is always finite."""
    need = needed(PEN, rate_hz, depth_mm, force_n, winding_c)
    assert math.isfinite(need.voltage_v)
    assert needed(PEN, rate_hz, depth_mm, force_n, winding_c + 10).voltage_v > need.voltage_v
    assert needed(PEN, rate_hz + 5, depth_mm, force_n, winding_c).voltage_v > need.voltage_v


@pytest.mark.parametrize(
    ("rate_hz", "depth_mm", "force_n"),
    [
        (0, 1, 5),
        (math.nan, 1, 5),
        (math.inf, 1, 5),
        (100, 3.1, 5),
        (100, -0.1, 5),
        (100, 1, -1),
        (100, math.nan, 5),
    ],
)
def test_a_load_case_that_cannot_be_is_refused(rate_hz: float, depth_mm: float, force_n: float) -> None:
    """Requirement: bad input gives a reason, not a number."""
    with pytest.raises(ValueError, match=r"depth 0\.\.3 mm"):
        needed(PEN, rate_hz, depth_mm, force_n, 25)
