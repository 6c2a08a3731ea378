"""What the bench may look at afterwards: trace, strokes and stops, each a ring that keeps the newest rows."""

from __future__ import annotations

import math

from pensim.plant.compiled import compiled

UM = 1e6
TURN = 2.0 * math.pi
REST_RAD_S = 0.5
"""Slower than this, a crank counts as at rest."""
NEAR_BOTTOM = 1e-3
"""A turn in which the bar came this near (m) to the bottom is a stroke; rocking at the top is none."""


@compiled
def journal_stroke(state, strokes, theta_before, revolution_before, now_us):
    """At the top of a whole stroke write its row; returns whether the bottom was passed in this tick."""
    if not state.gate and abs(state.omega) < REST_RAD_S:
        state.peak_tip = state.peak_bar = -1.0  # at rest only the stage moves, in the self-test far down
    bottom = theta_before < math.pi <= state.theta and state.revolution == revolution_before
    if state.revolution > revolution_before:
        crossed = now_us - state.theta / max(state.omega, 1e-9) * UM
        if state.peak_bar > state.depth - NEAR_BOTTOM:
            row = strokes[state.stroke_count % strokes.shape[0]]
            row.end_us = int(crossed)
            row.peak_tip_um = state.peak_tip * UM
            row.peak_bar_um = state.peak_bar * UM
            row.rate_hz = UM / (crossed - state.top_us) if state.top_us >= 0.0 else 0.0
            row.peak_force_n = state.peak_force
            row.peak_penetration_um = state.peak_penetration * UM
            row.drag_um = state.drag * UM
            row.contact = state.contact
            state.rate_hz = row.rate_hz
            state.stroke_count += 1
            if state.peak_penetration > 0.0:
                state.punctures += 1.0
        state.top_us = crossed
        state.peak_tip = state.peak_bar = -1.0
        state.peak_force = state.peak_penetration = state.drag = 0.0
        state.contact = 0
    elif state.revolution < revolution_before:
        state.top_us = -1.0
    return bottom


@compiled
def open_stop(state, stops, now_us):
    """The gate supply has fallen: begin a row of the stop log."""
    row = stops[state.stop_count % stops.shape[0]]
    row.off_us = now_us
    row.last_bottom_us = row.clear_us = row.rest_us = -1
    row.omega_off = state.omega
    row.strokes_after = 0
    row.cause = state.gate_cause
    state.stop_count += 1
    state.stop_open = 1


@compiled
def follow_stop(state, stops, bottom, now_us):
    """Bring the open row of the stop log up to date; it closes when the drive comes on."""
    if state.gate:
        state.stop_open = 0
    if not state.stop_open:
        return
    row = stops[(state.stop_count - 1) % stops.shape[0]]
    if bottom:
        row.last_bottom_us = now_us
        row.strokes_after += 1
    if state.tip >= 0.0:
        row.clear_us = -1
    elif row.clear_us < 0:
        row.clear_us = now_us
    if abs(state.omega) > REST_RAD_S:
        row.rest_us = -1
    elif row.rest_us < 0:
        row.rest_us = now_us


@compiled
def journal_trace(state, trace, sensed, outputs, now_us):
    """Write one row of the trace."""
    readings = sensed.readings
    row = trace[state.trace_count % trace.shape[0]]
    state.trace_count += 1
    row.time_us = now_us
    row.theta = state.theta
    row.omega_rad_s = state.omega
    row.current_a = state.current
    row.bar_um = state.bar * UM
    row.tip_um = state.tip * UM
    row.penetration_um = state.penetration * UM
    row.skin_force_n = state.force
    row.stage_um = state.depth * UM
    row.press_n = state.nose_force
    row.glide_mm = state.glide * 1e3
    row.winding_c = state.winding_c
    row.nose_c = state.nose_c
    row.handle_c = state.handle_c
    row.supply_v = state.supply
    row.rate_hz = state.rate_hz
    row.shaft_counts = readings[0]
    row.bar_reading_um = readings[1]
    row.stage_reading_um = readings[2]
    row.motor_ma = readings[3]
    row.supply_mv = readings[4]
    row.press_mn = readings[5]
    row.duty_q15 = outputs.bridge_duty_q15
    row.stage_steps = outputs.stage_steps
    row.drive_on = state.gate
    row.state = outputs.state
    row.mode = outputs.mode
    row.tripped = outputs.tripped
    row.hold = state.hold_contact
    row.estop = 0 if state.estop_contact_a and state.estop_contact_b else 1
    row.contact = 1 if state.penetration > 0.0 else 0
    row.home = state.home
