"""One tick of the drive: bridge, winding, stage and crank, as enables and actuators' faults let them."""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.depth_stage import move_stage
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, note
from pensim.plant.motion import move
from pensim.plant.records import TICK_S
from pensim.plant.supply import feed

MOTOR, BRIDGE, SPRING = int(Target.MOTOR), int(Target.BRIDGE), int(Target.SPRING)
OFF, STUCK, WEAK = int(Kind.OFF), int(Kind.STUCK), int(Kind.WEAK)
FULL_DUTY = 32767.0
OPEN = (0.0, 0.0, 0.0)


@compiled
def spring_part(faults, now_us):
    """Part of the return spring's force that is left."""
    if active(faults, SPRING, OFF, now_us):
        note(faults, SPRING, now_us)
        return 0.0
    if active(faults, SPRING, WEAK, now_us):
        note(faults, SPRING, now_us)
        return 1.0 - faults.of[SPRING].severity
    return 1.0


@compiled
def bridge_duty(state, faults, asked, any_fault, now_us):
    """Duty of the bridge, -1 to 1; without hold-to-run it brakes, into a short it does not drive."""
    if not state.gate or state.short:
        return 0.0
    duty = asked.bridge_duty_q15 / FULL_DUTY
    if any_fault and active(faults, BRIDGE, STUCK, now_us):
        if faults.of[BRIDGE].value != duty:
            note(faults, BRIDGE, now_us)
        duty = faults.of[BRIDGE].value
    return min(max(duty, -1.0), 1.0)


@compiled
def path(state, faults, any_fault, now_us):
    """Winding coefficients of the path that the current has now: short, bridge, or none."""
    if any_fault and active(faults, MOTOR, OFF, now_us):
        if state.gate or state.omega != 0.0:
            note(faults, MOTOR, now_us)
        return OPEN
    if state.short:
        return state.short_decay, state.short_lag, state.short_ohm
    if state.sto:
        return state.drive_decay, state.drive_lag, state.drive_ohm
    return OPEN


@compiled
def follow_contact(state):
    """Note that needles are in skin, and how far the pen drags them sideways there."""
    if state.penetration <= 0.0:
        state.in_skin = 0
        return
    if not state.in_skin:
        state.in_skin = 1
        state.entry = state.glide
    state.contact = 1
    state.drag = max(state.drag, abs(state.glide - state.entry))


@compiled
def drive(state, params, control, skin, faults, asked, steps, any_fault, now_us):
    """Move supply, stage, motor, yoke and needles by one tick."""
    duty = bridge_duty(state, faults, asked, any_fault, now_us)
    feed(state, params, control, faults, duty, asked, any_fault, now_us)
    state.voltage = duty * state.supply
    coefficients = path(state, faults, any_fault, now_us)
    constant = params.torque_constant
    spring = 1.0
    jammed = False
    if any_fault:
        spring = spring_part(faults, now_us)
        if active(faults, MOTOR, WEAK, now_us):
            constant *= 1.0 - faults.of[MOTOR].severity
            if state.gate:
                note(faults, MOTOR, now_us)
        jammed = active(faults, MOTOR, STUCK, now_us)
        if jammed and (state.gate or state.omega != 0.0):
            note(faults, MOTOR, now_us)
    move_stage(state, params, faults, asked.stage_steps, asked.stage_enable, any_fault, now_us)
    move(
        state,
        params,
        skin,
        control,
        steps,
        coefficients,
        constant,
        spring,
        jammed,
    )
    state.loss += state.square_sum * state.resistance * TICK_S
    follow_contact(state)
