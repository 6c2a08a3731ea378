"""What stops the drive without the firmware: emergency chain, delayed hold-to-run path, gate supply.

Contacts bounce when they change. The emergency chain's open time is integrated, so that bouncing neither
hides an opening nor drops a closed chain.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, contact, note
from pensim.plant.noise import draw
from pensim.plant.records import TICK_S

ESTOP_A, ESTOP_B, HOLD, STO = (
    int(Target.ESTOP_A),
    int(Target.ESTOP_B),
    int(Target.HOLD_SWITCH),
    int(Target.STO),
)
STUCK = int(Kind.STUCK)
PER_S = 1.0 / TICK_S
CAUSE_FIRMWARE, CAUSE_ESTOP, CAUSE_HOLD = 0, 1, 2


@compiled
def contacts(state, params, control, faults, any_fault, now_us):
    """Set the levels of the hold and emergency contacts, with bounce and stuck contacts."""
    bounce = int(params.bounce * PER_S)
    if control.estop != state.estop_was:
        state.estop_was = control.estop
        state.estop_bounce = bounce
    if control.hold != state.hold_was:
        state.hold_was = control.hold
        state.hold_bounce = bounce
    closed_a = closed_b = 0 if control.estop else 1
    pressed = 1 if control.hold else 0
    if state.estop_bounce > 0 or state.hold_bounce > 0:
        bits = draw(state)
        if state.estop_bounce > 0:
            state.estop_bounce -= 1
            closed_a = int(bits & 1)
            closed_b = int((bits >> 1) & 1)
        if state.hold_bounce > 0:
            state.hold_bounce -= 1
            pressed = int((bits >> 2) & 1)
    state.estop_contact_a = contact(faults, ESTOP_A, closed_a, any_fault, now_us)
    state.estop_contact_b = contact(faults, ESTOP_B, closed_b, any_fault, now_us)
    state.hold_contact = contact(faults, HOLD, pressed, any_fault, now_us)


@compiled
def gate_supply(state, params, faults, enable, any_fault, now_us):
    """Set the bridge's gate supply from guard's enable and the two hardware paths, and what dropped it."""
    if state.estop_contact_a and state.estop_contact_b:
        state.estop_open_ticks = max(state.estop_open_ticks - 1, 0)
    else:
        state.estop_open_ticks += 1
    state.hold_open_ticks = 0 if state.hold_contact else state.hold_open_ticks + 1
    chain = state.estop_open_ticks < params.estop_delay * PER_S
    hold = state.hold_open_ticks < params.hold_hardware_delay * PER_S
    gate = enable != 0 and hold
    if any_fault and state.gate and not gate and active(faults, STO, STUCK, now_us):
        note(faults, STO, now_us)
        gate = True
    gate = gate and chain
    if state.gate and not gate:
        state.gate_cause = CAUSE_ESTOP if not chain else (CAUSE_FIRMWARE if enable == 0 else CAUSE_HOLD)
    state.gate = 1 if gate else 0
    state.off_ticks = 0 if gate else state.off_ticks + 1
