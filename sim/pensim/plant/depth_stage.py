"""Depth stage: step pulses, screw, delay of the step, backlash, end stops, home switch.

The driver gets step and direction: pulses are made from the change of the firmware's count, at most one a
tick, and a pulse that the enable forbids is lost. At an end stop the stepper loses steps.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, contact, note
from pensim.plant.noise import draw, uniform
from pensim.plant.records import TICK_S

STAGE, HOME_SWITCH = int(Target.STAGE), int(Target.HOME_SWITCH)
STUCK, WRONG, RUNAWAY, SLIP = int(Kind.STUCK), int(Kind.WRONG), int(Kind.RUNAWAY), int(Kind.INTERMITTENT)
HOME_HYSTERESIS = 20e-6
"""Travel in m after which the home switch lets go again. [A]"""
ENABLE_FREE = 2


@compiled
def pulse(state, command, enable):
    """Step of this tick: -1, 0 or 1 from the change of the commanded count."""
    change = command - state.pulse_command
    state.pulse_command = command
    step = 1 if change > 0 else (-1 if change < 0 else 0)
    if enable == 0 or (step > 0 and enable != ENABLE_FREE):
        return 0
    return step


@compiled
def move_stage(state, params, faults, command, enable, any_fault, now_us):
    """Move the stage by one tick."""
    travel = pulse(state, command, enable) * params.stage_step
    if any_fault and faults.of[STAGE].kind != 0:
        if active(faults, STAGE, STUCK, now_us):
            if travel != 0.0:
                note(faults, STAGE, now_us)
            travel = 0.0
        if active(faults, STAGE, WRONG, now_us) and travel != 0.0:
            note(faults, STAGE, now_us)
            travel *= faults.of[STAGE].gain
        slips = travel != 0.0 and active(faults, STAGE, SLIP, now_us)
        if slips and uniform(draw(state)) < faults.of[STAGE].severity:
            note(faults, STAGE, now_us)
            travel = 0.0
        if active(faults, STAGE, RUNAWAY, now_us) and enable == ENABLE_FREE:
            note(faults, STAGE, now_us)
            travel += faults.of[STAGE].value * 1e-3 * TICK_S
    screw = state.screw + travel
    play = 0.5 * params.backlash
    state.screw = min(max(screw, params.end_min - play), params.end_max + play)
    state.nut += (state.screw - state.nut) * params.stage_following
    depth = min(max(state.depth, state.nut - play), state.nut + play)
    state.depth = min(max(depth, params.end_min), params.end_max)
    threshold = params.home_position + params.home_offset
    if state.depth <= threshold:
        state.home = 1
    elif state.depth > threshold + HOME_HYSTERESIS:
        state.home = 0


@compiled
def home_contact(state, faults, any_fault, now_us):
    """What the home switch says: 1 at or above home."""
    return contact(faults, HOME_SWITCH, state.home, any_fault, now_us)
