"""The compiled loop itself: what happens in one tick of 100 us, and many of them."""

from __future__ import annotations

from pensim.line import room_to_host, to_host, to_pen
from pensim.native import ask_1, ask_3, call_3
from pensim.plant.compiled import compiled
from pensim.plant.controller import pull_down, supervise
from pensim.plant.drive import drive
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, note
from pensim.plant.hand import move_hand
from pensim.plant.journal import follow_stop, journal_stroke, journal_trace, open_stop
from pensim.plant.motor import warm_winding
from pensim.plant.records import CHUNK_BYTES, SLOW_TICKS, TICK_S, TICK_US
from pensim.plant.sensors import deliver, present, read
from pensim.plant.skin import move_site, relax, wear
from pensim.plant.stop_paths import contacts, gate_supply
from pensim.plant.supply import gauge
from pensim.plant.thermal import heat

STEPS = 5
"""Plant steps in a tick, 20 us each, by convergence of angle and current, docs/decisions/0020-plant-step."""
TARGETS = len(Target)
WEAR_TICKS = 1000
CONTROLLER = int(Target.CONTROLLER)
OFF, SLOW, RUNAWAY = int(Kind.OFF), int(Kind.SLOW), int(Kind.RUNAWAY)


@compiled
def slow(state, params, control, skin, faults, sensed, any_fault, now_us):
    """What moves once in 1 ms."""
    move_hand(state, control, skin, sensed)
    heat(state, params, control)
    gauge(state, params, faults, any_fault, now_us)
    warm_winding(state, params, TICK_S / STEPS)
    if state.tick % WEAR_TICKS == 0:
        wear(state, skin)


@compiled
def turns(state, faults, any_fault, now_us):
    """How often the firmware's tick is executed in this one: once, unless the controller fails."""
    if not any_fault or faults.of[CONTROLLER].kind == 0:
        return 1
    times = 1
    if active(faults, CONTROLLER, OFF, now_us):
        times = 0
    elif active(faults, CONTROLLER, SLOW, now_us):
        since_us = now_us - faults.of[CONTROLLER].onset_us
        period_us = max(int(faults.of[CONTROLLER].time_s * 1e6), TICK_US)
        times = 1 if since_us % period_us < TICK_US else 0
    elif active(faults, CONTROLLER, RUNAWAY, now_us):
        times = int(min(max(faults.of[CONTROLLER].value, 1.0), 10.0))
    if times != 1:
        note(faults, CONTROLLER, now_us)
    return times


@compiled
def lose_bytes(state):
    """Bytes on the line meet no controller that listens."""
    state.in_tail = state.in_head


@compiled
def converse(state, params, control, faults, line, asked, any_fault, now_us):
    """Firmware: bytes in, one tick, one background poll, bytes out; as often as the controller lets it."""
    times = turns(state, faults, any_fault, now_us)
    if times == 0:
        return
    calls = line.calls
    memory = calls[0]
    count = to_pen(state, control, faults, line, params.bytes_per_tick, any_fault, now_us)
    if count > 0:
        ask_3(calls[4], memory, calls[6], count)
    for _ in range(times):
        call_3(calls[3], memory, calls[1], calls[2])
        if asked.watchdog != state.watch_last:
            state.watch_last = asked.watchdog
            state.watch_edges += 1
    if ask_1(calls[8], memory):
        state.powered = state.running = 0
        pull_down(asked)
        return
    room = min(room_to_host(state, params.bytes_per_tick), CHUNK_BYTES)
    if room > 0:
        sent = ask_3(calls[5], memory, calls[7], room)
        to_host(state, control, faults, line, sent, any_fault, now_us)


@compiled
def world(state, params, control, skin, faults, sensed, asked, any_fault, now_us):
    """One tick of everything around the firmware, up to the contacts and the drive's move."""
    if state.tick % SLOW_TICKS == 0:
        slow(state, params, control, skin, faults, sensed, any_fault, now_us)
    contacts(state, params, control, faults, any_fault, now_us)
    gate_supply(state, params, faults, asked.drive_enable, any_fault, now_us)
    drive(state, params, control, skin, faults, asked, STEPS, any_fault, now_us)
    relax(state, skin, TICK_S)
    move_site(state, skin.needle_diameter)


@compiled
def any_of(faults):
    """Whether any target has a fault, begun or not."""
    for target in range(TARGETS):  # noqa: SIM110  (numba compiles no generator expression here)
        if faults.of[target].kind != 0:
            return True
    return False


@compiled
def advance(
    ticks,
    slice_ticks,
    states,
    parameters,
    controls,
    skins,
    all_faults,
    sensors,
    lines,
    inputs,
    outputs,
    trace,
    strokes,
    stops,
):
    """Run `ticks` ticks, or fewer when bytes wait for the host or the firmware starts anew; returns how many.

    The host looks once in `slice_ticks` ticks, never when that is 0.
    """
    state, params, control, skin = states[0], parameters[0], controls[0], skins[0]
    faults, sensed, line, seen, asked = all_faults[0], sensors[0], lines[0], inputs[0], outputs[0]
    any_fault = any_of(faults)
    look = 0 if slice_ticks > 0 else ticks
    for done in range(ticks):
        if done == look:
            if state.out_head != state.out_tail:
                return done
            look += slice_ticks
        state.time_us += TICK_US
        state.tick += 1
        now_us = state.time_us
        theta, revolution, gate = state.theta, state.revolution, state.gate
        world(state, params, control, skin, faults, sensed, asked, any_fault, now_us)
        if gate and not state.gate:
            open_stop(state, stops, now_us)
        bottom = journal_stroke(state, strokes, theta, revolution, now_us)
        follow_stop(state, stops, bottom, now_us)
        present(state, params, control, faults, sensed, asked, seen, any_fault, now_us)
        read(state, params, sensed)
        deliver(state, params, faults, sensed, any_fault, now_us)
        if line.calls[0] != 0:
            if state.running:
                converse(state, params, control, faults, line, asked, any_fault, now_us)
            else:
                lose_bytes(state)
            supervise(state, params, asked, faults, any_fault, now_us)
        if state.tick % control.trace_decimation == 0:
            journal_trace(state, trace, sensed, asked, now_us)
        if state.restart:
            return done + 1
    return ticks
