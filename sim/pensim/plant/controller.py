"""The controller as hardware: reset, boot, brown-out, clocks, and the external watchdog that restarts it.

While it is in reset or off every output is off by its pull-down. At the end of the boot time the bench starts
the firmware anew (`restart`), in the same memory and with the cause of the reset.
"""

from __future__ import annotations

from penctl.protocol.enums import RestartCause
from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, note
from pensim.plant.records import TICK_S
from pensim.plant.supply import starve

WATCHDOG, CLOCK, CLOCK_2 = int(Target.WATCHDOG), int(Target.CLOCK), int(Target.CLOCK_2)
OFF, WRONG, STUCK = int(Kind.OFF), int(Kind.WRONG), int(Kind.STUCK)
BY_WATCHDOG, BY_BROWN_OUT = int(RestartCause.WATCHDOG), int(RestartCause.BROWN_OUT)
MASK_32 = (1 << 32) - 1


@compiled
def pull_down(asked):
    """Every output as its pull-down leaves it."""
    asked.bridge_duty_q15 = 0
    asked.drive_enable = 0
    asked.stage_enable = 0
    asked.supply_enable = 0
    asked.watchdog = 0
    asked.sounder = 0
    asked.state = 0
    asked.mode = 0
    asked.tripped = 0


@compiled
def reset(state, params, asked, cause):
    """Hold the controller in reset; it boots from now on."""
    state.running = 0
    state.cause = cause
    state.boot_ticks = int(params.boot_time / TICK_S)
    pull_down(asked)


@compiled
def late_or_early(state, params, any_fault, faults, now_us):
    """Whether the watchdog acts: its input stood still for too long, or changed twice within its window."""
    edges = state.watch_edges
    state.watch_edges = 0
    if edges > 0:
        state.watch_armed = 1
        state.watch_ticks = 0
        early = TICK_S / edges < params.watchdog_window
    else:
        state.watch_ticks += 1
        early = False
    late = state.watch_ticks * TICK_S > params.watchdog_timeout
    if not (state.watch_armed and (late or early)):
        return False
    if any_fault and active(faults, WATCHDOG, OFF, now_us):
        note(faults, WATCHDOG, now_us)
        return False
    return True


@compiled
def supervise(state, params, asked, faults, any_fault, now_us):
    """After a tick of the firmware: watchdog, brown-out, boot. `restart` asks to start the firmware anew."""
    starved = starve(state, params)
    if state.running:
        if late_or_early(state, params, any_fault, faults, now_us):
            state.watchdog_acts += 1
            reset(state, params, asked, BY_WATCHDOG)
        elif starved:
            reset(state, params, asked, BY_BROWN_OUT)
    elif state.powered and not starved:
        state.boot_ticks -= 1
        if state.boot_ticks <= 0:
            state.restart = 1 + state.cause


@compiled
def clocks(state, params, faults, seen, any_fault, now_us):
    """What the controller's two clocks tell, us since it started."""
    own = now_us - state.boot_us
    second = own * params.clock2_rate
    if any_fault:
        began = faults.of[CLOCK].onset_us - state.boot_us
        if active(faults, CLOCK, WRONG, now_us):
            note(faults, CLOCK, now_us)
            own = max(int(began + (own - began) * faults.of[CLOCK].gain + faults.of[CLOCK].value), 0)
        elif active(faults, CLOCK, STUCK, now_us):
            note(faults, CLOCK, now_us)
            own = began
        began = faults.of[CLOCK_2].onset_us - state.boot_us
        if active(faults, CLOCK_2, WRONG, now_us):
            note(faults, CLOCK_2, now_us)
            second += (now_us - state.boot_us - began) * (faults.of[CLOCK_2].gain - 1.0)
        elif active(faults, CLOCK_2, STUCK, now_us):
            note(faults, CLOCK_2, now_us)
            second = began * params.clock2_rate
    seen.time_us = own
    seen.clock2_us = int(second) & MASK_32
