"""Yoke and integration: energy, an independent integration, and the convergence that chose the step."""

from __future__ import annotations

import math
from typing import Any

import numba
import pytest
from plant_rig import BARE_MOTOR, plant

from pensim.kernel import Kernel
from pensim.loop import STEPS
from pensim.plant.motion import move
from pensim.plant.motor import warm_winding
from pensim.plant.records import TICK_S
from pensim.plant.skin import move_site, relax


@numba.njit(error_model="numpy")
def _roll(
    states: Any, parameters: Any, controls: Any, skins: Any, steps: int, ticks: int, glide: float
) -> None:
    state, params, control, skin = states[0], parameters[0], controls[0], skins[0]
    warm_winding(state, params, TICK_S / steps)
    path = (state.drive_decay, state.drive_lag, state.drive_ohm)
    for _ in range(ticks):
        move(state, params, skin, control, steps, path, params.torque_constant, 1.0, False)
        relax(state, skin, TICK_S)
        move_site(state, skin.needle_diameter)
        state.glide += glide


def roll(
    kernel: Kernel, steps: int, ticks: int, volt: float, glide: float = 0.0
) -> tuple[float, float, float]:
    """Run motor, yoke, needles and skin alone with any number of steps; returns angle, speed, current."""
    state = kernel._state[0]
    state["voltage"], state["gap"] = volt, 0.0
    _roll(kernel._state, kernel._params, kernel._control, kernel._skin, steps, ticks, glide)
    angle = state["revolution"] * 2.0 * math.pi + state["theta"]
    return float(angle), float(state["omega"]), float(state["current"])


def energy(kernel: Kernel) -> float:
    """Energy of motion and of the return spring, J."""
    state, params = kernel.state, kernel.params
    half = 0.5 * params.stroke
    lever, travel = half * state.sin, half * (1.0 - state.cos)
    motion = 0.5 * (params.inertia + params.bar_mass * lever**2) * state.omega**2
    return float(motion + params.spring_preload * travel + 0.5 * params.spring_rate * travel**2)


FREE = {"yoke_friction": 0.0, "friction_torque": 0.0, "torque_constant": 1e-12}


def test_without_friction_and_drive_energy_stays() -> None:
    """Plant: a thousand turns of crank, bar and spring lose nothing."""
    kernel = plant(parameters={**FREE, "start_angle": 0.5})
    kernel.state.omega = 900.0
    before = energy(kernel)
    swing = []
    for _ in range(700):
        roll(kernel, STEPS, 100, 0.0)
        swing.append(energy(kernel) / before - 1.0)
    assert kernel.state.revolution > 900
    assert max(map(abs, swing)) < 2e-4
    assert abs(sum(swing[-100:]) / 100) < 1e-4


def test_electrical_work_goes_into_copper_friction_and_motion() -> None:
    """Plant: the balance of a start in air, V i against R i2, friction, kinetic and spring energy."""
    kernel = plant()
    kernel.state.loss = kernel.state.rub = 0.0
    supplied = copper = 0.0
    start = energy(kernel)
    resistance = kernel.params.resistance + kernel.params.bridge_resistance
    for _ in range(500):
        roll(kernel, STEPS, 1, 6.0)
        supplied += 6.0 * kernel.state.current_sum * TICK_S
        copper += resistance * kernel.state.square_sum * TICK_S
    magnetic = 0.5 * kernel.params.inductance * kernel.state.current**2
    stored = energy(kernel) - start + magnetic
    assert supplied == pytest.approx(copper + kernel.state.rub + stored, rel=0.01)


def test_skin_takes_what_the_motor_gives() -> None:
    """Plant: with skin the balance closes too; what is left in the skin's spring is small."""
    kernel = plant(skin="typical")
    kernel.state.loss = kernel.state.rub = kernel.state.skin_work = 0.0
    supplied = copper = 0.0
    start = energy(kernel)
    resistance = kernel.params.resistance + kernel.params.bridge_resistance
    for _ in range(2000):
        roll(kernel, STEPS, 1, 6.0, glide=6e-6)
        supplied += 6.0 * kernel.state.current_sum * TICK_S
        copper += resistance * kernel.state.square_sum * TICK_S
    used = copper + kernel.state.rub + kernel.state.skin_work + energy(kernel) - start
    assert kernel.state.skin_work > 0.02
    assert supplied == pytest.approx(used, rel=0.01)


