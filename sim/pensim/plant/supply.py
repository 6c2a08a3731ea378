"""Battery: voltage that falls with the charge taken and sags with the current; or an ideal bench supply."""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, note
from pensim.plant.records import TICK_S

BATTERY, WRONG = int(Target.BATTERY), int(Kind.WRONG)
QUIESCENT_A = 0.04
"""Current of the electronics, A. [A]"""


@compiled
def feed(state, params, control, faults, duty, any_fault, now_us):
    """Supply at the bridge in V, from the current that the bridge took in the last tick."""
    if control.supply_v > 0.0:
        state.supply = control.supply_v
        return
    current = duty * state.current_sum + QUIESCENT_A
    state.open_circuit -= current * TICK_S * params.battery_slope
    source = state.open_circuit
    if any_fault and active(faults, BATTERY, WRONG, now_us):
        note(faults, BATTERY, now_us)
        source = source * faults.of[BATTERY].gain + faults.of[BATTERY].value
    state.supply = max(source - current * params.battery_resistance, 0.0)
