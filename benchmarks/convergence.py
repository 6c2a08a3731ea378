"""Final angle and current against the plant's step: in air against solve_ivp, in skin against a short one."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from peers import TICK_S, TWO_PI, Equations
from pens import DEPTH_UM, driven_plant
from scipy.integrate import solve_ivp

from pensim.plant.motion import move
from pensim.plant.motor import winding
from pensim.plant.skin import relax

VOLTS = 4.5
SECONDS = 0.1
STEPS_US = (50.0, 20.0, 10.0, 5.0)
FINE_US = 0.25


@dataclass(frozen=True)
class Row:
    """Errors after 0.1 s at one step."""

    step_us: float
    angle_rad: float
    current_percent: float


@numba.njit(error_model="numpy")
def _run(ticks, states, params, controls, skins, steps, decay, lag, ohm):
    state = states[0]
    for _ in range(ticks):
        coefficients = (decay, lag, ohm)
        move(
            state,
            params[0],
            skins[0],
            controls[0],
            steps,
            coefficients,
            params[0].torque_constant,
            1.0,
            False,
        )
        relax(state, skins[0], TICK_S)
    return TWO_PI * state.revolution + state.theta, state.current


def fixed_step(step_us: float, skin: str) -> tuple[float, float]:
    """Final angle in rad and current in A of the compiled plant, from rest at a constant voltage."""
    kernel = driven_plant(skin=skin)
    if skin == "air":
        kernel.state.gap = 1.0
    state, params = kernel.state, kernel.params
    state.voltage, state.theta, state.cos, state.sin = VOLTS, 0.0, 1.0, 0.0
    state.depth = DEPTH_UM * 1e-6
    steps = round(TICK_S * 1e6 / step_us)
    decay, lag, ohm = winding(state.resistance + params.bridge_resistance, params.inductance, step_us * 1e-6)
    arrays = (kernel._state, kernel._params, kernel._control, kernel._skin)
    return _run(round(SECONDS / TICK_S), *arrays, steps, decay, lag, ohm)


def by_solver() -> tuple[float, float]:
    """The same in air, by DOP853 at 1e-11, from the equations as they are written in peers.py."""
    kernel = driven_plant(skin="air")
    kernel.state.depth = DEPTH_UM * 1e-6
    equations = Equations(kernel, load_n=0.0, smooth_rad_s=0.01)
    done = solve_ivp(
        equations, (0.0, SECONDS), np.zeros(3), "DOP853", args=(VOLTS,), rtol=1e-11, atol=1e-12, max_step=1e-4
    )
    return float(done.y[0, -1]), float(done.y[2, -1])


def table(skin: str) -> tuple[float, list[Row]]:
    """The angle that the reference reaches in rad, and the errors at each step."""
    angle, current = by_solver() if skin == "air" else fixed_step(FINE_US, skin)
    rows = []
    for step_us in STEPS_US:
        at, amperes = fixed_step(step_us, skin)
        rows.append(Row(step_us, at - angle, (amperes / current - 1.0) * 100.0))
    return angle, rows
