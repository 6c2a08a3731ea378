"""What stops the drive without the firmware: STO stage, emergency chain, delayed hold-to-run path, short.

The STO stage is drive_enable AND emergency chain AND watchdog; it gives the gate supply, holds the short of
the winding open, and is what drive_feedback tells. Behind it the delayed hold-to-run path cuts the bridge
alone: the bridge then brakes through its low side, so that the proof of the STO stage can run with the switch
released while nothing can move. Contacts bounce when they change. The emergency chain's open time is
integrated, so that bouncing neither hides an opening nor drops a closed chain.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, contact, note
from pensim.plant.noise import draw
from pensim.plant.records import TICK_S

ESTOP_A, ESTOP_B, HOLD, RELEASED, BUTTON, STO, SHORT = (
    int(Target.ESTOP_A),
    int(Target.ESTOP_B),
    int(Target.HOLD_SWITCH),
    int(Target.HOLD_RELEASED),
    int(Target.BUTTON),
    int(Target.STO),
    int(Target.WINDING_SHORT),
)
OFF, STUCK = int(Kind.OFF), int(Kind.STUCK)
PER_S = 1.0 / TICK_S
CAUSE_FIRMWARE, CAUSE_ESTOP, CAUSE_HOLD, CAUSE_RESET = 0, 1, 2, 3
LONG_AGO = 1 << 20


@compiled
def level(since, moves_at, bounce, before, after, bit):
    """Level of a contact `since` ticks after the hand: as before, then bouncing, then as after."""
    if since < moves_at:
        return before
    return bit if since < moves_at + bounce else after


@compiled
def hold_switch(state, params, control, faults, bounce, any_fault, now_us):
    """Both contacts of hold-to-run: the one opens before the other closes, whichever way it goes."""
    pressed = 1 if control.hold else 0
    if control.hold != state.hold_was:
        state.hold_was = control.hold
        state.hold_since = 0
    since = state.hold_since
    closes = opens = pressed
    if since < LONG_AGO:
        state.hold_since += 1
        travel = int(params.hold_travel * PER_S)
        if since < travel + bounce:
            bits = draw(state)
            first, second = int(bits & 1), int((bits >> 1) & 1)
            closes = level(since, travel if pressed else 0, bounce, 1 - pressed, pressed, first)
            opens = level(since, 0 if pressed else travel, bounce, 1 - pressed, pressed, second)
    state.hold_contact = contact(faults, HOLD, closes, any_fault, now_us)
    state.released_contact = contact(faults, RELEASED, 1 - opens, any_fault, now_us)


@compiled
def contacts(state, params, control, faults, any_fault, now_us):
    """Set the levels of every contact that a hand moves, with bounce and stuck contacts."""
    bounce = int(params.bounce * PER_S)
    if control.estop != state.estop_was:
        state.estop_was = control.estop
        state.estop_bounce = bounce
    closed_a = closed_b = 0 if control.estop else 1
    if state.estop_bounce > 0:
        bits = draw(state)
        state.estop_bounce -= 1
        closed_a = int(bits & 1)
        closed_b = int((bits >> 1) & 1)
    state.estop_contact_a = contact(faults, ESTOP_A, closed_a, any_fault, now_us)
    state.estop_contact_b = contact(faults, ESTOP_B, closed_b, any_fault, now_us)
    hold_switch(state, params, control, faults, bounce, any_fault, now_us)
    if control.button != state.button_was:
        state.button_was = control.button
        state.button_bounce = bounce
    button = 1 if control.button else 0
    if state.button_bounce > 0:
        state.button_bounce -= 1
        button = int(draw(state) & 1)
    state.button_contact = contact(faults, BUTTON, button, any_fault, now_us)


@compiled
def sto_stage(state, faults, enable, chain, any_fault, now_us):
    """Whether the STO stage gives the gate supply."""
    sto = enable
    if any_fault:
        if state.sto and not sto and active(faults, STO, STUCK, now_us):
            note(faults, STO, now_us)
            sto = True
        if sto and active(faults, STO, OFF, now_us):
            note(faults, STO, now_us)
            sto = False
    return sto and chain and state.running != 0


@compiled
def short_path(state, params, faults, any_fault, now_us):
    """Whether the normally-on path shorts the winding: it needs no supply, and the STO stage opens it."""
    shorted = state.sto == 0 and state.off_ticks * TICK_S > params.short_delay
    if any_fault:
        if shorted and active(faults, SHORT, OFF, now_us):
            note(faults, SHORT, now_us)
            return 0
        if not shorted and active(faults, SHORT, STUCK, now_us):
            note(faults, SHORT, now_us)
            return 1
    return 1 if shorted else 0


@compiled
def gate_supply(state, params, faults, drive_enable, any_fault, now_us):
    """Set STO stage, short and bridge from guard's enable and the hardware paths, and what dropped it."""
    if state.estop_contact_a and state.estop_contact_b:
        state.estop_open_ticks = max(state.estop_open_ticks - 1, 0)
    else:
        state.estop_open_ticks = min(state.estop_open_ticks + 1, 2 * int(params.estop_delay * PER_S))
    held = state.hold_contact != 0 and state.released_contact == 0
    state.hold_open_ticks = 0 if held else min(state.hold_open_ticks + 1, LONG_AGO)
    chain = state.estop_open_ticks < params.estop_delay * PER_S
    hold = state.hold_open_ticks < params.hold_hardware_delay * PER_S
    enable = drive_enable != 0
    sto = sto_stage(state, faults, enable, chain, any_fault, now_us)
    gate = sto and hold
    if state.gate and not gate:
        state.gate_cause = CAUSE_HOLD
        if not sto:
            state.gate_cause = CAUSE_ESTOP if not chain else CAUSE_FIRMWARE
            if not state.running:
                state.gate_cause = CAUSE_RESET
    state.gate = 1 if gate else 0
    state.sto = 1 if sto else 0
    state.off_ticks = 0 if sto else min(state.off_ticks + 1, LONG_AGO)
    state.short = short_path(state, params, faults, any_fault, now_us)
