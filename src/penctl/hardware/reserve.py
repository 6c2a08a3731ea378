"""Motor reserve by calculation: the voltage that a stroke rate needs, and what an empty battery leaves.

Mean values over one turn of the crank, at a steady rate, SI units inside:

    V = k w + (R_hot + R_bridge) I,   I = (T_friction + T_skin + T_yoke) / k

k w is the motor's own voltage at the rate. T_skin is the work of the needles in the skin over 2 pi: the force
while they go in, and a part of it while they come out, each over the depth. T_yoke is the friction of the
yoke: a coefficient times the axial force on it (skin, return spring, inertia of the bar), over a turn. The
return spring and the bar's inertia give back in one half turn what they take in the other. The speed's ripple
inside a stroke is left out; tests compare with an integration over the crank angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from penctl.hardware.pen import Pen
from penctl.hardware.quantity import Quantity

STEPS: Final = 720
"""Crank angles that a mean over one turn is taken from."""


@dataclass(frozen=True)
class Need:
    """What one load case needs. Volts are at the bridge; `reserve_v` is what an empty battery leaves."""

    rate_hz: float
    depth_mm: float
    force_n: float
    winding_c: float
    torque_mnm: float
    current_ma: float
    voltage_v: float
    reserve_v: float


def winding_resistance_ohm(pen: Pen, winding_c: float) -> float:
    """Winding resistance at a temperature, from the data sheet's and the copper coefficient."""
    motor = pen.motor
    rise_k = winding_c - motor.data_temperature.value
    return motor.resistance.si * (1.0 + motor.copper_coefficient.si * rise_k)


def needed(pen: Pen, rate_hz: float, depth_mm: float, force_n: float, winding_c: float) -> Need:
    """What a steady stroke rate needs at a depth, with a force on the needles while they go in.

    Raises ValueError for a depth outside 0..stroke, a rate that is not above 0, or a negative force.
    """
    stroke_mm = pen.yoke.stroke.to("mm")
    if not (0.0 <= depth_mm <= stroke_mm and 0.0 < rate_hz < math.inf and 0.0 <= force_n < math.inf):
        raise ValueError(
            f"depth 0..{stroke_mm:g} mm, rate above 0, force from 0: {depth_mm}, {rate_hz}, {force_n}"
        )
    omega = 2.0 * math.pi * rate_hz
    torque_nm = pen.motor.friction_torque.si + mean_load_torque_nm(pen, omega, depth_mm * 1e-3, force_n)
    current_a = torque_nm / pen.motor.torque_constant.si
    resistance_ohm = winding_resistance_ohm(pen, winding_c) + pen.bridge.resistance.si
    voltage_v = pen.motor.torque_constant.si * omega + resistance_ohm * current_a
    return Need(
        rate_hz=rate_hz,
        depth_mm=depth_mm,
        force_n=force_n,
        winding_c=winding_c,
        torque_mnm=torque_nm * 1e3,
        current_ma=current_a * 1e3,
        voltage_v=voltage_v,
        reserve_v=pen.battery.empty_voltage.si - voltage_v,
    )


def mean_load_torque_nm(pen: Pen, omega: float, depth_m: float, force_n: float) -> float:
    """Mean torque of skin and yoke at the crank over one turn at `omega` rad/s."""
    half_m = pen.yoke.stroke.si / 2.0
    bar = pen.needle_bar
    work_nm = 0.0
    for step in range(STEPS):
        theta = 2.0 * math.pi * (step + 0.5) / STEPS
        arm_m = half_m * math.sin(theta)
        travel_m = half_m * (1.0 - math.cos(theta))
        skin_n = _skin_force_n(pen, depth_m - 2.0 * half_m + travel_m, arm_m, force_n)
        spring_n = bar.spring_preload.si + bar.spring_rate.si * travel_m
        inertia_n = bar.mass.si * half_m * math.cos(theta) * omega**2
        rubbing_n = pen.yoke.friction_coefficient.si * abs(skin_n + spring_n + inertia_n)
        work_nm += skin_n * arm_m + rubbing_n * abs(arm_m)
    return work_nm / STEPS


def _skin_force_n(pen: Pen, protrusion_m: float, arm_m: float, force_n: float) -> float:
    """Force of the skin against the bar, positive against going in; negative while the needles come out."""
    if protrusion_m <= 0.0:
        return 0.0
    return force_n if arm_m > 0.0 else -force_n * pen.load_case.withdrawal_ratio.si


def required_cases(pen: Pen) -> list[Need]:
    """The two load cases that the pen promises, with the winding at its temperature limit."""
    case = pen.load_case
    points = ((case.shallow_rate, case.shallow_depth), (case.deep_rate, case.deep_depth))
    force_n, winding_c = case.insertion_force.si, case.winding_temperature.value
    return [needed(pen, rate.si, depth.to("mm"), force_n, winding_c) for rate, depth in points]


def highest_rate_hz(pen: Pen, depth_mm: float, force_n: float, winding_c: float, supply_v: float) -> float:
    """Highest steady stroke rate that `supply_v` carries, to 0.01 Hz; 0 if none, at most 400."""
    low_hz, high_hz = 0.0, 400.0
    while high_hz - low_hz > 0.01:
        middle_hz = (low_hz + high_hz) / 2.0
        fits = needed(pen, middle_hz, depth_mm, force_n, winding_c).voltage_v <= supply_v
        low_hz, high_hz = (middle_hz, high_hz) if fits else (low_hz, middle_hz)
    return low_hz


def with_motor_at_tolerance(pen: Pen, resistance: int, torque_constant: int) -> Pen:
    """The pen with winding resistance and torque constant moved by whole tolerances (-1, 0 or 1 of each)."""
    motor = pen.motor
    moved = replace(
        motor,
        resistance=_moved(motor.resistance, resistance),
        torque_constant=_moved(motor.torque_constant, torque_constant),
    )
    return replace(pen, motor=moved)


def _moved(figure: Quantity, tolerances: int) -> Quantity:
    return replace(figure, value=figure.value + tolerances * figure.tolerance)
