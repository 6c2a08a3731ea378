"""Sensors: offset, gain, noise, whole numbers, one tick of delay, and the seven ways in which they fail.

`read` and `deliver` take what the sensors see now; `present` hands it to the firmware in the next tick.
"""

from __future__ import annotations

import math

from pensim.plant.compiled import compiled
from pensim.plant.controller import clocks
from pensim.plant.depth_stage import home_contact
from pensim.plant.fault_points import DELAY_TICKS, MEASURED, Kind, Target
from pensim.plant.faulty import active, contact, note
from pensim.plant.noise import draw, normal, uniform
from pensim.plant.records import TICK_S

OFF, STUCK, WRONG, SLOW = int(Kind.OFF), int(Kind.STUCK), int(Kind.WRONG), int(Kind.SLOW)
DELAYED, INTERMITTENT, GARBAGE = int(Kind.DELAYED), int(Kind.INTERMITTENT), int(Kind.GARBAGE)
RUNAWAY = int(Kind.RUNAWAY)
SHAFT, BAR, STAGE = int(Target.SHAFT), int(Target.BAR), int(Target.STAGE_SENSOR)
CURRENT, SUPPLY, PRESS = int(Target.CURRENT), int(Target.SUPPLY_SENSOR), int(Target.PRESS)
NOSE, HANDLE = int(Target.NOSE_TEMPERATURE), int(Target.HANDLE_TEMPERATURE)
FEEDBACK, TAG, LOCK = int(Target.DRIVE_FEEDBACK), int(Target.CARTRIDGE_TAG), int(Target.LOCK_SWITCH)
CHARGER, SHORT_SENSE = int(Target.CHARGER_SENSE), int(Target.SHORT_FEEDBACK)
SOUNDER = int(Target.SOUNDER)
INVALID_UM = -2147483648
NO_ANGLE = -1
OPEN_THERMISTOR_MC = -40000
LARGEST = 2147483000.0
"""Readings saturate here, inside 32 bits."""


@compiled
def whole(value):
    """The nearest integer."""
    return math.floor(value + 0.5)


@compiled
def read(state, params, sensed):
    """Sense everything into `sensed.values` (index: Target), with noise, not yet rounded."""
    normals, values = sensed.normals, sensed.values
    bits = draw(state)
    angle = state.theta * params.shaft_counts_per_rad + params.shaft_offset
    values[SHAFT] = angle + params.shaft_noise * normal(normals, bits, 0)
    values[BAR] = (
        state.bar * params.bar_gain + params.bar_offset + params.bar_noise * normal(normals, bits, 1)
    )
    travel = (state.depth - state.depth_start) * params.stage_gain
    values[STAGE] = travel + params.stage_noise * normal(normals, bits, 2)
    current = state.current_filtered * params.current_gain + params.current_offset
    current += params.current_noise * normal(normals, bits, 3)
    values[CURRENT] = min(max(current, -params.current_range), params.current_range)
    values[SUPPLY] = state.supply * params.supply_gain + params.supply_noise * normal(normals, bits, 4)
    bits = draw(state)
    press = (
        state.nose_force * params.press_gain
        + params.press_offset
        + params.press_noise * normal(normals, bits, 0)
    )
    values[PRESS] = min(press, params.press_range)
    values[NOSE] = (
        state.nose_sensor_c * 1e3 + params.nose_offset + params.temperature_noise * normal(normals, bits, 1)
    )
    handle = state.handle_sensor_c * 1e3 + params.handle_offset
    values[HANDLE] = handle + params.temperature_noise * normal(normals, bits, 2)


@compiled
def absent(target):
    """The reading that stands for none."""
    if target == SHAFT:
        return NO_ANGLE
    if target == BAR or target == STAGE:
        return INVALID_UM
    if target == NOSE or target == HANDLE:
        return OPEN_THERMISTOR_MC
    return 0


@compiled
def limited(target, value, counts):
    """A reading as the whole number that the firmware gets."""
    if target == SHAFT:
        return whole(value) % counts
    return whole(min(max(value, -LARGEST), LARGEST))


