"""Battery or bench supply, its charge, and the supply of the bridge behind the second switch-off path.

The battery's voltage falls with the charge taken and sags with the current. Opened, the second path leaves
the capacitor at the bridge to its bleeder; closed, it charges it softly.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, note
from pensim.plant.records import TICK_S

BATTERY, SWITCH, GAUGE = int(Target.BATTERY), int(Target.SUPPLY_SWITCH), int(Target.GAUGE)
WRONG, WEAK, STUCK = int(Kind.WRONG), int(Kind.WEAK), int(Kind.STUCK)
QUIESCENT_A = 0.04
"""Current of the electronics, A. [A]"""
LONG_AGO = 1 << 20


@compiled
def battery(state, params, control, faults, current, any_fault, now_us):
    """Voltage of the battery in V under `current` in A, and its charge after this tick."""
    charging = control.charger != 0 and state.charge < 1.0
    drawn = current - params.charge_current if charging else current
    charge = state.charge - drawn * params.charge_rate
    state.charge = min(max(charge, 0.0), 1.0)
    state.open_circuit = params.battery_v - (1.0 - state.charge) * params.battery_swing
    source, resistance = state.open_circuit, params.battery_resistance
    if any_fault and active(faults, BATTERY, WRONG, now_us):
        note(faults, BATTERY, now_us)
        source = source * faults.of[BATTERY].gain + faults.of[BATTERY].value
    if any_fault and active(faults, BATTERY, WEAK, now_us):
        note(faults, BATTERY, now_us)
        resistance += faults.of[BATTERY].value
    return max(source - drawn * resistance, 0.0)


@compiled
def gauge(state, params, faults, any_fault, now_us):
    """Read the battery's gauge, permille from 0 to 1000; once in 1 ms."""
    charge = 1e3 * (state.charge * params.gauge_gain + params.gauge_offset)
    if any_fault and active(faults, GAUGE, WRONG, now_us):
        note(faults, GAUGE, now_us)
        charge = charge * faults.of[GAUGE].gain + faults.of[GAUGE].value
    elif any_fault and active(faults, GAUGE, STUCK, now_us):
        note(faults, GAUGE, now_us)
        charge = faults.of[GAUGE].value
    state.gauge = int(min(max(charge, 0.0), 1000.0) + 0.5)


@compiled
def path_closed(state, faults, asked, any_fault, now_us):
    """Whether the second switch-off path lets the supply through."""
    closed = state.running != 0 and asked.supply_enable != 0
    if any_fault and active(faults, SWITCH, STUCK, now_us):
        stuck = faults.of[SWITCH].value != 0.0
        if stuck != closed:
            note(faults, SWITCH, now_us)
        return stuck
    return closed


@compiled
def feed(state, params, control, faults, duty, asked, any_fault, now_us):
    """Supply at the bridge in V, from the current that the bridge took in the last tick."""
    taken = duty * state.current_sum
    closed = path_closed(state, faults, asked, any_fault, now_us)
    if control.supply_v > 0.0:
        state.source = control.supply_v
    else:
        current = QUIESCENT_A * state.powered + (taken if closed else 0.0)
        state.source = battery(state, params, control, faults, current, any_fault, now_us)
    if closed:
        state.supply = min(state.source, state.supply + params.supply_rise)
    else:
        state.supply *= params.supply_keeps


@compiled
def starve(state, params):
    """Whether the controller's own supply has failed: the battery too low for too long."""
    if state.source >= params.brown_out:
        state.low_ticks = 0
        return False
    state.low_ticks = min(state.low_ticks + 1, LONG_AGO)
    return state.low_ticks * TICK_S > params.brown_out_delay
