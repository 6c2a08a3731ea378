"""One tick of motor, yoke, needles and skin in fixed steps."""

from __future__ import annotations

import numpy as np

from pensim.plant.compiled import compiled
from pensim.plant.eccentric import speed_after, turn
from pensim.plant.needle import bar_force, tip_protrusion
from pensim.plant.records import TICK_S
from pensim.plant.skin import push

TWO_PI = 2.0 * np.pi
NO_STOP = 1.0
"""Protrusion in m that stands for `no mechanical stop`."""
JAM_TORQUE = 1e3
"""Coulomb friction in N m that stands for a jammed rotor."""


@compiled
def move(state, params, skin, control, steps, coefficients, constant, spring_part, jammed):
    """Move the crank by one tick of 100 us in `steps` steps.

    `coefficients` (decay, lag, 1/R) of the winding, all 0 when it is open; `constant` torque per A in N m/A;
    `spring_part` of the return spring's force that is left; `jammed` true when the rotor cannot turn.
    """
    step = TICK_S / steps
    per_step = 1.0 / step
    decay, lag, ohm = coefficients
    voltage = state.voltage
    ohm_mean = (1.0 - lag) * ohm
    ohm_end = (1.0 - decay) * ohm
    damping = 0.5 * constant * constant * ohm_mean
    half = 0.5 * params.stroke
    mass = params.bar_mass
    centre = state.depth - 0.5 * params.stroke_nominal
    preload = params.spring_preload * spring_part
    rate = params.spring_rate * spring_part
    coulomb = params.friction_torque
    if jammed:
        coulomb = JAM_TORQUE
    rubbing = params.yoke_friction * half
    stop = NO_STOP
    if control.stop_mechanical_um > 0.0:
        stop = control.stop_mechanical_um * 1e-6
    bulge = skin.bulge * state.nose_force - state.gap
    needles = float(state.fitted_needles)
    slide = skin.shaft_drag * per_step
    cut_drag = skin.cut_drag * per_step
    half_step2 = 0.5 * step * step * half
    filtering = params.current_filter

    theta, cos, sin, omega = state.theta, state.cos, state.sin, state.omega
    current, filtered = state.current, state.current_filtered
    force, q, hole, edge = state.force, state.penetration, state.hole, state.edge
    peak_bar, peak_tip, peak_force, peak_q = (
        state.peak_bar,
        state.peak_tip,
        state.peak_force,
        state.peak_penetration,
    )
    current_sum = 0.0
    square_sum = 0.0
    work = 0.0
    rub = 0.0
    tip = state.tip
    angle = 0.5 * step * omega
    for _ in range(steps):
        theta += angle
        cos, sin = turn(cos, sin, angle)
        lever = half * sin
        bar = centre - half * cos
        held = min(bar, stop)
        if q > 0.0 or held + bulge > state.surface:
            y = held + bulge
            force, q, hole, edge = push(
                y,
                lever * omega,
                step,
                half_step2 * cos * omega * omega,
                force,
                q,
                hole,
                edge,
                needles,
                state.relaxing,
                skin,
                slide,
                cut_drag,
                state.puncture_factor,
            )
        else:
            force = 0.0
        axial = preload + rate * half * (1.0 - cos) + bar_force(bar, stop, force, params)
        pin = abs((axial + mass * half * cos * omega * omega) * cos)
        friction = coulomb + rubbing * pin
        inertia = params.inertia + mass * lever * lever
        mean_free = lag * current + ohm_mean * (voltage - 0.5 * constant * omega)
        before = omega
        omega = speed_after(
            before,
            constant * mean_free - lever * axial,
            friction,
            damping,
            inertia * per_step,
            mass * lever * half * cos,
        )
        middle = 0.5 * (before + omega)
        mean = mean_free - 0.5 * constant * ohm_mean * omega
        current = decay * current + ohm_end * (voltage - constant * middle)
        current_sum += mean
        square_sum += mean * mean
        filtered += filtering * (mean - filtered)
        work += force * lever * middle
        rub += friction * abs(middle)
        acceleration = half * (cos * middle * middle + sin * (omega - before) * per_step)
        tip = tip_protrusion(bar, force, acceleration, stop, params)
        peak_bar = max(peak_bar, bar)
        peak_tip = max(peak_tip, tip)
        peak_force = max(peak_force, force)
        peak_q = max(peak_q, q)
        angle = step * omega
    angle = 0.5 * step * omega
    theta += angle
    cos, sin = turn(cos, sin, angle)
    norm = 1.5 - 0.5 * (cos * cos + sin * sin)
    if theta >= TWO_PI:
        theta -= TWO_PI
        state.revolution += 1
    elif theta < 0.0:
        theta += TWO_PI
        state.revolution -= 1
    state.theta, state.cos, state.sin, state.omega = theta, cos * norm, sin * norm, omega
    state.current, state.current_filtered = current, filtered
    state.current_sum, state.square_sum = current_sum / steps, square_sum / steps
    state.force, state.penetration, state.hole, state.edge = force, q, hole, edge
    state.peak_bar, state.peak_tip, state.peak_force, state.peak_penetration = (
        peak_bar,
        peak_tip,
        peak_force,
        peak_q,
    )
    state.bar = centre - half * state.cos
    state.tip = tip
    state.skin_work += work * step
    state.rub += rub * step