def test_an_independent_integration_agrees() -> None:
    """Plant: Runge-Kutta of fourth order at 1 us on the textbook equations, 30 ms from rest at 6 V."""
    kernel = plant(parameters={"yoke_friction": 0.0, "friction_torque": 0.0, "start_angle": 0.3})
    p = kernel.params
    half, mass, inertia, k = 0.5 * p.stroke, p.bar_mass, p.inertia, p.torque_constant
    resistance = kernel.state.resistance + p.bridge_resistance

    def slope(theta: float, omega: float, current: float) -> tuple[float, float, float]:
        sin, cos = math.sin(theta), math.cos(theta)
        spring = p.spring_preload + p.spring_rate * half * (1.0 - cos)
        torque = k * current - half * sin * spring - mass * half * half * sin * cos * omega * omega
        return (
            omega,
            torque / (inertia + mass * (half * sin) ** 2),
            (6.0 - resistance * current - k * omega) / p.inductance,
        )

    y, h = (0.3, 0.0, 0.0), 1e-6
    for _ in range(30_000):
        a = slope(*y)
        b = slope(*(u + 0.5 * h * v for u, v in zip(y, a, strict=True)))
        c = slope(*(u + 0.5 * h * v for u, v in zip(y, b, strict=True)))
        d = slope(*(u + h * v for u, v in zip(y, c, strict=True)))
        y = tuple(u + h / 6.0 * (r + 2 * s + 2 * t + v) for u, r, s, t, v in zip(y, a, b, c, d, strict=True))
    angle, omega, current = roll(kernel, STEPS, 300, 6.0)
    assert angle == pytest.approx(y[0], abs=5e-4)
    assert omega == pytest.approx(y[1], rel=1e-5)
    assert current == pytest.approx(y[2], abs=2e-4)


FRICTION_FLOOR_RAD = 1e-4


@pytest.mark.parametrize(
    ("skin", "depth_mm", "angle_error", "current_error"),
    [("air", 1.5, 5e-4, 2e-3), ("typical", 1.5, 3e-2, 3e-2), ("stiff", 2.5, 4e-2, 2e-2)],
)
def test_the_step_of_20_us_is_converged(
    skin: str, depth_mm: float, angle_error: float, current_error: float
) -> None:
    """Numbers: the step is chosen by final angle (rad) and current (part) after 0.1 s, against 0.25 us.

    A step of 5 us is nearer to it, in current by more than half. In angle only down to a floor: the spring
    turns the crank back before the motor has torque, and dry friction that changes its sign inside a step
    leaves up to 1e-4 of 118 rad, at either step and of either sign.
    """
    found = [
        roll(plant(depth_mm, skin, parameters={"start_angle": 0.3}), steps, 1000, 7.0, glide=6e-6)
        for steps in (STEPS, 4 * STEPS, 400)
    ]
    ours, finer, best = found
    assert best[0] > 80.0
    assert abs(ours[0] - best[0]) < angle_error
    assert abs(ours[2] / best[2] - 1.0) < current_error
    assert abs(finer[0] - best[0]) < max(abs(ours[0] - best[0]), FRICTION_FLOOR_RAD)
    assert abs(finer[2] - best[2]) < 0.5 * abs(ours[2] - best[2])


def test_without_friction_the_error_of_the_step_is_of_second_order() -> None:
    """Numbers: where no force jumps, 20 us is right within 1e-6 of 118 rad, 5 us eight times better."""
    smooth = {"start_angle": 0.3, "yoke_friction": 0.0, "friction_torque": 0.0}
    ours, finer, best = (
        roll(plant(parameters=smooth), steps, 1000, 7.0)[0] for steps in (STEPS, 4 * STEPS, 400)
    )
    assert best > 80.0
    assert abs(ours - best) < 1e-6
    assert abs(finer - best) < abs(ours - best) / 8.0


def test_bar_follows_the_crank() -> None:
    """Units: protrusion is depth - stroke at the top and depth at the bottom."""
    kernel = plant(depth_mm=1.0, parameters=BARE_MOTOR)
    for angle, protrusion in ((0.0, -2.0), (math.pi / 2, -0.5), (math.pi, 1.0)):
        kernel.state.theta, kernel.state.cos, kernel.state.sin = angle, math.cos(angle), math.sin(angle)
        kernel.advance(1)
        assert kernel.state.bar * 1e3 == pytest.approx(protrusion, abs=1e-9)