@compiled
def changed(state, fault, target, value, sensed, params, now_us):
    """Whether there is a reading (else 0), and its value, of a sensor with a fault."""
    kind = fault.kind
    history = sensed.history
    if fault.held == 0:
        fault.held = 1
        fault.memory = value if (kind == SLOW or math.isnan(fault.value)) else fault.value
        for k in range(DELAY_TICKS):
            history[target, k] = value
    if kind == OFF:
        return 0, value
    if kind == RUNAWAY:
        fault.memory += (fault.gain - 1.0) * state.omega * TICK_S * params.shaft_counts_per_rad
        return 1, value + fault.memory
    if kind == STUCK:
        return 1, fault.memory
    if kind == WRONG:
        return 1, value * fault.gain + fault.value
    if kind == SLOW:
        fault.memory += (value - fault.memory) * min(TICK_S / max(fault.time_s, TICK_S), 1.0)
        return 1, fault.memory
    if kind == DELAYED:
        ticks = min(max(whole(fault.time_s / TICK_S), 1), DELAY_TICKS - 1)
        history[target, state.tick % DELAY_TICKS] = value
        return 1, history[target, (state.tick - ticks) % DELAY_TICKS]
    share = uniform(draw(state))
    if kind == INTERMITTENT:
        return (0 if share < fault.severity else 1), value
    return 1, (2.0 * share - 1.0) * fault.value


@compiled
def deliver(state, params, faults, sensed, any_fault, now_us):
    """Round `sensed.values` into `sensed.readings`, as faults let them."""
    values, readings = sensed.values, sensed.readings
    counts = int(params.shaft_counts)
    for target in range(MEASURED):
        healthy = limited(target, values[target], counts)
        readings[target] = healthy
        if not any_fault or faults.of[target].kind == 0:
            continue
        fault = faults.of[target]
        if not fault.onset_us <= now_us < fault.end_us:
            continue
        there, value = changed(state, fault, target, values[target], sensed, params, now_us)
        readings[target] = limited(target, value, counts) if there else absent(target)
        if readings[target] != healthy:
            note(faults, target, now_us)


@compiled
def tag_there(state, control, faults, any_fault, now_us):
    """Whether a tag answers in the reader's field."""
    there = control.cartridge_fitted != 0 and control.tag_there != 0
    if any_fault and there:
        lost = active(faults, TAG, OFF, now_us)
        if active(faults, TAG, INTERMITTENT, now_us):
            lost = uniform(draw(state)) < faults.of[TAG].severity
        if lost:
            note(faults, TAG, now_us)
            return 0
    return 1 if there else 0


@compiled
def sounder(state, faults, asked, any_fault, now_us):
    """Whether the sounder draws its current."""
    plays = asked.sounder != 0
    if any_fault and plays and active(faults, SOUNDER, OFF, now_us):
        note(faults, SOUNDER, now_us)
        plays = False
    if any_fault and not plays and active(faults, SOUNDER, STUCK, now_us):
        note(faults, SOUNDER, now_us)
        plays = True
    return 1 if plays else 0


@compiled
def present(state, params, control, faults, sensed, asked, seen, any_fault, now_us):
    """Fill the firmware's inputs: readings of the tick before, contacts and tag as they are."""
    readings = sensed.readings
    clocks(state, params, faults, seen, any_fault, now_us)
    seen.shaft_counts = readings[SHAFT]
    seen.bar_um = readings[BAR]
    seen.stage_um = readings[STAGE]
    seen.motor_ma = readings[CURRENT]
    seen.supply_mv = readings[SUPPLY]
    seen.press_mn = readings[PRESS]
    seen.nose_mc = readings[NOSE]
    seen.handle_mc = readings[HANDLE]
    seen.estop_a_closed = state.estop_contact_a
    seen.estop_b_closed = state.estop_contact_b
    seen.hold_pressed = state.hold_contact
    seen.stage_home = home_contact(state, faults, any_fault, now_us)
    seen.drive_feedback = contact(faults, FEEDBACK, state.sto, any_fault, now_us)
    seen.hold_released = state.released_contact
    seen.button_pressed = state.button_contact
    locked = 1 if control.cartridge_fitted != 0 and control.cartridge_locked != 0 else 0
    seen.cartridge_locked = contact(faults, LOCK, locked, any_fault, now_us)
    seen.charger_present = contact(faults, CHARGER, 1 if control.charger else 0, any_fault, now_us)
    seen.short_feedback = contact(faults, SHORT_SENSE, state.short, any_fault, now_us)
    seen.sounder_feedback = sounder(state, faults, asked, any_fault, now_us)
    seen.charge_permille = state.gauge
    seen.tag_present = tag_there(state, control, faults, any_fault, now_us)
